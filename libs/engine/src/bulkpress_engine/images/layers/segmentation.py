"""Where the ink is: a mask of the strokes, found by thresholds that follow paper, light and stains.

First a coarse threshold (Sauvola and Pietikäinen 2000) tells which regions have ink. There the level of the paper is
known from what is around the strokes, that of the ink from the darkest pixels near by, and a pixel is ink that is
nearer to the ink, measured on that scale. So thin and pale strokes keep their width, and the total of ink stays.
"""

import numpy as np
from PIL import Image, ImageFilter

from bulkpress_engine.images.layers.grids import Bits, Bytes, Levels, block_means, blocks, filled, resized, window_means

CELL_PX = 4  # thresholds are computed for cells of the picture
SAUVOLA_K, SAUVOLA_RANGE = 0.2, 128.0
FLAT_LEVELS = 6.0  # standard deviation of a region without ink, in levels of 0..255
WINDOW_INCHES = 1 / 14
STROKE_INCHES = 1 / 100  # how far the darkest pixel of a stroke may be
INK_SHARE = 0.45  # from the paper's level to the ink's: the edge of a stroke
CONTRAST = 14.0  # least difference from paper, in levels
EDGE_LEVELS = 8  # from pixel to pixel
LEAST_AT_INK = 0.3  # share of the edges; grain has many, a photograph hardly any others
LEAST_INK, MOST_INK = 0.0005, 0.35  # share of the page: nearly nothing, and more than text has
SPECK_PX = 4  # fewer pixels of ink in a square of 5 x 5 are dust


def ink_mask(gray: Image.Image, dpi: float) -> Bits:
    """Which pixels of a picture (mode L) are ink; height x width."""
    pixels = np.asarray(gray)
    height, width = pixels.shape
    inked = _inked_roughly(pixels, dpi)
    paper = _paper(pixels, inked)
    dark = blocks(pixels, 2).min(axis=(1, 3))
    ink = _darkest_near(dark, round(dpi * STROKE_INCHES / 2))
    paper = resized(paper, (dark.shape[0], dark.shape[1]))
    near = _grown(blocks(inked, CELL_PX).max(axis=(1, 3)), 1)
    edge = np.minimum(paper - INK_SHARE * (paper - ink), paper - CONTRAST)
    edge[resized(near.astype(np.float32), (dark.shape[0], dark.shape[1])) < 0.5] = 0
    return _without_specks(pixels < _enlarged(edge, 2)[:height, :width])


def looks_like_text(gray: Image.Image, dpi: float) -> bool:
    """Whether ink makes up enough of what can be seen in a picture (mode L); a coarse one will do."""
    levels = np.asarray(gray, np.int16)
    steep = np.abs(np.diff(levels, axis=0, prepend=levels[:1])) + np.abs(np.diff(levels, prepend=levels[:, :1]))
    edges = steep > EDGE_LEVELS
    mask = ink_mask(gray, dpi)
    at_ink = int(np.count_nonzero(edges & _grown(mask, 1)))
    return LEAST_INK < float(mask.mean()) < MOST_INK and at_ink > LEAST_AT_INK * int(np.count_nonzero(edges))


def _inked_roughly(pixels: Bytes, dpi: float) -> Bits:
    means = block_means(pixels, CELL_PX)
    squares = block_means(np.square(pixels, dtype=np.uint16), CELL_PX)
    radius = max(2, round(dpi * WINDOW_INCHES / CELL_PX))
    mean = window_means(means, radius)
    deviation = np.sqrt(np.maximum(window_means(squares, radius) - mean**2, 0))
    threshold = mean * (1 + SAUVOLA_K * (deviation / SAUVOLA_RANGE - 1))
    threshold[deviation < FLAT_LEVELS] = 0
    return pixels < _enlarged(threshold, CELL_PX)[: pixels.shape[0], : pixels.shape[1]]


def _paper(pixels: Bytes, inked: Bits) -> Levels:
    """The level of the paper in each cell, as if nothing were printed on it."""
    bare = ~_grown(inked, 2)
    return filled(block_means(pixels * bare, CELL_PX), block_means(bare, CELL_PX))


def _darkest_near(levels: Bytes, radius: int) -> Levels:
    nearest = Image.fromarray(levels).filter(ImageFilter.MinFilter(2 * max(1, radius) + 1))
    return window_means(np.asarray(nearest).astype(np.float32), 1)


def _enlarged(threshold: Levels, side: int) -> Bytes:
    """Thresholds of cells as those of pixels; in whole levels, which is what pixels have."""
    picture = Image.fromarray(np.clip(threshold + 0.5, 0, 255).astype(np.uint8))
    size = (picture.width * side, picture.height * side)
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR))


def _grown(mask: Bits, radius: int) -> Bits:
    picture = Image.fromarray(mask.view(np.uint8)).filter(ImageFilter.MaxFilter(2 * radius + 1))
    return np.asarray(picture).view(np.bool_)


def _without_specks(mask: Bits) -> Bits:
    share = Image.fromarray(mask.view(np.uint8) * np.uint8(250)).filter(ImageFilter.BoxBlur(2))
    return mask & (np.asarray(share) >= 10 * SPECK_PX)
