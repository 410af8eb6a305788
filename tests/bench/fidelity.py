"""How much of what one sees and reads is still there: rendered pages and their words, before and after."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

DPI = 100
PAGES_SAMPLED = 8
PAGE_PIXELS = 4_000_000  # a larger page is rendered at a lower resolution
WINDOW_PX = 7  # of SSIM (Wang et al. 2004); no page below it can be compared
INK_CONTRAST = 8  # grey levels to the neighbours, summed, past which a place counts as ink: text, edges, texture

Grey = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Similarity of rendered pages where the original is not flat (1.0 is equal), and the share of words kept."""

    ink_ssim: float  # mean over the sampled pages
    worst_page: float  # the lowest of them
    text: float


def compare(before: Path, after: Path) -> Fidelity:
    """Compare up to PAGES_SAMPLED pages, spread over the document. Raises pypdfium2.PdfiumError."""
    with pypdfium2.PdfDocument(before) as one, pypdfium2.PdfDocument(after) as other:
        one.init_forms()
        other.init_forms()
        if len(one) != len(other):
            return Fidelity(0.0, 0.0, 0.0)
        numbers = sampled(len(one))
        scores = [ink_ssim(_rendered(one, number), _rendered(other, number)) for number in numbers]
        had, has = (sum((_words(document, number) for number in numbers), Counter()) for document in (one, other))
    share = (had & has).total() / had.total() if had else 1.0
    return Fidelity(float(np.mean(scores)), min(scores), share)


def opens(path: Path) -> bool:
    """Whether a reader opens it, without a password, and finds a page."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            return len(document) > 0
    except (pypdfium2.PdfiumError, OSError):
        return False


def sampled(pages: int) -> list[int]:
    """The pages that are looked at: all, or first, last and some between at equal distances."""
    if pages <= PAGES_SAMPLED:
        return list(range(pages))
    return [round(place) for place in np.linspace(0, pages - 1, PAGES_SAMPLED)]


def ink_ssim(before: Grey, after: Grey) -> float:
    """Mean SSIM where `before` has ink; over the whole page, where there is none. Other sizes are another page: 0.0."""
    if max(abs(a - b) for a, b in zip(before.shape, after.shape, strict=True)) > 1:
        return 0.0
    height_px, width_px = (min(sizes) for sizes in zip(before.shape, after.shape, strict=True))
    if min(height_px, width_px) < WINDOW_PX:
        return 1.0
    before, after = before[:height_px, :width_px], after[:height_px, :width_px]
    _, field = structural_similarity(  # type: ignore[no-untyped-call]  # scikit-image has no hints
        before, after, win_size=WINDOW_PX, data_range=255, full=True
    )
    down, across = (np.abs(np.diff(before, axis=axis, prepend=before.take([0], axis))) for axis in (0, 1))
    ink = down + across > INK_CONTRAST
    return float(field[ink].mean() if ink.any() else field.mean())


def _rendered(document: pypdfium2.PdfDocument, number: int) -> Grey:
    page = document[number]
    width_pt, height_pt = page.get_size()
    scale = min(DPI / 72, math.sqrt(PAGE_PIXELS / max(width_pt * height_pt, 1.0)))
    pixels = page.render(scale=scale, may_draw_forms=True).to_numpy()
    page.close()
    return np.asarray(pixels[..., :3].mean(axis=-1), dtype=np.float64)


def _words(document: pypdfium2.PdfDocument, number: int) -> Counter[str]:
    page = document[number]
    text = page.get_textpage()
    words = Counter(text.get_text_bounded().split())
    text.close()
    page.close()
    return words
