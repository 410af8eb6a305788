"""From facts and options to a plan."""

from dataclasses import replace

import pytest

from bulkpress_engine.images.colour import Colour, Model
from bulkpress_engine.images.decide import Recode, Repack
from bulkpress_engine.images.facts import Coding, ImageFacts
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions, Step, Without
from bulkpress_engine.planning import make_plan

KEY = (7, 0)
IMAGE = ImageFacts(3000, 1500, 8, Colour(Model.RGB, is_device=True), Coding.SAMPLES, stored_bytes=10**6, dpi=300.0)


def facts(*, pdfa_part: int | None = None, output_intent: bool = False, default_spaces: bool = False) -> DocumentFacts:
    """A document of one page and one image of 300 dpi."""
    return DocumentFacts(1, {KEY: IMAGE.stored_bytes}, {KEY: IMAGE}, pdfa_part, output_intent, default_spaces)


@pytest.mark.parametrize(
    ("options", "decision"),
    [
        (PressOptions(Level.LOW), Recode(3000, 1500, 82)),
        (PressOptions(Level.LOW, image_quality=10), Recode(3000, 1500, 82)),  # low is faithful whatever the quality
        (PressOptions(position=0.0), Repack()),
        (PressOptions(Level.MEDIUM), Recode(1500, 750, 55)),  # 150 of 300 dpi
        (PressOptions(Level.HIGH), Recode(1000, 500, 55)),  # 100 of 300 dpi
        (PressOptions(Level.HIGH, image_quality=80), Recode(1000, 500, 80, is_quality_fixed=True)),
    ],
)
def test_the_level_sets_resolution_and_the_caller_may_set_quality(options: PressOptions, decision: object) -> None:
    assert make_plan(facts(), options, DEFAULT_LIMITS, Without()).images[KEY] == decision


def test_the_gentler_plan_changes_no_pixel() -> None:
    plan = make_plan(facts(), PressOptions(Level.HIGH), DEFAULT_LIMITS, Without({Step.PIXELS}))
    assert plan.images[KEY] == Repack()


OTHER = (8, 0)


@pytest.mark.parametrize(
    ("options", "decision"),
    [
        (PressOptions(Level.HIGH), Recode(1500, 750, 60)),
        (PressOptions(Level.MEDIUM), Recode(1500, 750, 60)),
        (PressOptions(Level.HIGH, image_quality=80), Recode(1500, 750, 80, is_quality_fixed=True)),
        (PressOptions(position=0.0), Repack()),
    ],
)
def test_spared_images_are_a_level_finer_and_stay_whole_and_the_others_are_as_asked(
    options: PressOptions, decision: object
) -> None:
    two = replace(facts(), images={KEY: IMAGE, OTHER: IMAGE})
    as_asked = make_plan(two, options, DEFAULT_LIMITS, Without())
    plan = make_plan(two, options, DEFAULT_LIMITS, Without(), frozenset({KEY}))
    assert plan.images == {KEY: decision, OTHER: as_asked.images[OTHER]}
    assert KEY not in plan.layers
    assert plan.layers.get(OTHER) == as_asked.layers.get(OTHER)


def test_the_gentlest_plan_leaves_images_as_they_are_stored() -> None:
    assert make_plan(facts(), PressOptions(Level.HIGH), DEFAULT_LIMITS, Without(Step)).images == {}


@pytest.mark.parametrize(("part", "allowed"), [(None, True), (1, False), (2, True), (3, True)])
def test_only_pdfa_1_forbids_object_streams(part: int | None, *, allowed: bool) -> None:
    assert make_plan(facts(pdfa_part=part), PressOptions(), DEFAULT_LIMITS, Without()).object_streams is allowed


@pytest.mark.parametrize("intent", [False, True])
@pytest.mark.parametrize("spaces", [False, True])
def test_rgb_becomes_gray_only_where_both_mean_the_device(*, intent: bool, spaces: bool) -> None:
    plan = make_plan(facts(output_intent=intent, default_spaces=spaces), PressOptions(), DEFAULT_LIMITS, Without())
    assert plan.may_turn_rgb_gray is not (intent or spaces)


@pytest.mark.parametrize("intent", [False, True])
@pytest.mark.parametrize("spaces", [False, True])
def test_so_are_colours_named_that_only_jpeg_2000_data_tells(*, intent: bool, spaces: bool) -> None:
    told = replace(
        facts(output_intent=intent, default_spaces=spaces),
        images={KEY: replace(IMAGE, coding=Coding.JPX, is_space_in_data=True)},
    )
    decision = make_plan(told, PressOptions(), DEFAULT_LIMITS, Without()).images[KEY]
    assert isinstance(decision, Recode) is not (intent or spaces)
