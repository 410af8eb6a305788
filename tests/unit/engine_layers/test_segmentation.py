"""The mask has the strokes, whole, and nothing else."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from bulkpress_engine.images.layers.grids import Bits, filled
from bulkpress_engine.images.layers.grounds import ground, mask_picture, one_colour
from bulkpress_engine.images.layers.segmentation import ink_mask, looks_like_text
from tests.support.pdf_factory import pictures, scans

DPI = 300.0


def printed() -> tuple[Image.Image, Bits]:
    """Printed text in gray levels, and where its ink is."""
    page = pictures.printed_text(1000, 1000, font_px=40)
    return page, np.asarray(page) < 128


@pytest.mark.parametrize("paper", [255, 150, 90])
@pytest.mark.parametrize("grain", [0.0, 4.0])
def test_ink_is_found_on_any_paper(paper: int, grain: float) -> None:
    page, inked = printed()
    noise = np.random.default_rng(1).normal(0, grain, inked.shape)
    seen = np.clip(np.asarray(page, np.float32) / 255 * paper + noise, 0, 255).astype(np.uint8)
    mask = ink_mask(Image.fromarray(seen), DPI)
    assert np.count_nonzero(mask ^ inked) < 0.12 * np.count_nonzero(inked)  # the rims, half a pixel wide


def test_ink_is_found_in_the_shade_as_in_the_light() -> None:
    page, inked = printed()
    shade = np.linspace(1.0, 0.35, page.width)[None, :]
    mask = ink_mask(Image.fromarray((np.asarray(page) * shade).astype(np.uint8)), DPI)
    dark = np.s_[:, 700:]
    assert np.count_nonzero(mask[dark] ^ inked[dark]) < 0.12 * np.count_nonzero(inked[dark])


def test_a_thin_line_is_found_and_keeps_its_width() -> None:
    page = Image.new("L", (600, 300), 240)
    ImageDraw.Draw(page).line((50, 150, 550, 150), fill=40, width=2)
    mask = ink_mask(page.filter(ImageFilter.GaussianBlur(0.8)), DPI)
    assert mask[:, 100:500].sum(axis=0).tolist() == [2] * 400


def test_a_faint_hairline_is_found() -> None:
    page = Image.new("L", (600, 600), 250)
    ImageDraw.Draw(page).line((50, 300, 550, 300), fill=205)
    mask = ink_mask(page, DPI)
    assert mask[299:302, 60:540].any(axis=0).all()


def test_dust_is_not_ink() -> None:
    page = np.full((400, 400), 240, np.uint8)
    page[100, 100] = page[200, 200] = page[200, 201] = 0
    assert not ink_mask(Image.fromarray(page), DPI).any()


def test_blank_paper_has_no_ink_however_grainy() -> None:
    grain = np.random.default_rng(2).normal(235, 4, (800, 800))
    assert ink_mask(Image.fromarray(grain.clip(0, 255).astype(np.uint8)), DPI).mean() < 1e-4


@pytest.mark.parametrize(
    ("picture", "is_text"),
    [
        (scans.scanned(scans.coloured_text()), True),
        (scans.scanned(scans.with_photo(scans.coloured_text())), True),
        (scans.scanned(pictures.photo(*scans.SIZE_PX)), False),
        (Image.new("RGB", scans.SIZE_PX, "white"), False),
        (Image.new("RGB", (5, 5), "black"), False),
    ],
    ids=["text", "text and a photograph", "photograph", "blank", "tiny"],
)
def test_text_is_told_from_pictures_at_a_third_of_its_resolution(picture: Image.Image, *, is_text: bool) -> None:
    gray = picture.convert("L").resize((picture.width // 3 + 1, picture.height // 3 + 1), Image.Resampling.BOX)
    assert looks_like_text(gray, 100.0) is is_text


def test_gaps_are_filled_with_what_is_around_them() -> None:
    coverage = np.ones((40, 60), np.float32)
    coverage[10:30, 20:40] = 0
    values = np.where(coverage, np.linspace(100, 160, 60, dtype=np.float32)[None, :], 0).astype(np.float32)
    whole = filled(values, coverage)
    assert np.array_equal(whole[coverage == 1], values[coverage == 1])
    assert whole[10:30, 20:40].min() > 110
    assert whole[10:30, 20:40].max() < 150


def test_paper_is_what_it_would_be_without_the_ink() -> None:
    page, inked = printed()
    bare = Image.eval(mask_picture(inked), lambda level: 255 - level).filter(ImageFilter.MinFilter(5))
    paper = ground(Image.merge("RGB", [page, page, page]), bare, (333, 333))
    assert paper.size == (333, 333)
    assert np.asarray(paper).min() >= 250


def test_one_ink_is_one_colour_and_two_are_not() -> None:
    mask = Image.new("L", (64, 64), 255)
    assert one_colour(Image.new("RGB", (8, 8), (20, 40, 130)), mask) == (20, 40, 130)
    two = Image.new("RGB", (8, 8), (20, 40, 130))
    two.paste((150, 20, 20), (0, 0, 8, 4))
    assert one_colour(two, mask) is None
