"""Differences between two drawings of a page, tile by tile, in numpy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Levels = NDArray[np.float32]
SPOT_PX, PATCH_PX = 8, 32
# Variance, in levels squared, below which a tile counts as flat: what noise does to it is not likeness lost.
FLAT = 150.0


@dataclass(frozen=True, slots=True)
class Differences:
    """The worst of each measure over all tiles; see Floors for what they catch."""

    spot: float
    patch: float
    tint: float
    page: float
    likeness: float


def differences(drawn: Pixels, redrawn: Pixels) -> Differences:
    """Compare two drawings of the same size: height x width x RGB, 0..255."""
    ours, theirs = drawn.astype(np.float32), redrawn.astype(np.float32)
    shift = ours - theirs
    spots = _tile_means(shift, SPOT_PX)
    patches = _tile_means(spots, PATCH_PX // SPOT_PX)
    return Differences(
        spot=_worst(spots),
        patch=_worst(patches),
        tint=_worst(patches - patches.mean(axis=2, keepdims=True)),
        page=_worst(shift.mean(axis=(0, 1))),
        likeness=_least_likeness(_tile_means(ours.mean(axis=2), 2), _tile_means(theirs.mean(axis=2), 2), PATCH_PX // 2),
    )


def _worst(shift: NDArray[Any]) -> float:
    return float(np.abs(shift).max())


def _least_likeness(ours: Levels, theirs: Levels, side: int) -> float:
    """The worst tile's structure term of SSIM (Wang et al. 2004): 1 the same, 0 unlike, -1 inverted."""
    mean_a, mean_b = _tile_means(ours, side), _tile_means(theirs, side)
    covariance = _tile_means(ours * theirs, side) - mean_a * mean_b
    variances = _tile_means(ours * ours, side) - mean_a**2 + _tile_means(theirs * theirs, side) - mean_b**2
    return float(((2 * covariance + FLAT) / (variances + FLAT)).min())


def _tile_means(values: Levels, side: int) -> Levels:
    """Means over square tiles; edge tiles are filled up with their last row and column."""
    height, width = values.shape[:2]
    margins = [(0, -height % side), (0, -width % side), *[(0, 0)] * (values.ndim - 2)]
    padded = np.pad(values, margins, mode="edge")
    rows, columns = padded.shape[0] // side, padded.shape[1] // side
    tiles = padded.reshape(rows, side, columns, side, *values.shape[2:])
    means: Levels = tiles.mean(axis=(1, 3), dtype=np.float32)
    return means
