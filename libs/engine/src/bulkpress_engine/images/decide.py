"""What to do with one image, from facts alone: nothing is decoded here, so a table of rows tests it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bulkpress_engine.images.colour import Model
from bulkpress_engine.images.facts import Coding, ImageFacts, Mask

DPI_SLACK = 1.2  # recoding an image only a little too fine costs quality and wins few bytes
QUALITY_SLACK = 2  # the same for a JPEG whose tables are only a little finer than asked
MIN_PIXELS = 64 * 64  # below, headers and tables outweigh what a lossy codec could save
TWO_LEVEL_ADVANTAGE = 4  # so many times the pixels may an image have that holds a bit for each, not a byte or several
JPX_SHARE = 1 / 4  # so much of the pixels: to decode JPEG 2000 takes sixteen bytes for each
JPX_THIN_BITS = 0.3  # for each pixel that is left: JPEG 2000 of so few is smaller than any JPEG that looks like it
SAMPLE_BITS = frozenset({1, 2, 4, 8, 16})
JPEG_ADOBE_TRANSFORMS: Mapping[int, frozenset[int | None]] = {
    1: frozenset({None, 0}),
    3: frozenset({None, 0, 1}),
    4: frozenset({0, 2}),
}  # by components; CMYK without the marker is unsure


class KeepReason(StrEnum):
    """Why an image was left as it was. Wording for people: docs/reference/reasons.md."""

    TOO_LARGE = "too_large"
    LYING_SIZE = "lying_size"
    UNKNOWN_CODING = "unknown_coding"
    UNKNOWN_COLOUR = "unknown_colour"
    LAB = "lab"
    SEPARATION = "separation"
    DEVICE_N = "device_n"
    MATTE_MASK = "matte_mask"
    COLOUR_KEY_MASK = "colour_key_mask"
    MASK_IN_DATA = "mask_in_data"
    STENCIL = "stencil"
    DECODE_ARRAY = "decode_array"
    COLOUR_TRANSFORM = "colour_transform"
    CMYK_UNSURE = "cmyk_unsure"
    ALTERNATES = "alternates"
    OPI = "opi"
    TWO_LEVEL = "two_level"  # 1 bit a pixel, coded well already
    FINE_ENOUGH = "fine_enough"  # neither too many pixels nor too many bits for them
    NOT_SMALLER = "not_smaller"  # it was tried, and the result was not smaller
    UNDECODABLE = "undecodable"  # it was tried, and the data is damaged


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the image as it is."""

    reason: KeepReason


@dataclass(frozen=True, slots=True)
class Repack:
    """Store the same pixels in fewer bytes, or the very same samples where something outside depends on them."""

    keeps_samples: bool = False


@dataclass(frozen=True, slots=True)
class Recode:
    """Store the image with fewer or coarser pixels: `width_px` x `height_px`, and as JPEG as good as `jpeg_quality`.

    That is the quality of an ordinary photograph; other images get what makes them look as good, unless it is fixed.
    """

    width_px: int
    height_px: int
    jpeg_quality: int
    is_quality_fixed: bool = False


Decision = Keep | Repack | Recode


@dataclass(frozen=True, slots=True)
class ImageRules:
    """What a plan asks of images. None for both: only what changes no pixel."""

    max_pixels: int
    target_dpi: int | None = None
    jpeg_quality: int | None = None
    is_quality_fixed: bool = False  # the user named it
    may_use_jbig2: bool = False  # it came with PDF 1.4, and must have been built
    may_name_device_space: bool = True  # DeviceRGB and DeviceGray mean sRGB, as no intent or default says otherwise


def _contradicts_jpeg(image: ImageFacts) -> bool:
    jpeg = image.jpeg
    return jpeg is not None and (jpeg.width_px, jpeg.height_px) != (image.width_px, image.height_px)


def _unusual_jpeg(image: ImageFacts) -> bool:
    """A JPEG that is none, is under another filter, or is of a process that decoders do not take."""
    if image.coding is not Coding.JPEG:
        return False
    return image.jpeg is None or not image.jpeg.is_huffman_dct or image.jpeg.bits != 8


def _depends_on_parameters(image: ImageFacts) -> bool:
    """Whether /ColorTransform decides what a JPEG means: an Adobe marker in the data overrides it (7.4.8)."""
    return image.has_colour_transform and (image.jpeg is None or image.jpeg.adobe_transform is None)


def _contradicts_itself(image: ImageFacts) -> bool:
    """Whether decoders disagree on what three components mean.

    PDF asks the Adobe marker, and without one takes YCbCr (7.4.8). Many decoders believe JFIF before Adobe, and
    components numbered "RGB" where neither speaks.
    """
    jpeg = image.jpeg
    if jpeg is None or jpeg.components != 3:
        return False
    if jpeg.is_jfif:
        return jpeg.adobe_transform == 0
    return jpeg.adobe_transform is None and jpeg.are_components_rgb


def _is_odd_palette(image: ImageFacts) -> bool:
    """Indexes under a lossy codec, or indexes wider than a byte."""
    return image.colour.palette is not None and (image.coding is not Coding.SAMPLES or image.bits > 8)


def _is_unsure_cmyk(image: ImageFacts) -> bool:
    """Whether programs may disagree on what the JPEG's components mean, for want of an Adobe marker or with an odd one.

    Also where components and colour space disagree: that image is read by luck, and luck should not be moved.
    """
    jpeg = image.jpeg
    if jpeg is None:
        return False
    if jpeg.adobe_transform not in JPEG_ADOBE_TRANSFORMS.get(jpeg.components, frozenset()):
        return True
    return image.colour.components not in {0, jpeg.components}


UNTOUCHABLE: tuple[tuple[KeepReason, Callable[[ImageFacts], bool]], ...] = (
    (KeepReason.LYING_SIZE, lambda image: min(image.width_px, image.height_px) <= 0 or _contradicts_jpeg(image)),
    (KeepReason.UNKNOWN_CODING, lambda image: image.coding is Coding.UNKNOWN or _unusual_jpeg(image)),
    (KeepReason.ALTERNATES, lambda image: image.has_alternates),
    (KeepReason.OPI, lambda image: image.has_opi),
    (KeepReason.MASK_IN_DATA, lambda image: image.mask is Mask.IN_DATA),
    (KeepReason.COLOUR_TRANSFORM, lambda image: _depends_on_parameters(image) or _contradicts_itself(image)),
    (KeepReason.CMYK_UNSURE, _is_unsure_cmyk),
)
"""Images that no codec of ours may touch, not even to store the same pixels."""

EXACT: tuple[tuple[KeepReason, Callable[[ImageFacts], bool]], ...] = (
    (KeepReason.MATTE_MASK, lambda image: image.has_matte or image.mask is Mask.MATTE),  # 11.6.5.2: pre-blended
    (KeepReason.COLOUR_KEY_MASK, lambda image: image.mask is Mask.COLOUR_KEY),  # 8.9.6.4: compares exact samples
    (KeepReason.STENCIL, lambda image: image.is_stencil),
    (KeepReason.DECODE_ARRAY, lambda image: image.has_decode),
    (KeepReason.LAB, lambda image: image.colour.model is Model.LAB),
    (KeepReason.SEPARATION, lambda image: image.colour.model is Model.SEPARATION),
    (KeepReason.DEVICE_N, lambda image: image.colour.model is Model.DEVICE_N),
    (KeepReason.UNKNOWN_COLOUR, lambda image: image.colour.model is Model.UNKNOWN or _is_odd_palette(image)),
)
"""Images whose sample values must stay exactly as they are: the very same samples in fewer bytes at most."""


def decide_image(image: ImageFacts, rules: ImageRules) -> Decision:
    """Say what to do with one image, from facts alone."""
    for reason, applies in UNTOUCHABLE:
        if applies(image):
            return Keep(reason)
    if image.pixels > rules.max_pixels * _share_of_pixels(image):
        return Keep(KeepReason.TOO_LARGE)
    if image.coding in {Coding.CCITT, Coding.JBIG2}:
        return _two_level(image, rules)
    for reason, applies in EXACT:
        if applies(image):
            return Repack(keeps_samples=True) if _repacks_exactly(image) else Keep(reason)
    is_name_missing = image.is_space_in_data and not rules.may_name_device_space
    if is_name_missing or (image.coding is Coding.SAMPLES and image.bits not in SAMPLE_BITS):
        return Keep(KeepReason.UNKNOWN_COLOUR)
    return _lossy(image, rules) or _lossless(image)


def _share_of_pixels(image: ImageFacts) -> float:
    if image.coding is Coding.JPX:
        return JPX_SHARE
    return TWO_LEVEL_ADVANTAGE if _is_two_level(image) else 1


def _is_two_level(image: ImageFacts) -> bool:
    """Whether it holds one bit for each pixel."""
    return image.coding in {Coding.CCITT, Coding.JBIG2} or (
        image.coding is Coding.SAMPLES and image.bits == 1 and image.colour.components == 1
    )


def _two_level(image: ImageFacts, rules: ImageRules) -> Keep | Repack:
    """Bits that a codec for bits holds stay the same samples, whatever they mean, so nothing else need be asked."""
    if not rules.may_use_jbig2 or image.has_globals:
        return Keep(KeepReason.TWO_LEVEL)
    return Repack()


def _lossy(image: ImageFacts, rules: ImageRules) -> Recode | None:
    """How to recode the image within the rules, or None when it is fine enough or nobody knows how large it is."""
    if rules.target_dpi is None or rules.jpeg_quality is None or image.dpi is None:
        return None
    if image.bits == 1 or image.pixels < MIN_PIXELS:
        return None
    scale = rules.target_dpi / image.dpi if image.dpi > rules.target_dpi * DPI_SLACK else 1.0
    if scale == 1.0 and image.is_soft_mask:
        return None
    if scale == 1.0 and image.jpeg is not None and image.jpeg.quality <= rules.jpeg_quality + QUALITY_SLACK:
        return None
    if image.coding is Coding.JPX and 8 * image.stored_bytes < JPX_THIN_BITS * image.pixels * scale**2:
        return None
    return Recode(
        width_px=max(1, round(image.width_px * scale)),
        height_px=max(1, round(image.height_px * scale)),
        jpeg_quality=rules.jpeg_quality,
        is_quality_fixed=rules.is_quality_fixed,
    )


def _lossless(image: ImageFacts) -> Keep | Repack:
    if image.coding is Coding.JPX:
        return Keep(KeepReason.FINE_ENOUGH)
    return Repack()


def _repacks_exactly(image: ImageFacts) -> bool:
    """Whether the very same samples can be stored in fewer bytes: as JPEG coefficients, or rows of known length."""
    if image.coding is Coding.JPEG:
        return True
    return image.coding is Coding.SAMPLES and image.bits in SAMPLE_BITS and image.colour.components > 0
