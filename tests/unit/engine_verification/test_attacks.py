"""A pressed document with one small thing wrong is caught, whatever the thing and the level."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf, PdfImage, Stream, String
from PIL import Image, ImageDraw

from bulkpress_engine.options import Level, PressOptions, Step, Without
from bulkpress_engine.verification import Aspect
from tests.support.pdf_factory import archival, features, images, interactive, pages, pictures
from tests.support.pdf_factory.pages import add_page, drawn, saved
from tests.unit.engine_verification.damage import Change, first_words, images_of, verdict_on_attack

MEDIUM, HIGH = PressOptions(), PressOptions(Level.HIGH)


def content_of(page: Page) -> Stream:
    contents = page.obj.Contents
    assert isinstance(contents, Stream)
    return contents


def change_xfa(pdf: Pdf) -> None:
    packet = pdf.Root.AcroForm.XFA[3]
    packet.write(packet.read_bytes().replace(b"\r\n", b"\n"))


def change_script(pdf: Pdf) -> None:
    pdf.Root.Names.JavaScript.Names[1].JS.write(b"")


def drop_script_of_page(pdf: Pdf) -> None:
    del pdf.pages[1].obj.AA


def drop_collection(pdf: Pdf) -> None:
    del pdf.Root.Collection


def drop_association(pdf: Pdf) -> None:
    del pdf.pages[0].obj.AF


def change_video(pdf: Pdf) -> None:
    pdf.pages[0].obj.Annots[0].RichMediaContent.Assets.Names[1].EF.F.write(b"another")


def drop_articles(pdf: Pdf) -> None:
    del pdf.Root.Threads


def drop_transition(pdf: Pdf) -> None:
    del pdf.pages[1].obj.Trans


def drop_captured_urls(pdf: Pdf) -> None:
    del pdf.Root.Names.URLS


def take_image_off_its_layer(pdf: Pdf) -> None:
    for image in pdf.pages[0].obj.Resources.XObject.values():
        del image.OC


def change_date(pdf: Pdf) -> None:
    pdf.docinfo.ModDate = String("D:20260101000000Z")


def drop_own_entry(pdf: Pdf) -> None:
    del pdf.docinfo.CaseNumber


def swap_tags(pdf: Pdf) -> None:
    root = pdf.Root.StructTreeRoot
    root.K = Array([root.K[1], root.K[0]])


def lead_content_to_the_wrong_tag(pdf: Pdf) -> None:
    numbers = pdf.Root.StructTreeRoot.ParentTree.Nums
    numbers[1] = Array([numbers[1][1], numbers[1][0]])


def renumber_content(pdf: Pdf) -> None:
    content = content_of(pdf.pages[0])
    content.write(content.read_bytes().replace(b"/MCID 1", b"/MCID 7"))


def change_profile(pdf: Pdf) -> None:
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    profile.write(profile.read_bytes()[:-1] + b"!")


def move_link(pdf: Pdf) -> None:
    pdf.pages[0].obj.Annots[0].Rect = Array([50, 600, 250, 620])


def forget_border(pdf: Pdf) -> None:
    del pdf.pages[0].obj.Annots[0].Border


def limit_field(pdf: Pdf) -> None:
    pdf.Root.AcroForm.Fields[0].MaxLen = 3


def drop_font_of_fields(pdf: Pdf) -> None:
    pdf.Root.AcroForm.DR.Font = Dictionary()


@pytest.mark.parametrize(
    ("make", "attack", "aspect"),
    [
        (interactive.xfa, change_xfa, Aspect.FIELDS),
        (interactive.scripts, change_script, Aspect.ACTIONS),
        (interactive.scripts, drop_script_of_page, Aspect.ACTIONS),
        (interactive.portfolio, drop_collection, Aspect.VIEWING),
        (interactive.associated_files, drop_association, Aspect.ATTACHMENTS),
        (interactive.rich_media, change_video, Aspect.ANNOTATIONS),
        (interactive.articles, drop_articles, Aspect.VIEWING),
        (interactive.slides, drop_transition, Aspect.BOXES),
        (interactive.captured_web_page, drop_captured_urls, Aspect.VIEWING),
        (interactive.layered_image, take_image_off_its_layer, Aspect.LAYERS),
        (interactive.dated, change_date, Aspect.METADATA),
        (interactive.dated, drop_own_entry, Aspect.METADATA),
        (features.tagged, swap_tags, Aspect.TAGS),
        (features.tagged, lead_content_to_the_wrong_tag, Aspect.TAGS),
        (features.tagged, renumber_content, Aspect.TAGS),
        (lambda: archival.pdfa(2), change_profile, Aspect.METADATA),
        (features.links, move_link, Aspect.LINKS),
        (features.links, forget_border, Aspect.LINKS),
        (features.form, limit_field, Aspect.FIELDS),
        (features.form, drop_font_of_fields, Aspect.FIELDS),
    ],
)
def test_a_lost_or_changed_thing_is_caught(
    make: Callable[[], bytes], attack: Change, aspect: Aspect, tmp_path: Path
) -> None:
    assert aspect in first_words(verdict_on_attack(tmp_path, make(), attack, MEDIUM))


def drop_one_full_stop(pdf: Pdf) -> None:
    """Cover it with paper: the text is as it was, and but a dot is missing."""
    content = content_of(pdf.pages[0])
    content.write(content.read_bytes() + b"1 g 55.5 748 3 4 re f\n")


def shift_text(pdf: Pdf) -> None:
    content = content_of(pdf.pages[0])
    content.write(b"1 0 0 1 0 0.7 cm\n" + content.read_bytes())


def drop_letter(pdf: Pdf) -> None:
    content = content_of(pdf.pages[0])
    content.write(re.sub(rb"\(Page", b"(age", content.read_bytes(), count=1))


@pytest.mark.parametrize("options", [MEDIUM, HIGH], ids=["medium", "high"])
@pytest.mark.parametrize("attack", [drop_one_full_stop, shift_text, drop_letter])
def test_a_page_without_pictures_is_held_to_the_pixel(attack: Change, options: PressOptions, tmp_path: Path) -> None:
    assert not verdict_on_attack(tmp_path, pages.uncompressed_text(), attack, options).harmless


STAMP_PX = 20


def stamped_scan() -> bytes:
    """A scanned page of text at 150 dpi with a small stamp, red on the paper's colour, in its margin."""
    scan = pictures.colour_scan(620, 875, seed=1, font_px=20)
    ImageDraw.Draw(scan).rectangle((575, 840, 575 + STAMP_PX, 840 + STAMP_PX), outline=(180, 60, 60), width=3)
    pdf = Pdf.new()
    image = images.flate_image(pdf, scan)
    add_page(pdf, drawn("Im0", x_pt=0, y_pt=0, width_pt=298, height_pt=420), xobjects={"Im0": image},
             size_pt=(298, 420))  # fmt: skip
    return saved(pdf)


def painted_over(box_px: tuple[int, int, int, int], colour: Callable[[Image.Image], Image.Image]) -> Change:
    """An attack on the first image: part of it, given for a picture of 620 pixels across, is replaced."""

    def attack(pdf: Pdf) -> None:
        image = images_of(pdf)[0]
        picture = PdfImage(image).as_pil_image().convert("RGB")
        scale = picture.width / 620
        left, top, right, bottom = (int(side * scale) for side in box_px)
        box = (left, top, right, bottom)
        picture.paste(colour(picture.crop(box)), box)
        image.write(picture.tobytes())
        image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
        image.Width, image.Height = picture.size

    return attack


def as_paper(part: Image.Image) -> Image.Image:
    """The colour of its corner all over."""
    return Image.new("RGB", part.size, part.getpixel((0, 0)))


def tinted(part: Image.Image) -> Image.Image:
    pixels = np.asarray(part).astype(np.int16) + np.array([24, -12, -12], np.int16)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("options", [MEDIUM, HIGH], ids=["medium", "high"])
@pytest.mark.parametrize(
    "attack",
    [
        painted_over((570, 835, 600, 865), as_paper),  # the stamp
        painted_over((60, 60, 560, 100), as_paper),  # a line of text
        painted_over((0, 0, 620, 875), tinted),  # the colours of all
    ],
    ids=["stamp", "line", "colours"],
)
def test_a_scan_with_something_missing_is_caught(attack: Change, options: PressOptions, tmp_path: Path) -> None:
    without_layers = PressOptions(options.level, without=Without({Step.LAYERS}))
    assert not verdict_on_attack(tmp_path, stamped_scan(), attack, without_layers).harmless
