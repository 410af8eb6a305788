"""A document as pdfium sees it: text and pixels of its pages, never more than asked for."""

import math
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

PAGE_PIXELS = 800_000  # an A4 page at about 90 pixels per inch
MAX_SCALE = 2.0  # pixels per point: a stamp needs no more than 144 per inch
MAX_SIDE_PX = 8_000


class UndrawableError(Exception):
    """Pdfium cannot open the document, or load or draw one of its pages."""


class Drawing:
    """A document opened in pdfium, with its form fields. Close it."""

    def __init__(self, path: Path, password: str) -> None:
        try:
            self._document = pdfium.PdfDocument(path, password=password or None)
        except pdfium.PdfiumError as error:
            raise UndrawableError(f"the document does not open: {error}") from error
        self._document.init_forms()

    def close(self) -> None:
        """Give back what pdfium holds."""
        self._document.close()

    def text(self, number: int, most_chars: int) -> str:
        """The first characters of a page's text, without spaces, which are pdfium's guess. Raises UndrawableError."""
        page = self._page(number)
        try:
            text = page.get_textpage()
            try:
                return "".join(text.get_text_range(0, min(text.count_chars(), most_chars)).split())
            finally:
                text.close()
        except pdfium.PdfiumError as error:
            raise UndrawableError(f"page {number + 1} has no readable text: {error}") from error
        finally:
            page.close()

    def pixels(self, number: int) -> NDArray[np.uint8]:
        """A page drawn with its annotations and fields: height x width x RGB, 0..255. Raises UndrawableError."""
        page = self._page(number)
        try:
            bitmap = page.render(scale=_scale(*page.get_size()), may_draw_forms=True, rev_byteorder=True)
            try:
                return np.array(bitmap.to_numpy()[:, :, :3], np.uint8)  # a copy, since the bitmap goes
            finally:
                bitmap.close()
        except (pdfium.PdfiumError, ValueError, OverflowError) as error:
            raise UndrawableError(f"page {number + 1} cannot be drawn: {error}") from error
        finally:
            page.close()

    def _page(self, number: int) -> pdfium.PdfPage:
        try:
            return self._document[number]
        except (pdfium.PdfiumError, IndexError) as error:
            raise UndrawableError(f"page {number + 1} does not load: {error}") from error


def _scale(width_pt: float, height_pt: float) -> float:
    """Pixels per point that keep a page of this size within bounds. Raises ValueError for a size that is none."""
    area = width_pt * height_pt
    if not (math.isfinite(area) and area > 0):
        raise ValueError(f"its size is {width_pt:g} x {height_pt:g} points")
    scale = min(MAX_SCALE, math.sqrt(PAGE_PIXELS / area), MAX_SIDE_PX / max(width_pt, height_pt))
    if min(width_pt, height_pt) * scale < 1:
        raise ValueError(f"it is a hair: {width_pt:g} x {height_pt:g} points")
    return scale
