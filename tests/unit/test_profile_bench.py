"""Where the time of pressing goes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bulkpress_engine.options import Level
from tests.bench.profile import REST, STEPS, Profile, main, profile, tables
from tests.support.pdf_factory import images


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A photograph, and a file that is refused."""
    (tmp_path / "kind").mkdir()
    (tmp_path / "kind" / "photo.pdf").write_bytes(images.photo_jpeg(900, 700))
    (tmp_path / "kind" / "broken.pdf").write_bytes(b"%PDF-1.7\n" + bytes(5000))
    return tmp_path


def test_the_time_of_a_press_is_told_by_step_function_and_file(corpus: Path) -> None:
    found = profile([corpus / "kind" / "photo.pdf"], Level.MEDIUM)
    assert found.steps.keys() <= STEPS | {REST}
    assert found.steps["press_images"] > 0
    assert found.steps["verify"] > 0
    assert found.files["verify"].keys() == {"photo.pdf"}
    assert sum(found.functions.values()) == pytest.approx(sum(found.steps.values()))
    assert any(name.startswith("images.codecs.jpeg.") for name in found.functions)


def test_shares_are_of_all_the_time_and_the_longest_come_first() -> None:
    files = {"verify": {"a.pdf": 1.0}, "press_images": {"a.pdf": 2.0, "b.pdf": 1.0}}
    text = tables(Profile({"verify": 1.0, "press_images": 3.0}, {"press.press": 4.0}, files), Level.HIGH, 2)
    rows = [line for line in text.splitlines() if line.startswith(("| press", "| verify"))]
    assert rows == [
        "| press_images | 75.0% | a.pdf (67%), b.pdf (33%) |",
        "| verify | 25.0% | a.pdf (100%) |",
        "| press.press | 100.0% |",
    ]


def test_the_page_gets_the_tables_and_a_refused_file_ends_nothing(corpus: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    done = CliRunner().invoke(main, [str(corpus), "--docs", str(page)])
    assert done.exit_code == 0, done.output
    assert "2 files at level medium" in page.read_text()
    assert done.output.strip() in page.read_text()
