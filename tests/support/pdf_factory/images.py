"""Images as PDF objects and the PDFs that show them plainly: photographs and scans, in the filters they come in."""

import io
import zlib

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from PIL import Image

from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.pages import A6_PT, add_page, drawn, saved

COLOUR_SPACES = {"1": Name.DeviceGray, "L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}


def image_object(
    pdf: Pdf, data: bytes, width_px: int, height_px: int, colour_space: Object, *, bits: int = 8
) -> Stream:
    """An image XObject around `data` (ISO 32000-2, 8.9.5), with no filter named yet."""
    return pdf.make_stream(
        data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width_px,
        Height=height_px,
        ColorSpace=colour_space,
        BitsPerComponent=bits,
    )


def raw_image(pdf: Pdf, data: bytes, width_px: int, height_px: int, colour_space: Object, *, bits: int = 8) -> Stream:
    """An image XObject from samples, compressed with Flate."""
    stream = image_object(pdf, b"", width_px, height_px, colour_space, bits=bits)
    stream.write(zlib.compress(data, 6), filter=Name.FlateDecode)
    return stream


def flate_image(pdf: Pdf, picture: Image.Image) -> Stream:
    """A picture ("1", "L", "RGB" or "CMYK") without loss, in Flate."""
    bits = 1 if picture.mode == "1" else 8
    return raw_image(pdf, picture.tobytes(), *picture.size, COLOUR_SPACES[picture.mode], bits=bits)


def jpeg_image(pdf: Pdf, picture: Image.Image, *, quality: int = 92) -> Stream:
    """A picture ("L", "RGB" or "CMYK") in DCT, chroma at full resolution.

    Pillow writes CMYK as Adobe's programs do, inverted and with an Adobe marker: /Decode turns it round again.
    """
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling=0)
    stream = image_object(pdf, b"", *picture.size, COLOUR_SPACES[picture.mode])
    stream.write(buffer.getvalue(), filter=Name.DCTDecode)
    if picture.mode == "CMYK":
        stream.Decode = Array([1, 0] * 4)
    return stream


def ccitt_image(pdf: Pdf, picture: Image.Image) -> Stream:
    """A picture of mode "1" in CCITT Group 4 (ISO 32000-2, 7.4.6)."""
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", compression="group4", tiffinfo={278: picture.height})  # 278: rows in a strip, so one
    with Image.open(buffer) as tiff:
        tags = tiff.tag_v2  # type: ignore[attr-defined]  # only TIFF pictures have tags
        begin, length, min_is_black = tags[273][0], tags[279][0], tags[262] == 1
    stream = image_object(pdf, b"", *picture.size, Name.DeviceGray, bits=1)
    how = Dictionary(K=-1, Columns=picture.width, Rows=picture.height, BlackIs1=min_is_black)
    stream.write(buffer.getvalue()[begin : begin + length], filter=Name.CCITTFaxDecode, decode_parms=how)
    return stream


def page_of(pdf: Pdf, image: Object, *, width_pt: float, height_pt: float) -> None:
    """Append a page that shows the image, and nothing else, over its whole size."""
    content = drawn("Im0", x_pt=0, y_pt=0, width_pt=width_pt, height_pt=height_pt)
    add_page(pdf, content, xobjects={"Im0": image}, size_pt=(width_pt, height_pt))


def photo_jpeg(
    width_px: int = 1200, height_px: int = 900, *, width_pt: float = 288, quality: int = 92, seed: int = 1
) -> bytes:
    """One photograph in DCT, filling its page; 1200 px on 288 pt are 300 dpi, about 190 kB."""
    pdf = Pdf.new()
    image = jpeg_image(pdf, pictures.photo(width_px, height_px, seed=seed), quality=quality)
    page_of(pdf, image, width_pt=width_pt, height_pt=width_pt * height_px / width_px)
    return saved(pdf)


def photo_grey_jpeg(width_px: int = 1200, height_px: int = 900, *, width_pt: float = 288, seed: int = 1) -> bytes:
    """One grey photograph in DCT, filling its page at 300 dpi."""
    pdf = Pdf.new()
    image = jpeg_image(pdf, pictures.photo(width_px, height_px, seed=seed).convert("L"))
    page_of(pdf, image, width_pt=width_pt, height_pt=width_pt * height_px / width_px)
    return saved(pdf)


def photo_flate(width_px: int = 800, height_px: int = 600, *, width_pt: float = 288, seed: int = 1) -> bytes:
    """One photograph in Flate, filling its page; 800 px on 288 pt are 200 dpi, about 1 MB."""
    pdf = Pdf.new()
    image = flate_image(pdf, pictures.photo(width_px, height_px, seed=seed))
    page_of(pdf, image, width_pt=width_pt, height_pt=width_pt * height_px / width_px)
    return saved(pdf)


def photo_jpx(mode: str = "RGB", *, width_px: int = 800, width_pt: float = 192, ratio: float = 8) -> bytes:
    """One photograph in JPEG 2000 whose data alone says that it is sRGB, or its gray; 800 px on 192 pt are 300 dpi."""
    pdf = Pdf.new()
    buffer, height_px = io.BytesIO(), width_px * 3 // 4
    picture = pictures.photo(width_px, height_px).convert(mode)
    picture.save(buffer, "JPEG2000", quality_mode="rates", quality_layers=[ratio])
    image = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=width_px, Height=height_px)
    image.write(buffer.getvalue(), filter=Name.JPXDecode)
    page_of(pdf, image, width_pt=width_pt, height_pt=width_pt * 3 / 4)
    return saved(pdf)


def colour_scan(pages: int = 1, *, dpi: int = 300, quality: int = 90) -> bytes:
    """A6 pages of text scanned in colour, in DCT: 1241 x 1750 px each at 300 dpi, about 700 kB a page."""
    pdf = Pdf.new()
    for seed in range(1, pages + 1):
        picture = pictures.colour_scan(*_a6_px(dpi), seed=seed, font_px=dpi * 10 // 72)
        page_of(pdf, jpeg_image(pdf, picture, quality=quality), width_pt=A6_PT[0], height_pt=A6_PT[1])
    return saved(pdf)


def bilevel_scan_g4(pages: int = 1, *, dpi: int = 300) -> bytes:
    """A6 pages of text scanned in black and white, in CCITT Group 4: about 22 kB a page."""
    pdf = Pdf.new()
    for seed in range(1, pages + 1):
        picture = pictures.bilevel_scan(*_a6_px(dpi), seed=seed, font_px=dpi * 10 // 72)
        page_of(pdf, ccitt_image(pdf, picture), width_pt=A6_PT[0], height_pt=A6_PT[1])
    return saved(pdf)


def bilevel_scan_flate(pages: int = 1, *, dpi: int = 300) -> bytes:
    """A6 pages of text scanned in black and white, in Flate."""
    pdf = Pdf.new()
    for seed in range(1, pages + 1):
        picture = pictures.bilevel_scan(*_a6_px(dpi), seed=seed, font_px=dpi * 10 // 72)
        page_of(pdf, flate_image(pdf, picture), width_pt=A6_PT[0], height_pt=A6_PT[1])
    return saved(pdf)


def _a6_px(dpi: int) -> tuple[int, int]:
    return int(A6_PT[0] * dpi / 72), int(A6_PT[1] * dpi / 72)
