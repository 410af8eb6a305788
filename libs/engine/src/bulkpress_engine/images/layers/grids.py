"""Sums over blocks and windows of a picture, in numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]
Bits = NDArray[np.bool_]


def blocks(values: NDArray[Any], side: int) -> NDArray[Any]:
    """The square blocks of a plane along axes 1 and 3; edge blocks are filled up with their last row and column."""
    height, width = values.shape
    padded = np.pad(values, ((0, -height % side), (0, -width % side)), mode="edge")
    return padded.reshape(padded.shape[0] // side, side, padded.shape[1] // side, side)


def block_means(values: NDArray[Any], side: int) -> Levels:
    """The mean of each block."""
    means: Levels = blocks(values, side).mean(axis=(1, 3), dtype=np.float32)
    return means


def window_means(values: Levels, radius: int) -> Levels:
    """The mean around each value, over a square of 2 x radius + 1; beyond the edge its values go on."""
    side = 2 * radius + 1
    padded = np.pad(values, ((radius + 1, radius), (radius + 1, radius)), mode="edge")
    sums = padded.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    means: Levels = (sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]) / side**2
    return means.astype(np.float32)


def resized(values: Levels, shape: tuple[int, int]) -> Levels:
    """A plane of another shape (height, width), values in between interpolated."""
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def filled(values: Levels, coverage: Levels) -> Levels:
    """A plane without gaps: where `coverage` (0..1) is short of 1, the rest is made up of what is around.

    `values` are means with what is not covered counted as 0. Gaps are filled from ever coarser versions (Gortler et
    al. 1996, pull and push), so that the nearest covered values decide.
    """
    if min(coverage.shape) <= 1 or coverage.min() >= 1:
        total = float(coverage.sum())
        rest = float(values.sum()) / total if total else 255.0
        return values + (1 - coverage) * np.float32(rest)
    coarse_coverage = 4 * _padded_means(coverage)
    scale = np.minimum(1, coarse_coverage) / np.maximum(coarse_coverage, 1e-6)
    coarse = filled(4 * _padded_means(values) * scale, np.minimum(1, coarse_coverage))
    return values + (1 - coverage) * resized(coarse, (coverage.shape[0], coverage.shape[1]))


def _padded_means(values: Levels) -> Levels:
    height, width = values.shape
    padded = np.pad(values, ((0, height % 2), (0, width % 2)))
    return block_means(padded, 2)
