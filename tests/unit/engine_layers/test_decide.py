"""Which images may be taken apart, row by row, and what is asked of their layers."""

from dataclasses import replace

import pytest

from bulkpress_engine.images.colour import Colour, Model
from bulkpress_engine.images.decide import Keep, KeepReason, Recode, Repack
from bulkpress_engine.images.facts import Coding, ImageFacts, Mask
from bulkpress_engine.images.layers.decide import Ground, TakeApart, decide_layers, layer_rules
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions, Step, Without
from bulkpress_engine.planning import make_plan

RGB = Colour(Model.RGB, is_device=True)
SCAN = ImageFacts(2480, 3508, 8, RGB, Coding.SAMPLES, stored_bytes=500_000, dpi=300.0)
HALF = Recode(1240, 1754, 75)
RULES = layer_rules(150, 75)


def test_a_page_sized_scan_may_be_taken_apart() -> None:
    assert RULES is not None
    assert decide_layers(SCAN, HALF, RULES) == TakeApart(RULES, HALF)


@pytest.mark.parametrize(
    "image",
    [
        replace(SCAN, dpi=None),  # nobody knows how large it is
        replace(SCAN, dpi=139.0),
        replace(SCAN, width_px=500, height_px=700),  # 3.9 square inches
        replace(SCAN, width_px=4000, height_px=6001),  # more pixels than the mask may have
        replace(SCAN, bits=1),
        replace(SCAN, colour=Colour(Model.CMYK)),
        replace(SCAN, colour=Colour(Model.RGB, palette=bytes(48))),
        replace(SCAN, mask=Mask.SOFT),
        replace(SCAN, mask=Mask.STENCIL),
        replace(SCAN, mask=Mask.COLOUR_KEY),
        replace(SCAN, is_soft_mask=True),
        replace(SCAN, has_decode=True),
    ],
)
def test_what_is_no_plain_scan_stays_an_image(image: ImageFacts) -> None:
    assert decide_layers(image, HALF, RULES) is None


@pytest.mark.parametrize("plain", [Repack(), Keep(KeepReason.FINE_ENOUGH)])
def test_an_image_that_must_not_lose_a_pixel_stays_an_image(plain: Keep | Repack) -> None:
    assert decide_layers(SCAN, plain, RULES) is None


def test_paper_and_ink_are_coarser_than_the_plain_image() -> None:
    rules = layer_rules(150, 75)
    assert rules is not None
    assert rules.papers == (Ground(100, 60), Ground(150, 60))
    assert rules.ink == Ground(60, 37)


def test_the_floors_fall_with_the_quality_that_is_asked_for() -> None:
    medium, high = layer_rules(150, 75), layer_rules(100, 55)
    assert medium is not None
    assert high is not None
    assert medium.floors.coarse > high.floors.coarse
    assert medium.floors.fine > high.floors.fine
    assert medium.floors.tile > high.floors.tile
    assert layer_rules(300, 90) is None  # so fine that only the whole will do


@pytest.mark.parametrize(
    ("options", "without", "default_spaces", "taken_apart"),
    [
        (PressOptions(Level.MEDIUM), Without(), False, True),
        (PressOptions(Level.HIGH), Without(), False, True),
        (PressOptions(Level.LOW), Without(), False, False),
        (PressOptions(image_quality=90), Without(), False, False),
        (PressOptions(), Without({Step.LAYERS}), False, False),
        (PressOptions(), Without({Step.PIXELS}), False, False),
        (PressOptions(), Without({Step.IMAGES}), False, False),
        (PressOptions(), Without(), True, False),  # the page's default spaces would not reach a form's images
    ],
)
def test_a_plan_takes_scans_apart_where_pixels_may_change(
    options: PressOptions, without: Without, *, default_spaces: bool, taken_apart: bool
) -> None:
    facts = DocumentFacts(
        1, {(5, 0): SCAN.stored_bytes}, {(5, 0): SCAN}, None, has_output_intent=False, has_default_spaces=default_spaces
    )
    assert bool(make_plan(facts, options, DEFAULT_LIMITS, without).layers) is taken_apart
