"""Real PDFs: every file below the folder BULKPRESS_CORPUS is pressed, kept or refused, and none is harmed."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from pikepdf import PasswordError, Pdf

from bulkpress_engine import Level, Limits, PressOptions, Report
from bulkpress_engine.errors import LimitError, RefusedPdfError
from bulkpress_engine.report import Result
from bulkpress_engine.sandbox import Sandbox
from tests.support.pdfa_rules import violations

CORPUS = Path(os.environ.get("BULKPRESS_CORPUS", ""))
FILES = sorted(CORPUS.rglob("*.pdf")) if CORPUS.name else []
NO_CORPUS = pytest.param(None, marks=pytest.mark.skip("BULKPRESS_CORPUS names no folder of PDFs"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all files, as a worker has."""
    with Sandbox(Limits(seconds=120.0, cpu_seconds=120)) as warm:
        yield warm


def pages_of(path: Path) -> int | None:
    """How many pages a reader shows; None when it shows none."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return None
    try:
        return len(document)
    finally:
        document.close()


def trailer_of(path: Path) -> set[str]:
    """The keys of a document's trailer; none where it does not open."""
    try:
        with Pdf.open(path) as pdf:
            return set(pdf.trailer.keys())
    except PasswordError:
        return {"/Encrypt"}


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("source", FILES or [NO_CORPUS], ids=str)
def test_a_real_pdf_is_pressed_kept_or_refused_and_never_harmed(
    source: Path, level: Level, sandbox: Sandbox, tmp_path: Path
) -> None:
    before, target = sha256(source.read_bytes()).digest(), tmp_path / "target.pdf"
    try:
        outcome: Report | None = sandbox.press(source, target, PressOptions(level=level))
    except (RefusedPdfError, LimitError):
        outcome = None
    assert sha256(source.read_bytes()).digest() == before
    if outcome is None:
        assert list(tmp_path.iterdir()) == []
    else:
        assert target.stat().st_size == outcome.bytes_out <= source.stat().st_size
        assert pages_of(target) == pages_of(source) or pages_of(source) is None  # what was damaged may open now
        if outcome.result is Result.PRESSED and "/Encrypt" not in trailer_of(source):
            assert violations(target) <= violations(source)  # of PDF/A, by those that claim it
