"""The JPEG of an image that is smallest among those that look good enough."""

from dataclasses import dataclass, replace
from math import log10

from PIL import Image

from bulkpress_engine.images.codecs.jpeg import baseline_jpeg, decode_jpeg, encode_jpeg
from bulkpress_engine.images.codecs.jpeg_tables import FULL_COLOUR, PHOTO, TEXT, Way, percent_of
from bulkpress_engine.images.perception import Original
from bulkpress_engine.images.tiles import sampled

MIN_SIDE_PX = 24  # of a picture whose looks can be compared
BELOW, ABOVE = 25, 10  # how far an image's own quality may be from the one asked for
FLOOR_AT_75_DB, DB_PER_DECADE = 42.0, 16.5  # measured on photographs and scans at 150 dpi


def floor_db(quality: int) -> float:
    """What all images are held to at a JPEG quality of 1..100: how much a photograph of fine detail keeps there."""
    return FLOOR_AT_75_DB - DB_PER_DECADE * log10(percent_of(quality) / percent_of(75))


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG, and whether it looks as good as asked: fine patterns may not, at any quality that is allowed."""

    data: bytes
    is_good: bool = True


def smallest_jpeg(image: Image.Image, quality: int, *, is_fixed: bool) -> Jpeg:
    """The image as a JPEG that looks as good as photographs do at `quality`, or at that very quality if it is fixed."""
    if is_fixed or min(image.size) < MIN_SIDE_PX:
        return Jpeg(encode_jpeg(image, quality))
    sample = sampled(image)
    original, floor = Original(sample), floor_db(quality)
    qualities = (max(1, quality - BELOW), min(100, quality + ABOVE))
    found = [_lowest(sample, original, floor, way, qualities) for way in (PHOTO, TEXT)]
    if sample.mode == "RGB" and not any(one.is_good for one in found):
        found.append(_lowest(sample, original, floor, FULL_COLOUR, qualities))
    best = min(found, key=lambda one: (not one.is_good, one.size))
    return Jpeg(encode_jpeg(image, best.quality, best.way), best.is_good)


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
