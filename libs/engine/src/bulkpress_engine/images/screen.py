"""How much a coded image looks like its source on a screen, where every file is looked at first.

Decibels judge each block at the image's own resolution, and a screen shows less of a scan and all of a small picture:
only there does SSIM tell how much of faint texture and fine strokes is left.
"""

from collections.abc import Callable
from math import ceil

import numpy as np
from PIL import Image

from bulkpress_engine.images.layers.grids import Levels
from bulkpress_engine.images.layers.likeness import COARSE_DPI, ink_ssim

MIN_SIDE_PX = 16  # on the screen: below, there is no window to compare
MOST_PIXELS = 16 * 2**20  # coded and decoded at once, at four bytes each: A4 at 400 dpi
THIRDS = np.full(3, 1 / 3, np.float32)
BLOCK_PX = 16  # bands begin and end between blocks of a JPEG, also of halved chroma

Redo = Callable[[Image.Image], Image.Image]
"""Gives a band of the image as it is after coding."""


class OnScreen:
    """An image as a screen of 100 pixels per inch shows it where it is drawn largest, with `dpi` of its own pixels."""

    def __init__(self, image: Image.Image, dpi: float) -> None:
        self._image, self._scale = image, min(1.0, COARSE_DPI / dpi)
        self._bands = _bands(image)
        self._levels = [self._shown(self._band(rows)) for rows in self._bands]

    def likeness(self, redo: Redo) -> float:
        """SSIM where there is ink, 0..1, of the image coded, in its worst band; 1 for one too small to compare."""
        return min(
            self._alike(levels, redo(self._band(rows))) for rows, levels in zip(self._bands, self._levels, strict=True)
        )

    def _band(self, rows: tuple[int, int]) -> Image.Image:
        is_whole = rows == (0, self._image.height)
        return self._image if is_whole else self._image.crop((0, rows[0], self._image.width, rows[1]))

    def _alike(self, levels: Levels, redone: Image.Image) -> float:
        return 1.0 if min(levels.shape) < MIN_SIDE_PX else ink_ssim(levels, self._shown(redone))[0]

    def _shown(self, band: Image.Image) -> Levels:
        size = (max(1, round(band.width * self._scale)), max(1, round(band.height * self._scale)))
        pixels = band.convert("RGB") if band.mode == "CMYK" else band
        levels = np.asarray(pixels.resize(size, Image.Resampling.BOX), np.float32)
        return levels if levels.ndim == 2 else levels @ THIRDS  # all colours alike: luma hardly sees blue


def _bands(image: Image.Image) -> list[tuple[int, int]]:
    """First row and row after the last of parts that are about as high as each other."""
    count = ceil(image.width * image.height / MOST_PIXELS)
    step = ceil(image.height / count / BLOCK_PX) * BLOCK_PX
    return [(top, min(top + step, image.height)) for top in range(0, image.height, step)]
