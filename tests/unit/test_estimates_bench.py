"""The check on estimates: what counts as near, and that a file that breaks is no measurement."""

from pathlib import Path

from bulkpress_engine.options import Level
from tests.bench.estimates import Checked, check, table
from tests.support.pdf_factory import images


def checked(expected: float, truth: float, level: Level = Level.LOW) -> Checked:
    """A file of a thousand bytes whose press took two seconds."""
    return Checked("a.pdf", level, 1_000, expected, truth, 2.0)


def test_within_ten_points_is_near_and_costs_are_beside_those_of_the_presses() -> None:
    shown = table([checked(0.5, 0.45), checked(0.5, 0.62)], audit_cpu_s=1.0)
    assert "| low | 2 | 50.0% | 0.500 | 0.535 | 0.25 |" in shown
    assert "| a.pdf | low | 0.500 | 0.620 | -0.120 |" in shown


def test_a_file_is_checked_at_every_level_in_processes_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(images.photo_jpeg(300, 200))
    found, cpu_s = check(tmp_path / "a.pdf", "a.pdf")
    assert [one.level for one in found] == list(Level)
    assert all(abs(one.off) < 0.1 for one in found)
    assert cpu_s > 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_a_file_that_breaks_is_no_measurement(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"Dear Sir or Madam")
    assert check(tmp_path / "a.pdf", "a.pdf")[0] == []
