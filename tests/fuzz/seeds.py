"""The documents that fuzzing starts from: every kind that the factories make, small, and readable where they can be."""

import io
from collections.abc import Iterator
from pathlib import Path

from pikepdf import Pdf, StreamDecodeLevel

from tests.support import hostile_factory, hostile_parts
from tests.support.pdf_factory import EVERY_MAKER

MOST_BYTES = 100_000  # a larger seed is mutated in one place of too many


def seeds() -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the seeds; sound ones twice, the second time decoded: a changed byte is a changed operator."""
    for name, make in EVERY_MAKER.items():
        yield from _small_enough(name, make())
        yield from _small_enough(f"{name}-decoded", _decoded(make()))
    for case in (*hostile_factory.CASES, *hostile_parts.CASES):
        yield from _small_enough(case.name, case.make())


def _small_enough(name: str, document: bytes) -> Iterator[tuple[str, bytes]]:
    if len(document) <= MOST_BYTES:
        yield name, document


def write_seeds(folder: Path) -> None:
    """Put the seeds into a folder, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in seeds():
        (folder / f"{name}.pdf").write_bytes(document)


def _decoded(document: bytes) -> bytes:
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(document)) as pdf:
        pdf.save(out, static_id=True, compress_streams=False, stream_decode_level=StreamDecodeLevel.generalized)
    return out.getvalue()
