"""Differences between two drawings of a page, tile by tile, in planes of a colour, which is quick."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Levels = NDArray[np.float32]
SPECK_PX, SPOT_PX, PATCH_PX = 2, 8, 32
# Variance, in levels squared, below which a tile counts as flat: what noise does to it is not likeness lost.
FLAT, FLAT_COLOUR = 150.0, 300.0
INK_STEP = 8  # levels between neighbours: text, edges, texture
MEAN_STABLE, VARIANCE_STABLE = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # the constants of SSIM


@dataclass(frozen=True, slots=True)
class Differences:
    """The worst of each measure over all tiles, or its mean over the page; see Floors for what they catch."""

    speck: float
    spot: float
    patch: float
    tint: float
    page: float
    likeness: float
    hue: float
    ink: float


NONE = Differences(speck=0, spot=0, patch=0, tint=0, page=0, likeness=1, hue=1, ink=1)


def differences(drawn: Pixels, redrawn: Pixels) -> Differences:
    """Compare two drawings of the same size: height x width x RGB, 0..255."""
    if np.array_equal(drawn, redrawn):
        return NONE
    ours, theirs = _planes(drawn), _planes(redrawn)
    half_ours, half_theirs = _tile_means(ours, SPECK_PX), _tile_means(theirs, SPECK_PX)
    specks = half_ours - half_theirs
    spots = _tile_means(specks, SPOT_PX // SPECK_PX)
    patches = _tile_means(spots, PATCH_PX // SPOT_PX)
    side = PATCH_PX // SPECK_PX
    return Differences(
        speck=_worst(specks.mean(axis=0)),
        spot=_worst(spots),
        patch=_worst(patches),
        tint=_worst(patches - patches.mean(axis=0)),
        page=_worst(specks.mean(axis=(1, 2))),
        likeness=_least_likeness(half_ours.mean(axis=0), half_theirs.mean(axis=0), side, FLAT),
        hue=_least_likeness(_colours(half_ours), _colours(half_theirs), side, FLAT_COLOUR),
        ink=_ink_likeness(ours.mean(axis=0), theirs.mean(axis=0)),
    )


def _worst(shift: NDArray[Any]) -> float:
    return float(np.abs(shift).max())


def _planes(pixels: Pixels) -> Levels:
    """Red, green and blue apart: 3 x height x width."""
    return np.stack([pixels[:, :, colour].astype(np.float32) for colour in range(3)])


def _colours(planes: Levels) -> Levels:
    """How far red and blue stand off green, in levels."""
    apart: Levels = planes[::2] - planes[1]
    return apart


def _least_likeness(ours: Levels, theirs: Levels, side: int, flat: float) -> float:
    """The worst tile's structure term of SSIM (Wang et al. 2004): 1 the same, 0 unlike, -1 inverted."""
    covariance, variances = _joint_moments(ours, theirs, side)
    return float(((2 * covariance + flat) / (variances + flat)).min())


def _ink_likeness(ours: Levels, theirs: Levels) -> float:
    """SSIM (Wang et al. 2004) of luma over tiles of 8 px, averaged by how much of the first drawing's ink is in each.

    Most of a page is paper, which is always alike: in a mean over all of it, text beyond reading would hardly show.
    """
    mean_a, mean_b = _tile_means(ours, SPOT_PX), _tile_means(theirs, SPOT_PX)
    covariance, variances = _joint_moments(ours, theirs, SPOT_PX)
    means = (2 * mean_a * mean_b + MEAN_STABLE) / (mean_a**2 + mean_b**2 + MEAN_STABLE)
    likeness = means * (2 * covariance + VARIANCE_STABLE) / (variances + VARIANCE_STABLE)
    down, across = (np.abs(np.diff(ours, axis=axis, prepend=ours.take([0], axis=axis))) for axis in (0, 1))
    ink = _tile_means((down + across > INK_STEP).astype(np.float32), SPOT_PX)
    return float((likeness * ink).sum() / ink.sum()) if ink.any() else 1.0


def _joint_moments(ours: Levels, theirs: Levels, side: int) -> tuple[Levels, Levels]:
    """Covariance, and the sum of both variances, of each tile."""
    mean_a, mean_b = _tile_means(ours, side), _tile_means(theirs, side)
    covariance = _tile_means(ours * theirs, side) - mean_a * mean_b
    return covariance, _tile_means(ours * ours + theirs * theirs, side) - mean_a**2 - mean_b**2


def _tile_means(planes: Levels, side: int) -> Levels:
    """Means over square tiles of one plane or several; those at the edge are smaller."""
    if planes.ndim > 2:
        return np.stack([_tile_means(plane, side) for plane in planes])
    return np.asarray(Image.fromarray(planes).reduce(side))
