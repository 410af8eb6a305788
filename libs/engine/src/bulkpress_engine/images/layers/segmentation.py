"""Where the ink is: a mask of the strokes, found by thresholds that follow paper, light and stains.

First a rough threshold, by mean and deviation around a pixel (Niblack 1986), tells which regions have ink. There
the level of the paper is known from what is around the strokes, that of the ink from the darkest pixels near by, and
a pixel is ink that is nearer to the ink, measured on that scale. So thin and pale strokes keep their width, and the
total of ink stays. All but the last comparison is done at half the resolution.
"""

import numpy as np
from PIL import Image, ImageFilter

from bulkpress_engine.images.layers.grids import (
    Bits,
    Bytes,
    Levels,
    block_means,
    filled,
    folded,
    resized,
    spread,
    window_means,
)

DEVIATIONS = 0.25  # of the levels around a pixel, below their mean: certainly ink where there is much of it
GRAINS, FAINT_LEVELS = 4.0, (8.0, 25.0)  # the same on paper, by its grain, where there is little: a faint line
WINDOW_INCHES = 1 / 14
STROKE_INCHES = 1 / 100  # how far the darkest pixel of a stroke may be
INK_SHARE = 0.45  # from the paper's level to the ink's: the edge of a stroke
CONTRAST = 14.0  # least difference from paper, in levels
SMOOTH = ImageFilter.Kernel((3, 3), (1, 4, 1, 4, 16, 4, 1, 4, 1))  # a gaussian of 0.6 px: edges less ragged by grain
EDGE_LEVELS = 8  # from pixel to pixel
LEAST_AT_INK = 0.3  # share of the edges; grain has many, a photograph hardly any others
LEAST_INK, MOST_INK = 0.0005, 0.35  # share of the page: nearly nothing, and more than text has
SPECK_PX = 4  # fewer pixels of ink in a square of 5 x 5 are dust


def ink_mask(gray: Image.Image, dpi: float) -> Bits:
    """Which pixels of a picture (mode L) are ink; height x width."""
    pixels = np.asarray(gray.filter(SMOOTH) if min(gray.size) > 2 else gray)
    half = folded(pixels.astype(np.uint16), np.add).astype(np.float32) / 4
    inked = _inked_roughly(half, dpi / 2)
    paper = _paper(half, inked)
    darkest = spread(folded(pixels, np.minimum), max(1, round(dpi * STROKE_INCHES / 2)), np.minimum)
    ink = np.asarray(Image.fromarray(darkest).filter(ImageFilter.BoxBlur(1)), np.float32)
    edge = np.minimum(paper - INK_SHARE * (paper - ink), paper - CONTRAST)
    edge[~spread(inked, 3, np.maximum)] = 0
    return _without_specks(pixels < _at_twice_the_size(edge)[: gray.height, : gray.width])


def looks_like_text(gray: Image.Image, dpi: float) -> bool:
    """Whether ink makes up enough of what can be seen in a picture (mode L); a coarse one will do."""
    levels = np.asarray(gray, np.int16)
    steep = np.abs(np.diff(levels, axis=0, prepend=levels[:1])) + np.abs(np.diff(levels, prepend=levels[:, :1]))
    edges = steep > EDGE_LEVELS
    mask = ink_mask(gray, dpi)
    at_ink = int(np.count_nonzero(edges & spread(mask, 1, np.maximum)))
    return LEAST_INK < float(mask.mean()) < MOST_INK and at_ink > LEAST_AT_INK * int(np.count_nonzero(edges))


def _inked_roughly(levels: Levels, dpi: float) -> Bits:
    """Which pixels are darker than what is around them, where that is not flat."""
    radius = max(2, round(dpi * WINDOW_INCHES / 2))
    mean = window_means(block_means(levels, 2), radius)
    deviation = np.sqrt(np.maximum(window_means(block_means(levels * levels, 2), radius) - mean**2, 0))
    grain = float(np.clip(GRAINS * np.percentile(deviation, 5), *FAINT_LEVELS))
    threshold = mean - np.maximum(grain, DEVIATIONS * deviation)
    return np.asarray(levels < resized(threshold, levels.shape))


def _paper(levels: Levels, inked: Bits) -> Levels:
    """The level of the paper under each pixel, as if nothing were printed on it."""
    bare = (~spread(inked, 1, np.maximum)).astype(np.float32)
    return resized(filled(block_means(levels * bare, 2), block_means(bare, 2)), levels.shape)


def _at_twice_the_size(threshold: Levels) -> Bytes:
    """Thresholds of blocks as those of pixels; in whole levels, which is what pixels have."""
    picture = Image.fromarray(np.clip(threshold + 0.5, 0, 255).astype(np.uint8))
    return np.asarray(picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BILINEAR))


def _without_specks(mask: Bits) -> Bits:
    share = Image.fromarray(mask.view(np.uint8) * np.uint8(250)).filter(ImageFilter.BoxBlur(2))
    return mask & (np.asarray(share) >= 10 * SPECK_PX)
