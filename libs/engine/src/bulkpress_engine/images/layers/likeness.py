"""How much a picture looks like the one that it was made from, where there is ink.

SSIM (Wang et al. 2004) of what is drawn, over windows of 8 x 8 pixels, counted where the source is not flat: a page of
text is mostly paper, and whatever becomes of the ink, the mean over the page stays high. Colour, which SSIM does not
see, is compared by tiles. The page is compared as a screen shows it; how sharp it is on paper, by its fullest strips.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from bulkpress_engine.images.layers.grids import Levels, block_means

COARSE_DPI, FINE_DPI = 100.0, 200.0  # a page on the screen; on paper, or enlarged
STRIPS, STRIPS_COMPARED = 16, 4
GRADIENT = 8  # levels from pixel to pixel above which the source is not flat
HALF_PX = 4  # windows of twice that overlap by half
LUMINANCE_STABILITY, CONTRAST_STABILITY = (0.01 * 255) ** 2, (0.03 * 255) ** 2
TILE_WINDOWS = 12  # a tile is about half an inch wide on the screen
TILE_INK = 16.0  # pixels that are not flat below which a tile has no ink to lose
TINT_PX = 16

Size = tuple[int, int]
Part = tuple[float, float]  # of a page, from its top to its bottom at 1
WHOLE: Part = (0.0, 1.0)
Draw = Callable[[Size, Part], Image.Image]


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
        self.coarse = drawn_part(picture, _scaled(picture.size, COARSE_DPI / dpi), WHOLE, Image.Resampling.BOX)
        self._edges = _edges(_gray(self.coarse))
        width, height = _scaled(picture.size, FINE_DPI / dpi)
        size = (width, max(1, height // STRIPS))
        self._strips = [(part, drawn_part(picture, size, part, Image.Resampling.BOX)) for part in _fullest(self._edges)]

    def likeness(self, draw: Draw) -> Likeness:
        """How much a picture is like this one; `draw` gives a part of it at a size."""
        whole = draw(self.coarse.size, WHOLE)
        coarse, tile = ink_ssim(_gray(self.coarse), _gray(whole))
        fine = [ink_ssim(_gray(strip), _gray(draw(strip.size, part)))[0] for part, strip in self._strips]
        return Likeness(coarse, float(np.mean(fine)), tile, _tint(self.coarse, whole))


def drawn_part(picture: Image.Image, size: Size, part: Part, resample: Image.Resampling) -> Image.Image:
    """A part of a picture at a size, which is the part's."""
    box = (0.0, part[0] * picture.height, float(picture.width), part[1] * picture.height)
    return picture.resize(size, resample, box)


def _scaled(size: Size, scale: float) -> Size:
    """A smaller size; never a larger one."""
    scale = min(1.0, scale)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _gray(picture: Image.Image) -> Levels:
    return np.asarray(picture.convert("L"), np.float32)


def _edges(levels: Levels) -> Levels:
    """1 where the picture is not flat."""
    steep = np.abs(np.diff(levels, axis=0, prepend=levels[:1]))
    steep += np.abs(np.diff(levels, axis=1, prepend=levels[:, :1]))
    return (steep > GRADIENT).astype(np.float32)


def _fullest(edges: Levels) -> list[Part]:
    """The strips of a page with most edges, from its top."""
    counts = [float(strip.sum()) for strip in np.array_split(edges, STRIPS)]
    chosen = sorted(sorted(range(STRIPS), key=lambda strip: -counts[strip])[:STRIPS_COMPARED])
    return [(strip / STRIPS, (strip + 1) / STRIPS) for strip in chosen]


def ink_ssim(source: Levels, redone: Levels) -> tuple[float, float]:
    """Mean over the ink, and that of the tile where it is least."""
    ink = _windows(_edges(source)) * (2 * HALF_PX) ** 2
    if not ink.any():
        return 1.0, 1.0
    mean_a, mean_b = _windows(source), _windows(redone)
    variance_a = _windows(source * source) - mean_a**2
    variance_b = _windows(redone * redone) - mean_b**2
    covariance = _windows(source * redone) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + LUMINANCE_STABILITY) / (mean_a**2 + mean_b**2 + LUMINANCE_STABILITY)
    alike *= (2 * covariance + CONTRAST_STABILITY) / (variance_a + variance_b + CONTRAST_STABILITY)
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
