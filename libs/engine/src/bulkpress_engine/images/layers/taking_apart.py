"""One scan taken apart, if it is text and the layers are smaller than the plain JPEG and look as good."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from bulkpress_engine.images.codecs.bilevel import encode_bilevel
from bulkpress_engine.images.codecs.jpeg import decode_jpeg, encode_jpeg
from bulkpress_engine.images.coded import Coded
from bulkpress_engine.images.layers.decide import Ground, LayerReason, LayerRules, LikenessFloors
from bulkpress_engine.images.layers.grids import spread
from bulkpress_engine.images.layers.grounds import Colour, ground, mask_picture, one_colour
from bulkpress_engine.images.layers.likeness import COARSE_DPI, Likeness, Original, Part, Size, drawn_part
from bulkpress_engine.images.layers.segmentation import ink_mask, looks_like_text

MASK_DPI, MASK_SLACK = 300.0, 1.2  # much finer scans are brought down to this: nobody tells the edges apart
MOST_OF_PLAIN = 0.8  # layers must be this much smaller than the plain JPEG: three streams for one are a price
MOST_IF_SHARPER = 0.95  # the same where they are at least as faithful at the fine resolution
RIM_WEIGHT = 0.25  # of a stroke's rim in the colour of its ink: blurred with paper, but all that thin strokes have
JPEG = "/DCTDecode"
SMOOTHLY = Image.Resampling.BICUBIC
SLACK = 0.002  # in likeness: less is no difference
TINT_LEVELS = 10.0  # what colour at half resolution does to thin strokes; red ones gone gray are beyond


@dataclass(frozen=True, slots=True)
class Layers:
    """A scan as layers: the paper, and over it, where the mask's bits are 0, the ink: a picture or one colour."""

    paper: Coded
    mask: Coded
    ink: Coded | Colour

    @property
    def stored_bytes(self) -> int:
        """What the streams take."""
        return len(self.paper.data) + len(self.mask.data) + (len(self.ink.data) if isinstance(self.ink, Coded) else 0)


def take_apart(
    picture: Image.Image, dpi: float, rules: LayerRules, plain: Callable[[], Coded], *, may_use_jbig2: bool
) -> Layers | LayerReason:
    """The layers of a scan (mode L or RGB), or why it is better off whole; `plain` codes it the plain way."""
    original = Original(picture, dpi)
    if not looks_like_text(original.coarse.convert("L"), min(dpi, COARSE_DPI)):
        return LayerReason.NOT_TEXT
    if dpi > MASK_DPI * MASK_SLACK:
        size = (round(picture.width * MASK_DPI / dpi), round(picture.height * MASK_DPI / dpi))
        picture, dpi = picture.resize(size, Image.Resampling.LANCZOS), MASK_DPI
    parts = _Parts(picture, dpi, may_use_jbig2=may_use_jbig2)
    whole = plain()
    if len(parts.mask.data) > MOST_IF_SHARPER * len(whole.data):
        return LayerReason.NOT_SMALLER
    return parts.best(rules, original, whole)


class _Parts:
    """What all candidates of one scan have in common."""

    def __init__(self, picture: Image.Image, dpi: float, *, may_use_jbig2: bool) -> None:
        self._picture, self._dpi = picture, dpi
        mask = ink_mask(picture.convert("L"), dpi)
        self._inked, self._core = mask_picture(mask), mask_picture(~spread(~mask, 1, np.logical_or))
        rows = np.packbits(~mask, axis=1).tobytes()  # a bit that is 0 is painted (ISO 32000-2, 8.9.6.3)
        self.mask = encode_bilevel(rows, picture.width, picture.height, may_use_jbig2=may_use_jbig2)

    def best(self, rules: LayerRules, original: Original, plain: Coded) -> Layers | LayerReason:
        """The coarsest layers that suffice."""
        # Gray that hides in RGB is coded as gray: compared is what is seen.
        whole = _pixels(plain).convert(self._picture.mode) if plain.filter == JPEG else self._picture
        wanted = original.likeness(partial(drawn_part, whole, resample=SMOOTHLY))
        ink_picture, ink = self._ink(rules.ink)
        reason = LayerReason.NOT_SMALLER
        for rule in rules.papers:
            layers = Layers(self._paper(rule), self.mask, ink)
            if layers.stored_bytes > MOST_IF_SHARPER * len(plain.data):
                break
            found = original.likeness(partial(self._composed, _pixels(layers.paper), ink_picture))
            is_far_smaller = layers.stored_bytes <= MOST_OF_PLAIN * len(plain.data)
            if suffices(found, wanted, rules.floors) and (is_far_smaller or found.fine >= wanted.fine):
                return layers
            reason = LayerReason.NOT_FAITHFUL
        return reason

    def _paper(self, rule: Ground) -> Coded:
        bare = Image.eval(self._inked, lambda level: 255 - level)
        return _jpeg(ground(self._picture, bare, self._size_at(rule.dpi)), rule.jpeg_quality)

    def _ink(self, rule: Ground) -> tuple[Image.Image, Coded | Colour]:
        weights = Image.blend(self._core, self._inked, RIM_WEIGHT)
        picture = ground(self._picture, weights, self._size_at(rule.dpi))
        colour = one_colour(picture, self._inked)
        if colour is not None:
            return Image.new(picture.mode, (1, 1), colour), colour
        coded = _jpeg(picture, rule.jpeg_quality)
        return _pixels(coded), coded

    def _size_at(self, dpi: float) -> tuple[int, int]:
        scale = min(1.0, dpi / self._dpi)
        return max(1, round(self._picture.width * scale)), max(1, round(self._picture.height * scale))

    def _composed(self, paper: Image.Image, ink: Image.Image, size: Size, part: Part) -> Image.Image:
        """What a reader draws of a part of the page, at a size no larger than the mask's."""
        opacity = drawn_part(self._inked, size, part, Image.Resampling.BOX)
        over = drawn_part(ink, size, part, Image.Resampling.BILINEAR)
        return Image.composite(over, drawn_part(paper, size, part, SMOOTHLY), opacity)


def suffices(found: Likeness, wanted: Likeness, floors: LikenessFloors) -> bool:
    """Whether layers are as good as the plain JPEG, or good enough by the level's floors."""
    return (
        found.coarse >= min(wanted.coarse, floors.coarse) - SLACK
        and found.fine >= min(wanted.fine, floors.fine) - SLACK
        and found.tile >= min(wanted.tile, floors.tile) - SLACK
        and found.tint <= max(wanted.tint, TINT_LEVELS)
    )


def _jpeg(picture: Image.Image, quality: int) -> Coded:
    return Coded(encode_jpeg(picture, quality), *picture.size, 8, JPEG)


def _pixels(coded: Coded) -> Image.Image:
    """What a coded JPEG shows."""
    return decode_jpeg(coded.data, (coded.width_px, coded.height_px))
