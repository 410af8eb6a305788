"""How good an image is made: the eye decides, and asks more for text than for what is smooth."""

import math
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bulkpress_engine.images import screen
from bulkpress_engine.images.codecs.jpeg import baseline_jpeg, decode_jpeg, encode_jpeg
from bulkpress_engine.images.codecs.jpeg_tables import FULL_COLOUR, PHOTO, TEXT, Way
from bulkpress_engine.images.perception import IDENTICAL_DB, Original
from bulkpress_engine.images.screen import OnScreen
from bulkpress_engine.images.search import BELOW, floor_db, floor_on_screen, smallest_jpeg
from bulkpress_engine.images.tiles import ACROSS, DOWN, TILE_PX, sampled
from tests.support.pdf_factory import pictures

SCREEN_DPI = 100.0
PHOTOGRAPH = pictures.photo(640, 480)
PRINTED = pictures.printed_text(640, 480, font_px=21).convert("RGB")
SMOOTH = PHOTOGRAPH.filter(ImageFilter.GaussianBlur(4))
FLAT = Image.new("RGB", (640, 480), (128, 120, 110))
KINDS = ["photo", "text", "smooth", "gray text"]


def noisy(picture: Image.Image, strength: float = 6.0) -> Image.Image:
    """The picture with the same grain in all three components."""
    grain = np.random.default_rng(1).normal(0, strength, (picture.height, picture.width, 1))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


def coded(picture: Image.Image, quality: int, way: Way = PHOTO) -> Image.Image:
    """The picture as it looks after a JPEG."""
    return decode_jpeg(baseline_jpeg(picture, quality, way), picture.size)


def looks_db(picture: Image.Image, data: bytes) -> float:
    """How like the picture its JPEG looks, all of it compared."""
    return Original(picture).likeness_db(decode_jpeg(data, picture.size))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_picture_is_identical_to_itself(mode: str) -> None:
    picture = PHOTOGRAPH.convert(mode)
    assert Original(picture).likeness_db(picture.copy()) == IDENTICAL_DB


@pytest.mark.parametrize("picture", [PHOTOGRAPH, PRINTED, SMOOTH], ids=["photo", "text", "smooth"])
def test_each_coarser_jpeg_looks_worse(picture: Image.Image) -> None:
    original = Original(picture)
    likeness = [original.likeness_db(coded(picture, quality)) for quality in (90, 75, 55, 35, 15)]
    assert likeness == sorted(likeness, reverse=True)


def test_grain_shows_on_a_flat_ground_and_hides_in_texture() -> None:
    texture = noisy(FLAT, strength=25.0)
    assert Original(FLAT).likeness_db(noisy(FLAT)) < Original(texture).likeness_db(noisy(texture)) - 1


def test_a_change_of_colour_alone_is_seen() -> None:
    pixels = np.asarray(FLAT).astype(np.int16) + np.array([14, -9, 10], dtype=np.int16)  # luma stays what it was
    tinted = Image.fromarray(pixels.astype(np.uint8))
    assert Original(FLAT.convert("L")).likeness_db(tinted.convert("L")) > 45
    assert Original(FLAT).likeness_db(tinted) < 40


def test_halved_chroma_is_seen_where_thin_lines_are_red() -> None:
    lines = np.full((96, 96, 3), 255, dtype=np.uint8)
    lines[::4] = (230, 0, 20)
    picture = Image.fromarray(lines)
    assert looks_db(picture, baseline_jpeg(picture, 90, FULL_COLOUR)) > looks_db(
        picture, baseline_jpeg(picture, 90, TEXT)
    )


def test_the_sample_of_a_large_picture_has_its_detail() -> None:
    page = Image.new("RGB", (2000, 2000), "white")
    page.paste(PRINTED.crop((60, 60, 200, 200)), (1290, 700))
    sample = sampled(page)
    assert sample.size == (ACROSS * TILE_PX, DOWN * TILE_PX)
    assert sample.convert("L").getextrema() == (0, 255)


def test_a_small_picture_is_its_own_sample() -> None:
    assert sampled(PHOTOGRAPH.crop((0, 0, 200, 100))).size == (200, 100)


@pytest.mark.parametrize("quality", [75, 55])
@pytest.mark.parametrize("picture", [PHOTOGRAPH, PRINTED, SMOOTH, PRINTED.convert("L")], ids=KINDS)
def test_every_kind_of_picture_looks_as_good_as_the_floor_asks(picture: Image.Image, quality: int) -> None:
    data = smallest_jpeg(picture, quality, SCREEN_DPI, is_fixed=False).data
    assert looks_db(picture, data) > floor_db(quality) - 1  # the sample stands for the whole


def test_what_is_smooth_takes_fewer_bytes_and_text_looks_better_than_at_one_quality_for_all() -> None:
    assert len(smallest_jpeg(SMOOTH, 75, SCREEN_DPI, is_fixed=False).data) < 0.9 * len(encode_jpeg(SMOOTH, 75))
    own, same = smallest_jpeg(PRINTED, 75, SCREEN_DPI, is_fixed=False).data, encode_jpeg(PRINTED, 75)
    assert looks_db(PRINTED, own) > looks_db(PRINTED, same) + 1


def test_a_quality_that_the_user_named_is_used_as_it_is() -> None:
    assert smallest_jpeg(PRINTED, 42, SCREEN_DPI, is_fixed=True).data == encode_jpeg(PRINTED, 42)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (300, 7), (24, 24)])
def test_pictures_too_small_to_judge_are_coded_all_the_same(size: tuple[int, int]) -> None:
    with Image.open(BytesIO(smallest_jpeg(PHOTOGRAPH.resize(size), 75, SCREEN_DPI, is_fixed=False).data)) as picture:
        assert picture.size == size


def test_a_picture_that_nothing_suffices_for_gets_the_best_there_is_and_says_so() -> None:
    noise = noisy(FLAT, 60.0)
    jpeg = smallest_jpeg(noise, 99, SCREEN_DPI, is_fixed=False)
    assert not jpeg.is_good
    assert len(jpeg.data) <= len(encode_jpeg(noise, 100, FULL_COLOUR))


def test_a_picture_that_anything_suffices_for_gets_no_less_than_a_little_under_the_quality_asked_for() -> None:
    assert len(smallest_jpeg(FLAT, 60, SCREEN_DPI, is_fixed=False).data) >= len(encode_jpeg(FLAT, 60 - BELOW))


def test_the_floor_rises_with_the_quality_asked_for() -> None:
    floors = [floor_db(quality) for quality in range(1, 101)]
    assert floors == sorted(floors)
    assert len(set(floors)) > 90


@pytest.mark.parametrize("quality", [82, 58, 30])
@pytest.mark.parametrize("dpi", [72.0, SCREEN_DPI, 300.0])
@pytest.mark.parametrize(
    "picture", [noisy(FLAT, 5.0), PHOTOGRAPH, PRINTED, SMOOTH.convert("CMYK")], ids=["grain", *KINDS[:3]]
)
def test_all_of_a_picture_is_as_alike_on_the_screen_as_the_floor_asks(
    picture: Image.Image, dpi: float, quality: int
) -> None:
    jpeg = smallest_jpeg(picture, quality, dpi, is_fixed=False)
    shown = OnScreen(picture, dpi).likeness(lambda _: decode_jpeg(jpeg.data, picture.size))
    if jpeg.is_good:
        assert shown >= floor_on_screen(quality)
    else:
        assert quality == 82  # grain so fine that no JPEG keeps it: the best there is, and it says so
        assert jpeg.data == encode_jpeg(picture, 100, FULL_COLOUR)


def test_grain_that_decibels_do_not_miss_is_kept_where_the_screen_shows_it() -> None:
    grain = noisy(FLAT, 5.0)
    near, far = (smallest_jpeg(grain, 58, dpi, is_fixed=False) for dpi in (SCREEN_DPI, 600.0))
    assert len(near.data) > len(far.data)


def test_a_colour_that_luma_hardly_sees_is_seen_on_the_screen() -> None:
    lines = np.full((96, 96, 3), 255, dtype=np.uint8)
    lines[::4, :, 2] = 160
    picture, halved = Image.fromarray(lines), Image.fromarray(lines.copy())
    halved = decode_jpeg(baseline_jpeg(halved, 90, TEXT), halved.size)
    assert OnScreen(picture, SCREEN_DPI).likeness(lambda _: halved) < 0.98
    assert OnScreen(picture, SCREEN_DPI).likeness(lambda band: band) == 1.0


def test_what_a_screen_hardly_shows_is_not_judged_on_it() -> None:
    dot = PHOTOGRAPH.resize((30, 30))
    assert OnScreen(dot, 300.0).likeness(lambda _: Image.new("RGB", (30, 30))) == 1.0


@pytest.mark.parametrize("dpi", [SCREEN_DPI, 200.0])
def test_a_large_picture_is_judged_band_by_band_and_by_the_worst(dpi: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "MOST_PIXELS", PHOTOGRAPH.width * 100)
    seen: list[Image.Image] = []

    def harmed_below(band: Image.Image) -> Image.Image:
        seen.append(band)
        return band.filter(ImageFilter.BoxBlur(3)) if len(seen) == bands else band

    bands = math.ceil(PHOTOGRAPH.height / 100)
    judged = OnScreen(PHOTOGRAPH, dpi)
    worst = judged.likeness(harmed_below)
    assert [band.height % 16 for band in seen[:-1]] == [0] * (bands - 1)
    assert sum(band.height for band in seen) == PHOTOGRAPH.height
    assert worst == OnScreen(seen[-1], dpi).likeness(lambda band: band.filter(ImageFilter.BoxBlur(3)))
    assert worst < 0.99
