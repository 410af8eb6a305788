"""Harm to what a page shows is found at every level and quality; what a codec does to a picture is no harm."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pikepdf import Array, Name, Pdf, Stream
from PIL import Image, ImageOps

from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.verification import Aspect
from tests.support.pdf_factory import colours, features, images, masks, pages, pictures
from tests.support.pdf_factory.pages import A6_PT, add_page, drawn, saved, text_content
from tests.unit.engine_verification.damage import LOW, first_words, images_of, replace_image, unchanged, verdict_on

LOOKS = {Aspect.RENDERING, Aspect.DRAWING}  # of pages with changed pictures, and of those without
MEDIUM = PressOptions()
HIGH = PressOptions(level=Level.HIGH)
COARSEST = PressOptions(image_quality=1)

PHOTO_PX, SCAN_PX = (1200, 900), (1241, 1750)


@cache
def photo() -> bytes:
    """A photograph at 300 dpi."""
    return images.photo_jpeg(*PHOTO_PX)


@cache
def photo_pixels() -> Image.Image:
    """What `photo` shows."""
    return pictures.photo(*PHOTO_PX, seed=1)


@cache
def scan() -> bytes:
    """A page of text scanned in colour at 300 dpi."""
    return images.colour_scan(1)


@cache
def scan_pixels() -> Image.Image:
    """What `scan` shows."""
    return pictures.colour_scan(*SCAN_PX, seed=1, font_px=41)


def recoded(picture: Image.Image, *, part: float, quality: int) -> Callable[[Pdf], None]:
    """A change that scales the first image down to `part` of its sides and codes it at `quality`."""
    small = picture.resize((int(picture.width * part), int(picture.height * part)), Image.Resampling.LANCZOS)
    return lambda pdf: replace_image(images_of(pdf)[0], small, quality)


@pytest.mark.parametrize(
    ("options", "part", "quality"),
    [
        (MEDIUM, 1 / 2, 75),  # 300 to 150 dpi
        (HIGH, 1 / 3, 55),  # 300 to 100 dpi
        (PressOptions(image_quality=25), 1 / 2, 25),
        (PressOptions(image_quality=10), 1 / 2, 10),
        (PressOptions(level=Level.HIGH, image_quality=10), 1 / 3, 10),
        (COARSEST, 1 / 2, 1),
        (PressOptions(level=Level.HIGH, image_quality=1), 1 / 3, 1),
    ],
)
def test_what_the_user_asked_of_images_is_no_harm(
    options: PressOptions, part: float, quality: int, tmp_path: Path
) -> None:
    assert verdict_on(tmp_path, photo(), recoded(photo_pixels(), part=part, quality=quality), options).findings == ()
    assert verdict_on(tmp_path, scan(), recoded(scan_pixels(), part=part, quality=quality), options).findings == ()


def test_low_takes_no_loss_that_a_reader_could_see(tmp_path: Path) -> None:
    assert not verdict_on(tmp_path, photo(), recoded(photo_pixels(), part=1 / 3, quality=30), LOW).harmless


def black(picture: Image.Image) -> Image.Image:
    return Image.new(picture.mode, picture.size)


def blank(picture: Image.Image) -> Image.Image:
    return Image.new(picture.mode, picture.size, (255, 255, 255))


def flat(picture: Image.Image) -> Image.Image:
    mean = np.asarray(picture).reshape(-1, 3).mean(axis=0)
    return Image.new(picture.mode, picture.size, tuple(int(level) for level in mean))


def grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L").convert("RGB")


def swapped(picture: Image.Image) -> Image.Image:
    red, green, blue = picture.split()
    return Image.merge("RGB", (blue, green, red))


@pytest.mark.parametrize("options", [LOW, MEDIUM, HIGH, COARSEST], ids=["low", "medium", "high", "coarsest"])
@pytest.mark.parametrize("harm", [black, blank, ImageOps.invert, ImageOps.mirror])
def test_a_ruined_picture_is_found_at_any_quality(
    harm: Callable[[Image.Image], Image.Image], options: PressOptions, tmp_path: Path
) -> None:
    verdict = verdict_on(tmp_path, photo(), recoded(harm(photo_pixels()), part=1 / 2, quality=75), options)
    assert LOOKS & first_words(verdict)


@pytest.mark.parametrize("options", [LOW, MEDIUM, HIGH], ids=["low", "medium", "high"])
@pytest.mark.parametrize(("harm", "aspects"), [(grey, {Aspect.COLOUR}), (swapped, {Aspect.COLOUR}), (flat, LOOKS)])
def test_a_picture_that_lost_its_colours_or_its_detail_is_found(
    harm: Callable[[Image.Image], Image.Image], aspects: set[Aspect], options: PressOptions, tmp_path: Path
) -> None:
    verdict = verdict_on(tmp_path, photo(), recoded(harm(photo_pixels()), part=1 / 2, quality=75), options)
    assert aspects & first_words(verdict)


def test_a_scan_gone_blank_is_found_at_the_coarsest_quality(tmp_path: Path) -> None:
    verdict = verdict_on(tmp_path, scan(), recoded(blank(scan_pixels()), part=1 / 2, quality=75), COARSEST)
    assert LOOKS & first_words(verdict)


@pytest.mark.parametrize("options", [MEDIUM, COARSEST], ids=["medium", "coarsest"])
def test_inverted_cmyk_is_found(options: PressOptions, tmp_path: Path) -> None:
    def forget_decode(pdf: Pdf) -> None:
        del images_of(pdf)[0].Decode

    assert LOOKS & first_words(verdict_on(tmp_path, colours.cmyk_jpeg(), forget_decode, options))


def test_a_lost_soft_mask_is_found(tmp_path: Path) -> None:
    def drop_mask(pdf: Pdf) -> None:
        for image in images_of(pdf):
            if Name.SMask in image:
                del image.SMask

    assert not verdict_on(tmp_path, masks.soft_mask(), drop_mask, MEDIUM).harmless


def test_an_icon_gone_black_on_a_page_of_text_is_found(tmp_path: Path) -> None:
    pdf = Pdf.new()
    icon = images.flate_image(pdf, pictures.photo(40, 40).point(lambda level: 128 + level // 2))
    content = text_content(1) + drawn("Icon", x_pt=560, y_pt=20, width_pt=14, height_pt=14)
    add_page(pdf, content, xobjects={"Icon": icon})

    def blacken(document: Pdf) -> None:
        replace_image(images_of(document)[0], Image.new("RGB", (40, 40)), 75)

    assert LOOKS & first_words(verdict_on(tmp_path, saved(pdf), blacken, MEDIUM))


def test_changed_text_is_found_page_by_page(tmp_path: Path) -> None:
    def rewrite(pdf: Pdf) -> None:
        contents = pdf.pages[1].obj.Contents
        contents.write(contents.read_bytes().replace(b"e", b"o"))

    verdict = verdict_on(tmp_path, pages.text(3), rewrite)
    assert "text: differs on 1 pages, first on page 2" in verdict.findings


def test_a_form_field_that_is_not_drawn_any_more_is_found(tmp_path: Path) -> None:
    def drop_appearance(pdf: Pdf) -> None:
        pdf.pages[0].obj.Annots[0].AP.N.write(b"")

    assert LOOKS & first_words(verdict_on(tmp_path, features.form(), drop_appearance))


def test_one_changed_picture_among_a_hundred_pages_is_found(tmp_path: Path) -> None:
    pdf = Pdf.new()
    for seed in range(100):
        image = images.jpeg_image(pdf, pictures.photo(60, 40, seed=seed))
        images.page_of(pdf, image, width_pt=60, height_pt=40)

    def ruin_the_67th(document: Pdf) -> None:
        image = document.pages[66].obj.Resources.XObject.Im0
        assert isinstance(image, Stream)
        replace_image(image, Image.new("RGB", (60, 40)), 75)

    verdict = verdict_on(tmp_path, saved(pdf), ruin_the_67th, MEDIUM)
    assert verdict.findings
    assert all("page 67 " in finding for finding in verdict.findings)


def test_what_the_renderer_cannot_draw_is_told_and_is_no_harm(tmp_path: Path) -> None:
    pdf = Pdf.new()
    page = add_page(pdf, text_content(1), size_pt=A6_PT)
    page.obj.MediaBox = Array([0, 0, 0.0001, 10_000_000])
    verdict = verdict_on(tmp_path, saved(pdf), unchanged)
    assert verdict.harmless
    assert [line.partition(":")[0] for line in verdict.unproven] == [Aspect.RENDERING]


def album(total: int) -> bytes:
    """So many pages, each with a photograph of its own."""
    pdf = Pdf.new()
    for seed in range(total):
        page_image = images.jpeg_image(pdf, pictures.photo(60, 40, seed=seed))
        images.page_of(pdf, page_image, width_pt=60, height_pt=40)
    return saved(pdf)


def with_ruined(ruined: set[int], seen: list[tuple[int, int]]) -> Callable[[Pdf], None]:
    """A change of all pictures of an album, of which those on these pages are harmed; `seen` gets their numbers."""

    def change(pdf: Pdf) -> None:
        for number, page in enumerate(pdf.pages):
            image = page.obj.Resources.XObject.Im0
            assert isinstance(image, Stream)
            seen.append(image.objgen)
            picture = Image.new("RGB", (60, 40)) if number in ruined else pictures.photo(60, 40, seed=number)
            replace_image(image, picture, 91)

    return change


def test_the_picture_on_the_only_page_with_harm_is_suspected(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    verdict = verdict_on(tmp_path, album(4), with_ruined({2}, seen), MEDIUM)
    assert verdict.suspects == {seen[2]}


def test_of_many_pictures_those_that_were_not_drawn_are_suspected_as_well(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    verdict = verdict_on(tmp_path, album(60), with_ruined({3}, seen), MEDIUM)
    assert verdict.suspects == {seen[3], *seen[48:]}  # 48 pages are drawn


@pytest.mark.parametrize("ruined", [set(), {0, 1, 2, 3}], ids=["no harm", "harm everywhere"])
def test_where_nothing_tells_pictures_apart_none_is_suspected(ruined: set[int], tmp_path: Path) -> None:
    assert verdict_on(tmp_path, album(4), with_ruined(ruined, []), MEDIUM).suspects == frozenset()


def test_where_text_is_harmed_as_well_no_picture_alone_is_to_blame(tmp_path: Path) -> None:
    pdf = Pdf.open(io.BytesIO(album(4)))
    add_page(pdf, text_content(1), size_pt=A6_PT)
    ruin = with_ruined({2}, [])

    def change(document: Pdf) -> None:
        del document.pages[4].obj.Contents
        document.pages[4].obj.Resources.XObject = document.pages[0].obj.Resources.XObject
        ruin(document)

    verdict = verdict_on(tmp_path, saved(pdf), change, MEDIUM)
    assert {"text", "rendering"} <= first_words(verdict)
    assert verdict.suspects == frozenset()
