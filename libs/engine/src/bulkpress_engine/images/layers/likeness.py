"""How much a picture looks like the one that it was made from, where there is ink.

SSIM (Wang et al. 2004) of what is drawn, over windows of 8 x 8 pixels, counted where the source is not flat: a page of
text is mostly paper, and whatever becomes of the ink, the mean over the page stays high. Colour, which SSIM does not
see, is compared by tiles.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from bulkpress_engine.images.layers.grids import Levels, block_means

COARSE_DPI, FINE_DPI = 100.0, 200.0  # a page on the screen; on paper, or enlarged
GRADIENT = 8  # levels from pixel to pixel above which the source is not flat
HALF_PX = 4  # windows of twice that overlap by half
LUMINANCE_STABILITY, CONTRAST_STABILITY = (0.01 * 255) ** 2, (0.03 * 255) ** 2
TILE_WINDOWS = 12  # a tile is about half an inch wide on the screen
TILE_INK = 16.0  # pixels that are not flat below which a tile has no ink to lose
TINT_PX = 16


@dataclass(frozen=True, slots=True)
class Likeness:
    """1 is alike, 0 is unlike: at both resolutions and in the worst tile; `tint` is the worst error of colour."""

    coarse: float
    fine: float
    tile: float
    tint: float


class Original:
    """A picture, kept at the two resolutions at which others are compared with it."""

    def __init__(self, picture: Image.Image, dpi: float) -> None:
        self.coarse = _scaled(picture, COARSE_DPI / dpi)
        self._fine = _scaled(picture, FINE_DPI / dpi)

    def likeness(self, drawn: Callable[[tuple[int, int]], Image.Image]) -> Likeness:
        """How much what `drawn` gives at a size is like this picture."""
        coarse, fine = drawn(self.coarse.size), drawn(self._fine.size)
        fields = [_ink_ssim(_gray(a), _gray(b)) for a, b in ((self.coarse, coarse), (self._fine, fine))]
        return Likeness(fields[0][0], fields[1][0], fields[0][1], _tint(self.coarse, coarse))


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX)


def _gray(picture: Image.Image) -> Levels:
    return np.asarray(picture.convert("L"), np.float32)


def _ink_ssim(source: Levels, redone: Levels) -> tuple[float, float]:
    """Mean over the ink, and that of the tile where it is least."""
    steep = np.abs(np.diff(source, axis=0, prepend=source[:1]))
    steep += np.abs(np.diff(source, axis=1, prepend=source[:, :1]))
    ink = _windows((steep > GRADIENT).astype(np.float32)) * (2 * HALF_PX) ** 2
    mean_a, mean_b = _windows(source), _windows(redone)
    variance_a = _windows(source * source) - mean_a**2
    variance_b = _windows(redone * redone) - mean_b**2
    covariance = _windows(source * redone) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + LUMINANCE_STABILITY) / (mean_a**2 + mean_b**2 + LUMINANCE_STABILITY)
    alike *= (2 * covariance + CONTRAST_STABILITY) / (variance_a + variance_b + CONTRAST_STABILITY)
    if not ink.any():
        return 1.0, 1.0
    tiles, weights = block_means(alike * ink, TILE_WINDOWS), block_means(ink, TILE_WINDOWS)
    inked = weights * TILE_WINDOWS**2 > TILE_INK
    worst = float((tiles[inked] / weights[inked]).min()) if inked.any() else 1.0
    return float(np.average(alike, weights=ink)), worst


def _windows(values: Levels) -> Levels:
    """Means over overlapping windows, of pictures that have at least one."""
    halves = block_means(values, HALF_PX)
    across = (halves[:, 1:] + halves[:, :-1]) / 2 if halves.shape[1] > 1 else halves
    down: Levels = (across[1:] + across[:-1]) / 2 if len(across) > 1 else across
    return down


def _tint(source: Image.Image, redone: Image.Image) -> float:
    """The largest difference of the tiles' mean colours, apart from brightness."""
    if source.mode != "RGB":
        return 0.0
    size = (max(1, source.width // TINT_PX), max(1, source.height // TINT_PX))
    a, b = (np.asarray(one.resize(size, Image.Resampling.BOX), np.float32) for one in (source, redone))
    shift = a - b
    return float(np.abs(shift - shift.mean(axis=2, keepdims=True)).max())
