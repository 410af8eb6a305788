"""Sums over blocks and windows of a picture, in numpy; by slices, which are many times faster than short axes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.floating[Any]]
Bytes = NDArray[np.uint8]
Bits = NDArray[np.bool_]


def folded(values: NDArray[Any], fold: np.ufunc) -> NDArray[Any]:
    """A plane of half the sides: each block of 2 x 2 folded into one value; an odd edge is filled up with itself."""
    height, width = values.shape
    if height % 2 or width % 2:
        values = np.pad(values, ((0, height % 2), (0, width % 2)), mode="edge")
    rows = fold(values[::2], values[1::2])
    columns: NDArray[Any] = fold(rows[:, ::2], rows[:, 1::2])
    return columns


def block_means(values: Levels, side: int) -> Levels:
    """The mean of each square block; edge blocks are filled up with their last row and column."""
    while side % 2 == 0:
        values, side = folded(values, np.add) / np.float32(4), side // 2
    if side == 1:
        return values
    height, width = values.shape
    padded = np.pad(values, ((0, -height % side), (0, -width % side)), mode="edge")
    means: Levels = padded.reshape(padded.shape[0] // side, side, padded.shape[1] // side, side).mean(axis=(1, 3))
    return means


def window_means(values: Levels, radius: int) -> Levels:
    """The mean around each value, over a square of 2 x radius + 1; beyond the edge its values go on."""
    side = 2 * radius + 1
    padded = np.pad(values, ((radius + 1, radius), (radius + 1, radius)), mode="edge")
    sums = padded.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    means: Levels = (sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]) / side**2
    return means.astype(np.float32)


def spread(values: NDArray[Any], radius: int, fold: np.ufunc) -> NDArray[Any]:
    """Each value folded with all around it, over a square of 2 x radius + 1: np.maximum grows a mask."""
    for axis in (0, 1):
        source = np.moveaxis(values, axis, 0)
        made = source.copy()
        for step in range(1, min(radius, len(source) - 1) + 1):
            fold(made[step:], source[:-step], out=made[step:])
            fold(made[:-step], source[step:], out=made[:-step])
        values = np.moveaxis(made, 0, axis)
    return values


def resized(values: Levels, shape: tuple[int, ...]) -> Levels:
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
    coarse_coverage = _sums(coverage)
    scale = np.minimum(1, coarse_coverage) / np.maximum(coarse_coverage, 1e-6)
    coarse = filled(_sums(values) * scale, np.minimum(1, coarse_coverage))
    return values + (1 - coverage) * resized(coarse, coverage.shape)


def _sums(values: Levels) -> Levels:
    """Sums of blocks of 2 x 2; beyond the edge is nothing."""
    height, width = values.shape
    return folded(np.pad(values, ((0, height % 2), (0, width % 2))), np.add)
