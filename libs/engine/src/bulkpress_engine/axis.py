"""The one axis of quality: at 0 no pixel changes, at 1 images are the coarsest that can still be read.

Levels are points on it, and a target size is searched along it. Further along, nothing is ever finer.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from bulkpress_engine.options import Level, PressOptions

LOSSLESS, COARSEST = 0.0, 1.0
LEVEL_AT = {Level.LOW: 0.2, Level.MEDIUM: 0.5, Level.HIGH: 0.75}


@dataclass(frozen=True, slots=True)
class ImageLevel:
    """What is asked of images: pixels per inch, and JPEG quality 1..100 on the IJG scale."""

    target_dpi: int
    jpeg_quality: int


POINTS: tuple[tuple[float, ImageLevel], ...] = (
    (LOSSLESS, ImageLevel(target_dpi=400, jpeg_quality=95)),  # where lossy coding begins; 0 itself is without
    (LEVEL_AT[Level.LOW], ImageLevel(target_dpi=400, jpeg_quality=82)),  # nobody tells them apart
    (LEVEL_AT[Level.MEDIUM], ImageLevel(target_dpi=150, jpeg_quality=55)),
    (LEVEL_AT[Level.HIGH], ImageLevel(target_dpi=100, jpeg_quality=55)),
    (COARSEST, ImageLevel(target_dpi=72, jpeg_quality=30)),  # coarser, and ten-point text in a scan cannot be read
)

GENTLER = ImageLevel(target_dpi=150, jpeg_quality=60)


def position_of(options: PressOptions) -> float:
    """Where on the axis these options are."""
    return LEVEL_AT[options.level] if options.position is None else options.position


def at_position(options: PressOptions, position: float) -> PressOptions:
    """The same options for one place on the axis, with the level whose promises hold there, instead of a target."""
    lossy = Level.HIGH if position >= LEVEL_AT[Level.HIGH] else Level.MEDIUM
    level = Level.LOW if position <= LEVEL_AT[Level.LOW] else lossy
    return replace(options, level=level, position=position, target_bytes=None)


def image_level(options: PressOptions) -> ImageLevel | None:
    """What these options ask of images; None: change no pixel. Quality and resolution, if given, win, not at LOW."""
    at = image_level_at(position_of(options))
    if at is None or is_level_low(options):
        return at
    finest_dpi = options.max_image_dpi or at.target_dpi
    return ImageLevel(
        target_dpi=finest_dpi if options.position is None else min(finest_dpi, at.target_dpi),
        jpeg_quality=options.image_quality or at.jpeg_quality,
    )


def finer(level: ImageLevel) -> ImageLevel:
    """What to try where a proof finds that pictures were harmed: as at LOW, so that no level comes out larger."""
    return _at_least(level, POINTS[1][1])


def a_level_finer(level: ImageLevel) -> ImageLevel:
    """A little finer than MEDIUM what is coarser, as at LOW what is not: for the few pictures that alone do harm."""
    better = _at_least(level, GENTLER)
    return better if better != level else finer(level)


def _at_least(level: ImageLevel, other: ImageLevel) -> ImageLevel:
    return ImageLevel(max(level.target_dpi, other.target_dpi), max(level.jpeg_quality, other.jpeg_quality))


def is_level_low(options: PressOptions) -> bool:
    """Whether the level itself is asked for, which heeds neither quality nor resolution."""
    return options.position is None and options.level is Level.LOW


def image_level_at(position: float) -> ImageLevel | None:
    """What a place on the axis, 0..1, asks of images: between its points resolution falls evenly by factors."""
    if position <= LOSSLESS:
        return None
    for (begin, fine), (end, coarse) in pairwise(POINTS):
        if position <= end:
            share = (position - begin) / (end - begin)
            log_dpi = math.log(fine.target_dpi) + share * math.log(coarse.target_dpi / fine.target_dpi)
            quality = fine.jpeg_quality + share * (coarse.jpeg_quality - fine.jpeg_quality)
            return ImageLevel(round(math.exp(log_dpi)), round(quality))
    return POINTS[-1][1]
