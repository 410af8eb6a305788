"""The JPEG of an image that is smallest among those that look good enough."""

from dataclasses import dataclass, replace
from math import log10

import numpy as np
from PIL import Image

from bulkpress_engine.images.codecs.jpeg import baseline_jpeg, decode_jpeg, encode_jpeg
from bulkpress_engine.images.codecs.jpeg_tables import FULL_COLOUR, PHOTO, TEXT, Way, percent_of
from bulkpress_engine.images.perception import Original
from bulkpress_engine.images.screen import OnScreen
from bulkpress_engine.images.tiles import sampled

MIN_SIDE_PX = 24  # of a picture whose looks can be compared
HIGHEST = 100
BELOW, ABOVE = 25, 10  # how far an image's own quality may be from the one asked for
FLOOR_AT_75_DB, DB_PER_DECADE = 42.0, 16.5  # measured on photographs and scans at 150 dpi
LIKENESS_AT: tuple[tuple[int, float], ...] = ((30, 0.8), (55, 0.92), (58, 0.955), (85, 0.9985), (95, 0.9995))


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


def smallest_jpeg(image: Image.Image, quality: int, dpi: float, *, is_fixed: bool, highest: int | None = None) -> Jpeg:
    """The image as a JPEG that looks as good as photographs do at `quality`, or at that very quality if it is fixed.

    `dpi` is how many of its pixels there are to an inch where it is drawn largest. `highest` is the best quality tried,
    a little more than what is asked for if left out.
    """
    if is_fixed or min(image.size) < MIN_SIDE_PX:
        return Jpeg(encode_jpeg(image, quality))
    sample = sampled(image)
    original, floor = Original(sample), floor_db(quality)
    qualities = (max(1, quality - BELOW), highest or min(HIGHEST, quality + ABOVE))
    found = [_lowest(sample, original, floor, way, qualities) for way in (PHOTO, TEXT)]
    if sample.mode == "RGB" and not any(one.is_good for one in found):
        found.append(_lowest(sample, original, floor, FULL_COLOUR, qualities))
    best = min(found, key=lambda one: (not one.is_good, one.size))
    least = floor_on_screen(quality)
    screen = OnScreen(image, dpi)
    data = baseline_jpeg(image, best.quality, best.way)
    if screen.likeness(decode_jpeg(data, image.size)) >= least:
        return Jpeg(encode_jpeg(image, best.quality, best.way), best.is_good)
    ways = dict.fromkeys((best.way, FULL_COLOUR if image.mode == "RGB" else best.way))
    finer = [_alike_on_screen(image, replace(best, way=way), screen, least) for way in ways]
    good = [one for one in finer if one.is_good]
    closest = min(good, key=lambda one: one.size) if good else finer[-1]
    return Jpeg(encode_jpeg(image, closest.quality, closest.way), best.is_good and closest.is_good)


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


def _alike_on_screen(image: Image.Image, found: _Found, screen: OnScreen, least: float) -> _Found:
    """The lowest quality above what was `found` at which the whole image is as alike as asked, or the best there is."""
    lowest, highest = found.quality + 1, HIGHEST
    best = replace(found, quality=highest, is_good=False)
    while lowest <= highest:
        quality = (lowest + highest) // 2
        data = baseline_jpeg(image, quality, found.way)
        if screen.likeness(decode_jpeg(data, image.size)) >= least:
            best, highest = _Found(found.way, quality, len(data), is_good=True), quality - 1
        else:
            lowest = quality + 1
    return best
