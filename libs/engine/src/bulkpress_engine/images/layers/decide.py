"""Which images are worth taking apart, from facts alone, and what is asked of their layers."""

from dataclasses import dataclass
from enum import StrEnum

from bulkpress_engine.images.colour import Model
from bulkpress_engine.images.decide import Decision, Recode
from bulkpress_engine.images.facts import ImageFacts, Mask

MIN_DPI = 140.0  # below, a stroke of ordinary text is a pixel wide, and no mask can be sharp
MIN_SQUARE_INCHES = 4.0  # smaller pieces have too little text to pay for three streams
MAX_PIXELS = 24_000_000  # more than A3 at 300 dpi; some 400 MiB while the mask is made
FINEST_QUALITY = 80  # above, a scan's grain counts, and the paper would have to be as fine as the whole
MODELS = frozenset({Model.GRAY, Model.RGB})


class LayerReason(StrEnum):
    """What became of a scan that could be taken apart. Wording for people: docs/reference/reasons.md."""

    LAYERED = "layered"
    NOT_TEXT = "not_text"  # no ink with sharp edges, or more of it than text has
    NOT_SMALLER = "not_smaller"  # than the plain JPEG
    NOT_FAITHFUL = "not_faithful"  # less so than the plain JPEG and than the floors
    NEEDS_IMAGE = "needs_image"  # used where a form is not allowed, or would not look the same
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class Ground:
    """How one of the two colour layers is stored: pixels per inch, and JPEG quality 1..100 on the IJG scale."""

    dpi: int
    jpeg_quality: int


@dataclass(frozen=True, slots=True)
class LikenessFloors:
    """What is likeness enough, where the plain JPEG has more (0..1; see `likeness`)."""

    coarse: float
    fine: float
    tile: float


@dataclass(frozen=True, slots=True)
class LayerRules:
    """What is asked of layers. The papers are tried in turn: the coarse one does unless there are pictures."""

    papers: tuple[Ground, ...]
    ink: Ground
    floors: LikenessFloors


@dataclass(frozen=True, slots=True)
class TakeApart:
    """Take the image apart by these rules, if that beats the plain way to code it."""

    rules: LayerRules
    plain: Recode


def layer_rules(target_dpi: int, jpeg_quality: int) -> LayerRules | None:
    """The layers that stand for a plain JPEG of this resolution and quality; None where more is asked than they give.

    Paper and ink have no edges, so both do with less than a picture of the whole. The floors were found by eye: text
    is crisper than in the plain JPEG, which is then well above them at the fine resolution and below at the coarse.
    """
    if jpeg_quality > FINEST_QUALITY:
        return None
    finer = jpeg_quality - 55
    quality = max(10, jpeg_quality * 5 // 4 - 33)
    return LayerRules(
        papers=(Ground(target_dpi * 2 // 3, quality), Ground(target_dpi, quality)),
        ink=Ground(target_dpi * 2 // 5, jpeg_quality // 2),
        floors=LikenessFloors(coarse=0.96 + 0.00075 * finer, fine=0.85 + 0.0025 * finer, tile=0.75 + 0.0025 * finer),
    )


def decide_layers(image: ImageFacts, plain: Decision, rules: LayerRules | None) -> TakeApart | None:
    """Whether to try, and how; None for images that are no scans, or must not lose a pixel, or have too few."""
    if rules is None or not isinstance(plain, Recode) or image.dpi is None or image.dpi < MIN_DPI:
        return None
    if image.mask is not Mask.NONE or image.is_soft_mask or image.has_decode:
        return None
    if image.colour.model not in MODELS or image.colour.palette is not None or image.bits != 8:
        return None
    too_small = image.pixels < MIN_SQUARE_INCHES * image.dpi**2
    return None if too_small or image.pixels > MAX_PIXELS else TakeApart(rules, plain)
