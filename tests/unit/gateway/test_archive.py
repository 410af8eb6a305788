"""The ZIP writer where HTTP is not needed to see it."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.domain.jobs import FileState, JobFile, Outcome
from upload_gateway.archive import MISCOUNTED_ENTRIES, PIECE_BYTES, archive_of, gathered


class Zeros(FolderObjectStore):
    """Every object is so many zeros."""

    size_bytes = 0

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        whole, rest = divmod(self.size_bytes, PIECE_BYTES)
        piece = bytes(PIECE_BYTES)
        yield from (piece for _ in range(whole))
        yield bytes(rest)


def files(count: int, size_bytes: int) -> Iterator[JobFile]:
    outcome = Outcome(FileState.KEPT, "already_small", result_key="a/b", bytes_out=size_bytes)
    file = JobFile(0, "x.pdf", size_bytes, "a/b", 1.0, state=FileState.KEPT, attempts=1, outcome=outcome)
    return (replace(file, number=number, name=f"{number}.pdf") for number in range(count))


@pytest.mark.parametrize("entries", [3, MISCOUNTED_ENTRIES])
def test_the_length_told_is_the_length_sent_also_around_the_limit_of_plain_zip(tmp_path: Path, entries: int) -> None:
    archive = archive_of(lambda: files(entries - 1, 0), Zeros(tmp_path))  # report.csv is an entry as well
    content = b"".join(archive.pieces)
    assert archive.size_bytes == (None if entries == MISCOUNTED_ENTRIES else len(content))
    assert len(ZipFile(BytesIO(content)).namelist()) == entries


def test_an_entry_past_4_gib_is_announced_and_sent_as_zip64(tmp_path: Path) -> None:
    objects = Zeros(tmp_path)
    objects.size_bytes = 2**32 + 5
    archive = archive_of(lambda: files(1, objects.size_bytes), objects)
    last, sent = b"", 0
    for piece in archive.pieces:
        sent += len(piece)
        last = (last + piece)[-2000:]
    assert archive.size_bytes == sent
    assert b"PK\x06\x06" in last  # the ZIP64 end of central directory record (APPNOTE 4.3.14)


def test_a_result_of_another_size_than_recorded_breaks_the_archive_off(tmp_path: Path) -> None:
    objects = Zeros(tmp_path)
    objects.size_bytes = 9
    with pytest.raises(RuntimeError, match="did not match"):
        b"".join(archive_of(lambda: files(1, 10), objects).pieces)


def test_small_pieces_are_gathered_and_no_byte_is_lost() -> None:
    pieces = [bytes([number % 256]) * (number * 37 % 5000) for number in range(1000)]
    out = list(gathered(pieces))
    assert b"".join(out) == b"".join(pieces)
    assert all(PIECE_BYTES <= len(piece) < PIECE_BYTES + 5000 for piece in out[:-1])
