"""Colour and gray scans at 300 dpi on A6 pages: text in several colours, stains, pictures, hidden text."""

from collections.abc import Callable

import numpy as np
from pikepdf import Array, Dictionary, Name, Object, Pdf
from PIL import Image, ImageDraw, ImageFont

from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, jpeg_image
from tests.support.pdf_factory.pages import A6_PT, add_page, drawn, saved

DPI, FONT_PX = 300, 40
SIZE_PX = (int(A6_PT[0] * DPI / 72), int(A6_PT[1] * DPI / 72))
INKS = ((20, 20, 25), (20, 40, 130), (150, 25, 30), (15, 95, 45))
WHOLE_PAGE = {"x_pt": 0.0, "y_pt": 0.0, "width_pt": A6_PT[0], "height_pt": A6_PT[1]}


def coloured_text() -> Image.Image:
    """Lines of text in four inks, and two lines of white on a dark bar."""
    page = Image.new("RGB", SIZE_PX, (250, 249, 245))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(FONT_PX)
    for line in range(24):
        text = pictures.SENTENCES[line % len(pictures.SENTENCES)]
        draw.text((90, 90 + 56 * line), text[:46], font=font, fill=INKS[line % len(INKS)])
    draw.rectangle((90, 1480, SIZE_PX[0] - 90, 1640), fill=(30, 45, 90))
    for line in range(2):
        draw.text((120, 1492 + 66 * line), pictures.SENTENCES[line][:42], font=font, fill=(250, 249, 245))
    return page


def scanned(page: Image.Image, *, seed: int = 1, grain: float = 2.5, stains: int = 0) -> Image.Image:
    """A page as a scanner sees it: slightly blurred, lit unevenly, with grain, and stained."""
    random = np.random.default_rng(seed)
    width_px, height_px = page.size
    soft = np.asarray(page.resize((width_px * 3 // 4, height_px * 3 // 4)).resize(page.size), np.float32)
    columns, rows = np.meshgrid(np.linspace(-1, 1, width_px), np.linspace(-1, 1, height_px))
    light = 1 - 0.08 * (columns + rows + 2) / 4
    tint = np.zeros((height_px, width_px, 3))
    for across, down, radius in random.uniform((-0.8, -0.8, 0.2), (0.8, 0.8, 0.5), (stains, 3)):
        spot = np.clip(1.2 - np.hypot(columns - across, rows - down) / radius, 0, 1)
        tint += spot[..., None] * np.array([0.08, 0.14, 0.26])
    noise = random.normal(0.0, grain, (height_px, width_px, 1))
    seen = soft * light[..., None] * (1 - np.minimum(tint, 0.5)) + noise
    return Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))


def with_photo(page: Image.Image) -> Image.Image:
    """The page with a photograph over its lower half."""
    mixed = page.copy()
    mixed.paste(pictures.photo(900, 600, seed=4), (170, 950))
    return mixed


def scan(*, quality: int = 90) -> bytes:
    """One scan of coloured text in DCT."""
    return _one_page(lambda pdf: jpeg_image(pdf, scanned(coloured_text()), quality=quality))


def gray_scan() -> bytes:
    """One scan of black text in gray, in Flate."""
    page = Image.merge("RGB", [pictures.printed_text(*SIZE_PX, font_px=FONT_PX)] * 3)
    return _one_page(lambda pdf: flate_image(pdf, scanned(page).convert("L")))


def stained_scan() -> bytes:
    """One scan of coloured text on paper with stains."""
    return _one_page(lambda pdf: jpeg_image(pdf, scanned(coloured_text(), stains=4), quality=90))


def scan_with_photo() -> bytes:
    """One scan of a page that has text above a photograph."""
    return _one_page(lambda pdf: jpeg_image(pdf, scanned(with_photo(coloured_text())), quality=90))


def scan_of_photo() -> bytes:
    """One photograph that fills the page, with a scanner's grain."""
    return _one_page(lambda pdf: jpeg_image(pdf, scanned(pictures.photo(*SIZE_PX, seed=2)), quality=90))


def searchable_scan() -> bytes:
    """A scan with text that recognition has laid under it, invisibly (rendering mode 3, ISO 32000-2, 9.3.6)."""
    pdf = Pdf.new()
    hidden = b"BT 3 Tr /F1 8 Tf 22 390 Td (%s) Tj ET\n" % pictures.SENTENCES[0].encode()
    image = jpeg_image(pdf, scanned(coloured_text()), quality=90)
    add_page(pdf, hidden + drawn("Im0", **WHOLE_PAGE), xobjects={"Im0": image}, size_pt=A6_PT)
    return saved(pdf)


def shared_scan() -> bytes:
    """Two pages that draw the same scan, the second one smaller and turned."""
    pdf = Pdf.new()
    image = jpeg_image(pdf, scanned(coloured_text()), quality=90)
    turned = b"q 0 210 -149 0 200 60 cm /Im0 Do Q\n"
    for content in (drawn("Im0", **WHOLE_PAGE), turned):
        add_page(pdf, content, xobjects={"Im0": image}, size_pt=A6_PT)
    return saved(pdf)


def translucent_scan() -> bytes:
    """A scan drawn at half its opacity over a bar (ISO 32000-2, 11.3.7.2)."""
    pdf = Pdf.new()
    image = jpeg_image(pdf, scanned(coloured_text()), quality=90)
    content = b"1 0 0 rg 0 200 298 60 re f /Half gs\n" + drawn("Im0", **WHOLE_PAGE)
    page = add_page(pdf, content, xobjects={"Im0": image}, size_pt=A6_PT)
    page.obj.Resources.ExtGState = Dictionary(Half=Dictionary(ca=0.5))
    return saved(pdf)


def scan_as_alternate() -> bytes:
    """A scan that is drawn, and is also the alternate of another image (ISO 32000-2, 8.9.5.4)."""
    pdf = Pdf.new()
    image = pdf.make_indirect(jpeg_image(pdf, scanned(coloured_text()), quality=90))
    other = flate_image(pdf, Image.new("RGB", (8, 8)))
    other.Alternates = Array([Dictionary(Image=image)])
    content = drawn("Im0", **WHOLE_PAGE) + drawn("Im1", x_pt=0, y_pt=0, width_pt=9, height_pt=9)
    add_page(pdf, content, xobjects={"Im0": image, "Im1": other}, size_pt=A6_PT)
    return saved(pdf)


def scan_in_layer() -> bytes:
    """A scan that is optional content: a layer that is off (ISO 32000-2, 8.11)."""
    pdf = Pdf.new()
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Scan"))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(Order=Array([group]), OFF=Array([group])))
    image = jpeg_image(pdf, scanned(coloured_text()), quality=90)
    image.OC = group
    add_page(pdf, drawn("Im0", **WHOLE_PAGE), xobjects={"Im0": image}, size_pt=A6_PT)
    return saved(pdf)


def _one_page(make: Callable[[Pdf], Object]) -> bytes:
    pdf = Pdf.new()
    add_page(pdf, drawn("Im0", **WHOLE_PAGE), xobjects={"Im0": make(pdf)}, size_pt=A6_PT)
    return saved(pdf)
