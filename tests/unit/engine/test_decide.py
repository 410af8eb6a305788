"""What is to be done with an image, row by row; the rows carry the arithmetic."""

from dataclasses import replace

import pytest

from bulkpress_engine.images.colour import Colour, Model
from bulkpress_engine.images.decide import Decision, ImageRules, Keep, KeepReason, Recode, Repack, decide_image
from bulkpress_engine.images.facts import Coding, ImageFacts, Mask
from bulkpress_engine.images.jpeg_header import JpegHeader

RGB, GRAY, CMYK = Colour(Model.RGB, is_device=True), Colour(Model.GRAY, is_device=True), Colour(Model.CMYK)
LOSSLESS = ImageRules(max_pixels=10_000_000)
MEDIUM = ImageRules(max_pixels=10_000_000, target_dpi=150, jpeg_quality=75)

SAMPLES = ImageFacts(1500, 900, 8, RGB, Coding.SAMPLES, stored_bytes=1_000_000, dpi=300.0)
HEADER = JpegHeader(1500, 900, components=3, bits=8, is_huffman_dct=True, adobe_transform=None, quality=90)
JPEG = replace(SAMPLES, coding=Coding.JPEG, jpeg=HEADER)
CMYK_JPEG = replace(JPEG, colour=CMYK, jpeg=replace(HEADER, components=4, adobe_transform=2))
PALETTE = Colour(Model.RGB, is_device=True, palette=bytes(48))

HALF = Recode(750, 450, 75)  # 300 dpi down to 150
WHOLE = Recode(1500, 900, 75)

MEDIUM_ROWS: list[tuple[str, ImageFacts, Decision]] = [
    ("samples twice too fine are halved", SAMPLES, HALF),
    ("a JPEG twice too fine is halved", JPEG, HALF),
    ("CMYK with Adobe's marker is understood", CMYK_JPEG, HALF),
    (
        "RGB with Adobe's marker is understood",
        replace(JPEG, jpeg=replace(HEADER, is_jfif=False, adobe_transform=0, are_components_rgb=True)),
        HALF,
    ),
    ("JPEG 2000 twice too fine becomes JPEG", replace(SAMPLES, coding=Coding.JPX), HALF),
    ("the slack: 1.2 x 150 is not too fine for pixels, but samples may become JPEG", replace(SAMPLES, dpi=180), WHOLE),
    ("just past the slack: 181 dpi go down to 150", replace(SAMPLES, dpi=181), Recode(1243, 746, 75)),
    ("a fine JPEG of quality 77 is left: 75 + 2", replace(JPEG, dpi=150, jpeg=replace(HEADER, quality=77)), Repack()),
    ("one of quality 78 is not", replace(JPEG, dpi=150, jpeg=replace(HEADER, quality=78)), WHOLE),
    ("nobody knows how large it is drawn", replace(JPEG, dpi=None), Repack()),
    ("tiny images are not worth a lossy codec", replace(SAMPLES, width_px=63, height_px=64), Repack()),
    ("one bit a pixel is packed, never blurred", replace(SAMPLES, bits=1, colour=GRAY), Repack()),
    (
        "of pixels with one bit there may be four times as many",
        replace(SAMPLES, bits=1, colour=GRAY, width_px=4000, height_px=10_000),
        Repack(),
    ),
    ("a palette twice too fine is halved", replace(SAMPLES, colour=PALETTE), HALF),
    ("a palette of CMYK too", replace(SAMPLES, colour=replace(PALETTE, model=Model.CMYK)), HALF),
    ("a soft mask follows its drawing", replace(SAMPLES, colour=GRAY, is_soft_mask=True), HALF),
    ("a fine soft mask stays exact", replace(SAMPLES, colour=GRAY, is_soft_mask=True, dpi=150), Repack()),
    ("a masked image may be halved", replace(SAMPLES, mask=Mask.SOFT), HALF),
    ("a stencilled image may be halved", replace(SAMPLES, mask=Mask.STENCIL), HALF),
    ("JPEG 2000 may tell its colours itself", replace(SAMPLES, coding=Coding.JPX, is_space_in_data=True), HALF),
    (
        "at 0.3 bits a pixel there is something to win on JPEG 2000",
        replace(SAMPLES, coding=Coding.JPX, dpi=150, stored_bytes=50_625),
        WHOLE,
    ),
    (
        "at fewer there is not",
        replace(SAMPLES, coding=Coding.JPX, dpi=150, stored_bytes=50_624),
        Keep(KeepReason.FINE_ENOUGH),
    ),
    (
        "but where three of four pixels go, so few bits are many for the rest",
        replace(SAMPLES, coding=Coding.JPX, stored_bytes=50_624),
        HALF,
    ),
]  # fmt: skip

JPX = replace(SAMPLES, coding=Coding.JPX)
SPOT, INKS = Colour(Model.SEPARATION, inks=1), Colour(Model.DEVICE_N, inks=5)

KEPT_ROWS: list[tuple[ImageFacts, KeepReason]] = [
    (replace(SAMPLES, width_px=4000, height_px=2501), KeepReason.TOO_LARGE),  # 10,004,000 pixels
    (replace(SAMPLES, colour=GRAY, bits=1, width_px=4000, height_px=10_001), KeepReason.TOO_LARGE),
    (replace(SAMPLES, coding=Coding.JPX, width_px=2000, height_px=1251), KeepReason.TOO_LARGE),  # over a quarter
    (replace(SAMPLES, width_px=-5), KeepReason.LYING_SIZE),
    (replace(JPEG, width_px=2**31 - 1), KeepReason.LYING_SIZE),
    (replace(JPEG, jpeg=None), KeepReason.UNKNOWN_CODING),
    (replace(JPEG, jpeg=replace(HEADER, is_huffman_dct=False)), KeepReason.UNKNOWN_CODING),
    (replace(JPEG, jpeg=replace(HEADER, bits=12)), KeepReason.UNKNOWN_CODING),
    (replace(SAMPLES, coding=Coding.UNKNOWN), KeepReason.UNKNOWN_CODING),
    (replace(JPEG, has_colour_transform=True), KeepReason.COLOUR_TRANSFORM),
    (replace(JPEG, jpeg=replace(HEADER, is_jfif=True, adobe_transform=0)), KeepReason.COLOUR_TRANSFORM),
    (replace(JPEG, jpeg=replace(HEADER, is_jfif=False, are_components_rgb=True)), KeepReason.COLOUR_TRANSFORM),
    (replace(CMYK_JPEG, jpeg=replace(HEADER, components=4)), KeepReason.CMYK_UNSURE),  # without Adobe's marker
    (replace(JPEG, colour=GRAY), KeepReason.CMYK_UNSURE),  # three components in a space of one
    (replace(JPEG, has_alternates=True), KeepReason.ALTERNATES),
    (replace(JPEG, has_opi=True), KeepReason.OPI),
    (replace(SAMPLES, coding=Coding.JPX, mask=Mask.IN_DATA), KeepReason.MASK_IN_DATA),
    (replace(JPX, mask=Mask.MATTE), KeepReason.MATTE_MASK),
    (replace(JPX, colour=GRAY, is_soft_mask=True, has_matte=True), KeepReason.MATTE_MASK),
    (replace(JPX, mask=Mask.COLOUR_KEY), KeepReason.COLOUR_KEY_MASK),
    (replace(JPX, has_decode=True), KeepReason.DECODE_ARRAY),
    (replace(JPX, colour=Colour(Model.LAB)), KeepReason.LAB),
    (replace(JPX, colour=SPOT), KeepReason.SEPARATION),
    (replace(JPX, colour=INKS), KeepReason.DEVICE_N),
    (replace(SAMPLES, colour=Colour(Model.DEVICE_N)), KeepReason.DEVICE_N),  # of how many inks, nobody knows
    (replace(SAMPLES, has_decode=True, bits=3), KeepReason.DECODE_ARRAY),
    (replace(JPX, colour=PALETTE), KeepReason.UNKNOWN_COLOUR),
    (replace(SAMPLES, colour=Colour(Model.UNKNOWN)), KeepReason.UNKNOWN_COLOUR),
    (replace(SAMPLES, bits=3), KeepReason.UNKNOWN_COLOUR),
    (replace(SAMPLES, coding=Coding.CCITT, bits=1, colour=GRAY), KeepReason.TWO_LEVEL),
    (replace(SAMPLES, coding=Coding.JBIG2, bits=1, is_stencil=True, colour=GRAY), KeepReason.TWO_LEVEL),
]


@pytest.mark.parametrize(("claim", "image", "decision"), MEDIUM_ROWS, ids=[row[0] for row in MEDIUM_ROWS])
def test_medium_decides(claim: str, image: ImageFacts, decision: Decision) -> None:
    assert decide_image(image, MEDIUM) == decision


@pytest.mark.parametrize(
    ("image", "reason"), KEPT_ROWS, ids=[f"{reason}-{row}" for row, (_, reason) in enumerate(KEPT_ROWS)]
)
@pytest.mark.parametrize("rules", [LOSSLESS, MEDIUM], ids=["lossless", "medium"])
def test_what_is_not_understood_is_kept_at_every_level(
    image: ImageFacts, reason: KeepReason, rules: ImageRules
) -> None:
    assert decide_image(image, rules) == Keep(reason)


@pytest.mark.parametrize("image", [row[1] for row in MEDIUM_ROWS], ids=[row[0] for row in MEDIUM_ROWS])
def test_without_a_target_no_pixel_changes(image: ImageFacts) -> None:
    assert not isinstance(decide_image(image, LOSSLESS), Recode)


EXACT_ROWS: list[tuple[str, ImageFacts]] = [
    ("its colours are blended with its mask", replace(SAMPLES, mask=Mask.MATTE)),
    ("it is such a mask", replace(SAMPLES, colour=GRAY, is_soft_mask=True, has_matte=True)),
    ("a range of its samples is transparent", replace(SAMPLES, mask=Mask.COLOUR_KEY)),
    ("its samples are mapped to colours by a table", replace(SAMPLES, has_decode=True)),
    ("it is a stencil", replace(SAMPLES, bits=1, colour=GRAY, is_stencil=True)),
    ("it is in L*a*b*", replace(SAMPLES, colour=Colour(Model.LAB))),
    ("it is in a spot colour", replace(SAMPLES, colour=SPOT)),
    ("it is in five inks", replace(SAMPLES, colour=INKS)),
    ("its palette is of inks", replace(SAMPLES, colour=replace(INKS, palette=bytes(80)))),
    ("the same for a JPEG", replace(JPEG, mask=Mask.MATTE)),
    ("and with a colour key", replace(JPEG, mask=Mask.COLOUR_KEY)),
]


@pytest.mark.parametrize("image", [row[1] for row in EXACT_ROWS], ids=[row[0] for row in EXACT_ROWS])
@pytest.mark.parametrize("rules", [LOSSLESS, MEDIUM], ids=["lossless", "medium"])
def test_samples_that_something_depends_on_are_packed_but_stay_what_they_are(
    image: ImageFacts, rules: ImageRules
) -> None:
    assert decide_image(image, rules) == Repack(keeps_samples=True)


@pytest.mark.parametrize("rules", [LOSSLESS, MEDIUM], ids=["lossless", "medium"])
def test_colours_told_by_the_data_are_named_only_where_the_name_means_the_same(rules: ImageRules) -> None:
    told = replace(JPX, is_space_in_data=True)
    assert decide_image(told, replace(rules, may_name_device_space=False)) == Keep(KeepReason.UNKNOWN_COLOUR)


def test_adobes_marker_overrides_the_colour_transform_parameter() -> None:
    marked = replace(JPEG, has_colour_transform=True, jpeg=replace(HEADER, adobe_transform=1))
    assert decide_image(marked, MEDIUM) == HALF
