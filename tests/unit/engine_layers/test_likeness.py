"""The measure that decides between layers and a plain image sees what a reader would mind."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bulkpress_engine.images.layers.likeness import Likeness, Original, drawn_part
from tests.support.pdf_factory import scans

PAGE = scans.scanned(scans.coloured_text())
WORD = (90, 200, 600, 260)


def likeness(change: Callable[[Image.Image], Image.Image]) -> Likeness:
    """How much the page, changed, is like itself."""
    changed = change(PAGE)
    return Original(PAGE, scans.DPI).likeness(partial(drawn_part, changed, resample=Image.Resampling.BOX))


def without_a_word(page: Image.Image) -> Image.Image:
    """Paper where a word was."""
    changed = page.copy()
    changed.paste((240, 239, 235), WORD)
    return changed


def test_a_page_is_like_itself() -> None:
    same = likeness(lambda page: page)
    assert (same.coarse, same.fine, same.tile, same.tint) == pytest.approx((1, 1, 1, 0))


def test_blur_is_seen_best_at_the_fine_resolution() -> None:
    blurred = likeness(lambda page: page.filter(ImageFilter.GaussianBlur(2)))
    assert blurred.fine < blurred.coarse < 0.99


def test_a_missing_word_is_seen_in_its_tile() -> None:
    missing = likeness(without_a_word)
    assert missing.coarse > 0.9
    assert missing.tile < 0.7  # below the floors of all levels


def test_a_page_gone_gray_is_seen_in_its_tint() -> None:
    gray = likeness(lambda page: page.convert("L").convert("RGB"))
    assert gray.tint > 20
    assert gray.coarse > 0.98


def test_blank_pages_are_alike() -> None:
    blank = Image.fromarray(np.full((90, 70), 240, np.uint8))
    assert Original(blank, 300.0).likeness(lambda size, _: Image.new("L", size, 240)) == Likeness(1.0, 1.0, 1.0, 0.0)
