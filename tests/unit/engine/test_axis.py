"""The axis of quality: one way from lossless to the coarsest, with the levels on it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bulkpress_engine.axis import (
    COARSEST,
    LEVEL_AT,
    ImageLevel,
    a_level_finer,
    at_position,
    finer,
    image_level,
    image_level_at,
)
from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.verification.floors import LOSSLESS, floors_for

POSITIONS = some.floats(0, 1)


@given(one=POSITIONS, other=POSITIONS)
def test_further_along_nothing_is_finer(one: float, other: float) -> None:
    fine, coarse = (image_level_at(position) for position in sorted((one, other)))
    if fine is not None:
        assert coarse is not None
        assert coarse.target_dpi <= fine.target_dpi
        assert coarse.jpeg_quality <= fine.jpeg_quality


@given(one=POSITIONS, other=POSITIONS)
def test_further_along_a_proof_allows_no_less(one: float, other: float) -> None:
    fine, coarse = (floors_for(at_position(PressOptions(), position)) for position in sorted((one, other)))
    assert (fine.spot, fine.patch, fine.tint, fine.page) <= (coarse.spot, coarse.patch, coarse.tint, coarse.page)
    assert fine.likeness >= coarse.likeness


@pytest.mark.parametrize("level", Level)
def test_levels_are_points_on_the_axis(level: Level) -> None:
    assert image_level(at_position(PressOptions(), LEVEL_AT[level])) == image_level(PressOptions(level))
    assert at_position(PressOptions(), LEVEL_AT[level]).level is level


def test_where_nothing_is_lost_the_proof_is_as_strict_as_for_low() -> None:
    assert floors_for(at_position(PressOptions(Level.HIGH), 0.0)) == LOSSLESS


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (PressOptions(Level.LOW, max_image_dpi=72, image_quality=5), ImageLevel(400, 82)),  # whatever else is said
        (PressOptions(Level.MEDIUM, max_image_dpi=300), ImageLevel(300, 55)),
        (PressOptions(Level.HIGH, max_image_dpi=50, image_quality=80), ImageLevel(50, 80)),
        (PressOptions(position=LEVEL_AT[Level.HIGH], max_image_dpi=300), ImageLevel(100, 55)),  # a bound, on the way
        (PressOptions(position=LEVEL_AT[Level.HIGH], max_image_dpi=80), ImageLevel(80, 55)),
        (PressOptions(position=COARSEST), ImageLevel(72, 30)),
    ],
)
def test_what_is_given_wins_over_the_level(options: PressOptions, asked: ImageLevel | None) -> None:
    assert image_level(options) == asked


@pytest.mark.parametrize(
    "make",
    [
        lambda: PressOptions(target_bytes=0),
        lambda: PressOptions(target_bytes=10, image_quality=50),
        lambda: PressOptions(target_bytes=10, position=0.5),
        lambda: PressOptions(position=1.01),
        lambda: PressOptions(max_image_dpi=35),
    ],
)
def test_options_that_contradict_or_mean_nothing_are_refused(make: Callable[[], PressOptions]) -> None:
    with pytest.raises(ValueError, match=r"must be|leave out"):
        make()


@pytest.mark.parametrize(
    ("level", "gentler"),
    [
        (ImageLevel(72, 30), ImageLevel(150, 60)),
        (ImageLevel(100, 55), ImageLevel(150, 60)),
        (ImageLevel(100, 90), ImageLevel(150, 90)),
        (ImageLevel(150, 55), ImageLevel(150, 60)),
        (ImageLevel(150, 60), ImageLevel(400, 82)),
        (ImageLevel(200, 70), ImageLevel(400, 82)),
        (ImageLevel(400, 82), ImageLevel(400, 82)),
    ],
)
def test_a_level_finer_is_a_little_finer_than_medium_and_then_low(level: ImageLevel, gentler: ImageLevel) -> None:
    assert a_level_finer(level) == gentler


@given(some.floats(0.01, 1))
def test_a_little_finer_is_never_coarser(position: float) -> None:
    level = image_level_at(position)
    assert level is not None
    better = finer(level)
    assert better.target_dpi >= level.target_dpi
    assert 95 >= better.jpeg_quality >= level.jpeg_quality


@pytest.mark.parametrize("level", [Level.MEDIUM, Level.HIGH])
def test_where_a_proof_fails_pictures_are_as_at_low_so_that_no_level_comes_out_larger(level: Level) -> None:
    asked, low = image_level(PressOptions(level)), image_level(PressOptions(Level.LOW))
    assert asked is not None
    assert finer(asked) == low
