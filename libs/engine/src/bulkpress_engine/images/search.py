"""The JPEG of an image that is smallest among those that look good enough."""

from dataclasses import dataclass, replace
from math import log10

import numpy as np
from PIL import Image

from bulkpress_engine.images.codecs.jpeg import baseline_jpeg, decode_jpeg, repack_jpeg
from bulkpress_engine.images.codecs.jpeg_tables import FULL_COLOUR, PHOTO, TEXT, Way, percent_of
from bulkpress_engine.images.perception import Original
from bulkpress_engine.images.screen import OnScreen, Redo
from bulkpress_engine.images.tiles import sampled

MIN_SIDE_PX = 24  # of a picture whose looks can be compared
HIGHEST = 100
PACKED_SHARE = 0.5  # of a JPEG's bytes that are left, at the very least, by packing it tighter without loss
BELOW, ABOVE = 25, 10  # how far an image's own quality may be from the one asked for
FLOOR_AT_75_DB, DB_PER_DECADE = 42.0, 16.5  # measured on photographs and scans at 150 dpi
LIKENESS_AT: tuple[tuple[int, float], ...] = ((30, 0.8), (55, 0.92), (58, 0.955), (82, 0.998), (95, 0.9995))


def floor_db(quality: int) -> float:
    """What all images are held to at a JPEG quality of 1..100: how much a photograph of fine detail keeps there."""
    return FLOOR_AT_75_DB - DB_PER_DECADE * log10(percent_of(quality) / percent_of(75))


def floor_on_screen(quality: int) -> float:
    """How much of the ink's SSIM on the screen all images keep at a JPEG quality of 1..100 (0..1; see `OnScreen`)."""
    qualities, floors = zip(*LIKENESS_AT, strict=True)
    return float(np.interp(quality, qualities, floors))


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG, and whether it looks as good as asked: fine patterns may not, at any quality that is allowed."""

    data: bytes
    is_good: bool = True


def smallest_jpeg(
    image: Image.Image,
    quality: int,
    dpi: float,
    *,
    is_fixed: bool,
    highest: int | None = None,
    worth_bytes: int | None = None,
) -> Jpeg:
    """The image as a JPEG that looks as good as photographs do at `quality`, or at that very quality if it is fixed.

    `dpi` is how many of its pixels there are to an inch where it is drawn largest. `highest` is the best quality tried,
    a little more than what is asked for if left out. One that will not get below `worth_bytes` is not packed tighter.
    """
    if is_fixed or min(image.size) < MIN_SIDE_PX:
        return Jpeg(_packed(image, quality, PHOTO, worth_bytes))
    sample = sampled(image)
    original, floor = Original(sample), floor_db(quality)
    qualities = (max(1, quality - BELOW), highest or min(HIGHEST, quality + ABOVE))
    found = [_lowest(sample, original, floor, way, qualities) for way in (PHOTO, TEXT)]
    if sample.mode == "RGB" and not any(one.is_good for one in found):
        found.append(_lowest(sample, original, floor, FULL_COLOUR, qualities))
    best = min(found, key=lambda one: (not one.is_good, one.size))
    least = floor_on_screen(quality)
    screen = OnScreen(image, dpi)
    if screen.likeness(_redo(best.quality, best.way)) >= least:
        return Jpeg(_packed(image, best.quality, best.way, worth_bytes), best.is_good)
    ways = dict.fromkeys((best.way, FULL_COLOUR if image.mode == "RGB" else best.way))
    finer = [_alike_on_screen(replace(best, way=way), screen, least) for way in ways]
    good = [one for one in finer if one.is_good]
    closest = good or finer[-1:]
    coded = min((_packed(image, one.quality, one.way, worth_bytes) for one in closest), key=len)
    return Jpeg(coded, best.is_good and bool(good))


@dataclass(frozen=True, slots=True)
class _Found:
    """The lowest quality of one way that is good enough, or the best there is; its bytes on the sample."""

    way: Way
    quality: int
    size: int
    is_good: bool


def _lowest(sample: Image.Image, original: Original, floor: float, way: Way, qualities: tuple[int, int]) -> _Found:
    """Halve the range of qualities until one is left."""
    lowest, highest = qualities
    best = _Found(way, highest, 0, is_good=False)
    while lowest <= highest:
        quality = (lowest + highest) // 2
        data = baseline_jpeg(sample, quality, way)
        if original.likeness_db(decode_jpeg(data, sample.size)) >= floor:
            best, highest = _Found(way, quality, len(data), is_good=True), quality - 1
        else:
            lowest = quality + 1
    return best if best.is_good else replace(best, size=len(baseline_jpeg(sample, best.quality, way)))


def _alike_on_screen(found: _Found, screen: OnScreen, least: float) -> _Found:
    """The lowest quality above what was `found` at which the whole image is as alike as asked, or the best there is."""
    lowest, highest = found.quality + 1, HIGHEST
    best = replace(found, quality=highest, is_good=False)
    while lowest <= highest:
        quality = (lowest + highest) // 2
        if screen.likeness(_redo(quality, found.way)) >= least:
            best, highest = replace(found, quality=quality, is_good=True), quality - 1
        else:
            lowest = quality + 1
    return best


def _packed(image: Image.Image, quality: int, way: Way, worth_bytes: int | None) -> bytes:
    """The JPEG packed tighter, for which all its coefficients are in memory; or as it is where that is in vain."""
    plain = baseline_jpeg(image, quality, way)
    is_in_vain = worth_bytes is not None and PACKED_SHARE * len(plain) > worth_bytes
    return plain if is_in_vain else repack_jpeg(plain)


def _redo(quality: int, way: Way) -> Redo:
    return lambda band: decode_jpeg(baseline_jpeg(band, quality, way), band.size)
