"""How much a coded image looks like its source on a screen, where every file is looked at first.

Decibels judge each block at the image's own resolution, and a screen shows less of a scan and all of a small picture:
only there does SSIM tell how much of faint texture and fine strokes is left.
"""

import numpy as np
from PIL import Image

from bulkpress_engine.images.layers.likeness import COARSE_DPI, ink_ssim

MIN_SIDE_PX = 16  # on the screen: below, there is no window to compare


class OnScreen:
    """An image as a screen of 100 pixels per inch shows it where it is drawn largest, with `dpi` of its own pixels."""

    def __init__(self, image: Image.Image, dpi: float) -> None:
        scale = min(1.0, COARSE_DPI / dpi)
        self._size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        self._levels = self._shown(image)

    def likeness(self, other: Image.Image) -> float:
        """SSIM where there is ink, 0..1, of another of the same size in pixels; 1 for one too small to compare."""
        if min(self._size) < MIN_SIDE_PX:
            return 1.0
        return ink_ssim(self._levels, self._shown(other))[0]

    def _shown(self, image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        pixels = image.convert("RGB") if image.mode == "CMYK" else image
        levels = np.asarray(pixels.resize(self._size, Image.Resampling.BOX), np.float32)
        return levels if levels.ndim == 2 else levels.mean(axis=2)  # all colours alike: luma hardly sees blue
