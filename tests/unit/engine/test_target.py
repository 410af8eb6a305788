"""A target size is met by the best quality that fits, in few presses, or missed with the reason said."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pikepdf import Pdf

from bulkpress_engine.options import DEFAULT_LIMITS, Level, Limits, PressOptions
from bulkpress_engine.press import press
from bulkpress_engine.report import Reason, Report, Result, TargetOutcome, TargetReport
from bulkpress_engine.target import GOOD_ENOUGH, MAX_PRESSES, NARROW, Trial, is_better, next_position, press_to_size
from tests.support.pdf_factory import images, pages, signing

SOURCE_BYTES = 1_000_000


def searched(size_at: Callable[[float], int], target_bytes: int) -> list[Trial]:
    """The trials of a whole search, in a document whose result at a position has so many bytes."""
    trials = [Trial(0.0, size_at(0.0))]
    while (position := next_position(trials, target_bytes)) is not None:
        trials.append(Trial(position, size_at(position)))
    return trials


@given(
    lossless=some.integers(1_000, SOURCE_BYTES),
    floor_share=some.floats(0.01, 1),
    bend=some.floats(0.2, 5),
    target_bytes=some.integers(1, SOURCE_BYTES),
)
def test_a_search_takes_few_presses_and_meets_what_can_be_met(
    lossless: int, floor_share: float, bend: float, target_bytes: int
) -> None:
    trials = searched(lambda position: int(lossless * floor_share ** (position**bend)) + 1, target_bytes)
    sizes = [trial.size for trial in trials]
    assert len(trials) <= MAX_PRESSES
    assert (min(sizes) <= target_bytes) is (int(lossless * floor_share) + 1 <= target_bytes)


@given(target_bytes=some.integers(120_000, 880_000))
def test_a_search_ends_near_the_target_where_sizes_fall_smoothly(target_bytes: int) -> None:
    trials = searched(lambda position: int(900_000 * (1 / 9) ** position), target_bytes)
    assert max(trial.size for trial in trials if trial.size <= target_bytes) >= GOOD_ENOUGH * target_bytes
    assert len(trials) <= 4


@given(step=some.floats(0.01, 0.99))
def test_where_sizes_jump_the_search_closes_in_on_the_jump(step: float) -> None:
    trials = searched(lambda position: 100 if position >= step else 1_000, 500)
    finest = min(trial.position for trial in trials if trial.size <= 500)
    assert finest - step < max(NARROW, 0.7 ** (MAX_PRESSES - 2))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Trial(0.2, 90), Trial(0.5, 60), True),  # both fit: the finer
        (Trial(0.2, 110), Trial(0.5, 60), False),  # only one fits
        (Trial(0.2, 150), Trial(0.5, 120), False),  # neither: the smaller
        (Trial(0.2, 120), Trial(0.5, 120), True),  # as small, and finer
    ],
)
def test_which_of_two_results_is_better(one: Trial, other: Trial, *, expected: bool) -> None:
    assert is_better(one, other, target_bytes=100) is expected
    assert is_better(other, one, target_bytes=100) is not expected


def test_where_the_coarsest_does_harm_the_levels_are_tried() -> None:
    trials = [Trial(0.0, 1_000), Trial(1.0, 1_000, fell_back=True)]
    assert next_position(trials, 100) == 0.75
    trials.append(Trial(0.75, 1_000, fell_back=True))
    assert next_position(trials, 100) == 0.5
    trials.append(Trial(0.5, 600))
    assert next_position(trials, 100) is None


class CountedPress:
    """The real press, without a target, that remembers what it was asked and from where."""

    def __init__(self) -> None:
        self.asked: list[tuple[Path, float | None]] = []

    def __call__(self, source: Path, draft: Path, options: PressOptions, limits: Limits) -> Report:
        self.asked.append((source, options.position))
        return press(source, draft, options, limits)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A photograph that medium makes much smaller."""
    path = tmp_path / "source.pdf"
    path.write_bytes(images.photo_flate())
    return path


def outcome_of(report: Report) -> TargetReport:
    """What came of the target; there must be one."""
    assert report.target is not None
    return report.target


def test_every_press_of_a_search_is_from_the_source(source: Path, tmp_path: Path) -> None:
    counted, target = CountedPress(), tmp_path / "target.pdf"
    wanted = press(source, target, PressOptions(Level.MEDIUM)).bytes_out
    report = press_to_size(counted, source, target, PressOptions(target_bytes=wanted), DEFAULT_LIMITS)
    made = outcome_of(report)
    assert made.outcome is TargetOutcome.MET
    assert target.stat().st_size == report.bytes_out <= wanted
    assert {path for path, _ in counted.asked} == {source}
    assert made.presses == len(counted.asked) <= MAX_PRESSES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.pdf", "target.pdf"]


def test_quality_is_spent_up_to_the_target(source: Path, tmp_path: Path) -> None:
    sizes = {}
    for share in (0.1, 0.2, 0.4):
        wanted = int(share * source.stat().st_size)
        report = press(source, tmp_path / "target.pdf", PressOptions(target_bytes=wanted))
        assert outcome_of(report).outcome is TargetOutcome.MET
        sizes[outcome_of(report).position] = report.bytes_out
    assert list(sizes) == sorted(sizes, reverse=True)  # the larger the target, the finer
    assert len(set(sizes.values())) == 3


def test_what_is_small_enough_loses_no_pixel_and_takes_one_press(source: Path, tmp_path: Path) -> None:
    report = press(source, tmp_path / "target.pdf", PressOptions(target_bytes=source.stat().st_size))
    made = outcome_of(report)
    assert (made.outcome, made.position, made.presses) == (TargetOutcome.MET, 0.0, 1)
    lossless = press(source, tmp_path / "exact.pdf", PressOptions(position=0.0))
    assert report.bytes_out == lossless.bytes_out


def test_a_target_below_the_floor_gives_the_closest_and_says_what_fills_it(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.pdf"
    report = press(source, target, PressOptions(target_bytes=1_000))
    made = outcome_of(report)
    assert (made.outcome, made.position) == (TargetOutcome.CLOSEST, 1.0)
    assert sum(made.composition.values()) == report.bytes_out == target.stat().st_size
    assert next(iter(made.composition)) == "images_jpeg"
    assert "% of it is images" in report.message
    assert Report.from_dict(report.as_dict()) == report


def test_without_images_two_presses_tell_that_nothing_helps(source: Path, tmp_path: Path) -> None:
    source.write_bytes(pages.text())
    made = outcome_of(press(source, tmp_path / "target.pdf", PressOptions(target_bytes=100)))
    assert (made.outcome, made.presses) == (TargetOutcome.CLOSEST, 2)


def test_a_signed_document_is_kept_after_one_press(source: Path, tmp_path: Path) -> None:
    source.write_bytes(signing.signed())
    target = tmp_path / "target.pdf"
    report = press(source, target, PressOptions(target_bytes=100))
    made = outcome_of(report)
    assert (report.reason, made.outcome, made.presses) == (Reason.SIGNED, TargetOutcome.CLOSEST, 1)
    assert "closest" not in report.message  # no other target would have changed anything
    assert target.read_bytes() == source.read_bytes()


def test_a_search_that_fails_leaves_nothing(source: Path, tmp_path: Path) -> None:
    def fail_late(counted: CountedPress, *arguments: object) -> Report:
        if counted.asked:
            raise MemoryError
        return counted(*arguments)  # type: ignore[arg-type]

    (tmp_path / "out").mkdir()
    draft = tmp_path / "out" / "draft.pdf"
    with pytest.raises(MemoryError):
        press_to_size(partial(fail_late, CountedPress()), source, draft, PressOptions(target_bytes=9), DEFAULT_LIMITS)
    assert [path.name for path in draft.parent.iterdir()] == ["draft.pdf"]  # the caller's, to remove


def test_the_result_opens_and_is_never_larger(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.pdf"
    report = press(source, target, PressOptions(target_bytes=50_000))
    assert report.result is Result.PRESSED
    with Pdf.open(target) as pdf:
        assert len(pdf.pages) == report.pages
