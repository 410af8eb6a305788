"""Hostile files, pressed as anything from outside is: each ends as it may, at a bounded cost, and harms no other."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pypdfium2
import pytest

from bulkpress_engine.errors import EncryptedPdfError, EngineError
from bulkpress_engine.options import Level, Limits, PressOptions
from bulkpress_engine.report import Result
from bulkpress_engine.sandbox import Sandbox
from tests.support import hostile_factory, hostile_parts
from tests.support.hostile_factory import KEPT_OR_PRESSED, Case, sound
from tests.support.pdf_factory import protection

pytestmark = pytest.mark.xdist_group("hostile")  # they share one warm sandbox

LIMITS = Limits(seconds=90, cpu_seconds=60, memory_bytes=1024 * 2**20, output_bytes=64 * 2**20)
ENGINE_BYTES = 200 * 2**20  # what the zygote maps, shared with the child


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all: what a file does to it, the next one would feel."""
    with Sandbox(LIMITS) as warm:
        yield warm


class Watch:
    """Remembers the most memory that processes below this one held at any tick."""

    def __init__(self) -> None:
        self.peak_bytes = 0

    def __call__(self) -> None:
        for process in psutil.Process().children(recursive=True):
            try:
                self.peak_bytes = max(self.peak_bytes, process.memory_info().rss)
            except psutil.NoSuchProcess:
                continue


def ending(sandbox: Sandbox, source: Path, target: Path, watch: Watch) -> str:
    """How pressing ends: an error's code, or KEPT_OR_PRESSED."""
    try:
        sandbox.press(source, target, on_tick=watch, tick_s=0.05)
    except EngineError as error:
        return error.code
    return KEPT_OR_PRESSED


def opens(path: Path) -> bool:
    """Whether pdfium, which the engine's parser is not, opens the document."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return False
    with document:
        return len(document) > 0


@pytest.mark.parametrize("case", [*hostile_factory.CASES, *hostile_parts.CASES], ids=lambda case: case.name)
def test_a_hostile_file_ends_as_it_may_and_the_next_file_is_pressed(
    case: Case, sandbox: Sandbox, tmp_path: Path
) -> None:
    source, target, good = (tmp_path / name for name in ("source.pdf", "target.pdf", "good.pdf"))
    source.write_bytes(case.make())
    original, watch = source.read_bytes(), Watch()

    end = ending(sandbox, source, target, watch)

    assert end in case.may_end
    assert source.read_bytes() == original
    assert watch.peak_bytes <= LIMITS.memory_bytes + ENGINE_BYTES
    expected = {"source.pdf", "target.pdf"} if end == KEPT_OR_PRESSED else {"source.pdf"}
    assert {path.name for path in tmp_path.iterdir()} == expected
    if end == KEPT_OR_PRESSED:
        assert target.stat().st_size <= len(original)
        assert opens(target) or target.read_bytes() == original

    source.write_bytes(sound())
    report = sandbox.press(source, good, PressOptions(level=Level.LOW))
    assert report.result is Result.PRESSED
    assert opens(good)


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_an_encrypted_file_says_that_it_needs_its_password(sandbox: Sandbox, tmp_path: Path, revision: int) -> None:
    source = tmp_path / "source.pdf"
    source.write_bytes(protection.encrypted(revision=revision))
    with pytest.raises(EncryptedPdfError):
        sandbox.press(source, tmp_path / "target.pdf", PressOptions(password="a wrong one"))
    assert [path.name for path in tmp_path.iterdir()] == ["source.pdf"]


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_file_that_only_its_owner_may_change_is_pressed_and_stays_so(
    sandbox: Sandbox, tmp_path: Path, revision: int
) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(protection.owner_only(revision=revision))
    assert sandbox.press(source, target).bytes_out <= source.stat().st_size
    assert opens(target)
    assert b"/Encrypt" in target.read_bytes()
