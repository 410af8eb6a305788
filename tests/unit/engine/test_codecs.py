"""The codecs: what is called exact is exact, seen through other decoders than our own."""

from io import BytesIO

import numpy as np
import pypdfium2 as pdfium
import pytest
from pikepdf import Pdf
from PIL import Image, ImageChops, ImageOps

from bulkpress_engine.images.codecs.ccitt import encode_group4
from bulkpress_engine.images.codecs.flate import encode_gray_levels
from bulkpress_engine.images.codecs.jpeg import decode_jpeg, encode_jpeg, repack_jpeg
from bulkpress_engine.images.codecs.samples import decode_samples
from bulkpress_engine.images.coded import Coded, Space
from bulkpress_engine.images.colour import Colour, Model
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.exact import ExactRules, encode_exact
from bulkpress_engine.images.jpeg_header import read_jpeg_header
from bulkpress_engine.images.pictures import Loaded
from bulkpress_engine.passes.images import store
from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, page_of

SIZE = (160, 120)


def jpeg_bytes(image: Image.Image, quality: int = 90) -> bytes:
    """The image as Pillow's plain JPEG."""
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def exact(image: Image.Image, *, may_use_palette: bool = True, may_use_jbig2: bool = True) -> Coded:
    """The image without loss, in whatever way is smallest."""
    rules = ExactRules(10, may_turn_gray=True, may_use_palette=may_use_palette, may_use_jbig2=may_use_jbig2)
    return encode_exact(Loaded(image), rules)


def rendered(image: Image.Image, coded: Coded | None = None) -> Image.Image:
    """A page filled by the image, stored as `coded` when given, as PDFium draws it pixel for pixel."""
    pdf = Pdf.new()
    stored = flate_image(pdf, image)
    if coded is not None:
        store(stored, coded)
    page_of(pdf, stored, width_pt=image.width, height_pt=image.height)
    file = BytesIO()
    pdf.save(file)
    document = pdfium.PdfDocument(file.getvalue())
    drawn: Image.Image = document[0].render(scale=1).to_pil().convert("RGB")
    document.close()
    return drawn


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    """Of any component of any pixel, 0..255."""
    return int(np.asarray(ImageChops.difference(one, other)).max())


def few_colours(count: int) -> Image.Image:
    """A picture of exactly this many colours."""
    values = np.arange(SIZE[0] * SIZE[1], dtype=np.int64).reshape(SIZE[1], SIZE[0]) % count
    return Image.fromarray(np.stack([values, 255 - values, values // 2], axis=2).astype(np.uint8))


PICTURES = {
    "photo": pictures.photo(*SIZE),
    "gray photo": pictures.photo(*SIZE).convert("L"),
    "cmyk photo": pictures.photo(*SIZE).convert("CMYK"),
    "gray hiding in rgb": pictures.photo(*SIZE).convert("L").convert("RGB"),
    **{f"{count} colours": few_colours(count) for count in (1, 2, 4, 16, 17, 256)},
    "one pixel": Image.new("RGB", (1, 1), "red"),
    "one row": pictures.photo(*SIZE).crop((0, 0, SIZE[0], 1)),
    "many bands": pictures.photo(20, 700),
}


@pytest.mark.parametrize("image", PICTURES.values(), ids=PICTURES.keys())
def test_what_is_called_exact_changes_no_pixel(image: Image.Image) -> None:
    coded = exact(image)
    assert coded.is_exact
    assert largest_difference(rendered(image), rendered(image, coded)) == 0


@pytest.mark.parametrize(("count", "bits"), [(2, 1), (4, 2), (16, 4), (17, 8), (256, 8)])
def test_few_colours_take_few_bits(count: int, bits: int) -> None:
    coded = exact(few_colours(count))
    assert (coded.space, coded.bits, coded.colours) == (Space.PALETTE, bits, count)


def test_two_colours_are_coded_as_a_two_level_image() -> None:
    scan = pictures.bilevel_scan(640, 480).convert("L")
    image = ImageOps.colorize(scan, "navy", "ivory")
    coded = exact(image, may_use_jbig2=False)
    assert (coded.filter, coded.space, coded.bits) == ("/CCITTFaxDecode", Space.PALETTE, 1)
    assert largest_difference(rendered(image), rendered(image, coded)) == 0


def test_black_and_white_hiding_in_rgb_needs_no_palette() -> None:
    image = pictures.bilevel_scan(640, 480).convert("RGB")
    coded = exact(image)
    assert (coded.space, coded.bits) == (Space.DEVICE_GRAY, 1)
    assert largest_difference(rendered(image), rendered(image, coded)) == 0


def test_gray_of_many_levels_is_predicted_and_takes_no_palette() -> None:
    coded = exact(pictures.photo(*SIZE).convert("L"))
    assert (coded.space, coded.bits, coded.parms["/Predictor"]) == (Space.SAME, 8, 15)


def test_one_pixel_of_colour_keeps_an_image_from_becoming_gray() -> None:
    image = few_colours(256).resize((320, 240), Image.Resampling.BICUBIC)
    assert exact(image).space is Space.SAME


GRAY_LEVELS = [([0, 255], 1), ([255], 1), ([0, 85, 170, 255], 2), ([0, 17, 34, 255], 4), ([0, 128], 8), ([1], 8)]


@pytest.mark.parametrize(("levels", "bits"), GRAY_LEVELS)
def test_a_soft_mask_takes_fewer_bits_but_no_palette(levels: list[int], bits: int) -> None:
    image = Image.new("L", (13, 5))
    image.putdata([levels[number % len(levels)] for number in range(13 * 5)])
    coded = exact(image, may_use_palette=False)
    assert (coded.space, coded.bits) == (Space.SAME, bits)
    assert largest_difference(rendered(image), rendered(image, coded)) == 0


@pytest.mark.parametrize("width_px", [1, 7, 8, 9, 1001])
def test_group_4_is_exact_at_every_row_padding(width_px: int) -> None:
    image = pictures.bilevel_scan(max(width_px, 64), 90).crop((0, 0, width_px, 90)).convert("1")
    coded = encode_group4(image.tobytes(), width_px, 90)
    assert largest_difference(rendered(image.convert("L")), rendered(image.convert("L"), coded)) == 0


def test_a_group_4_scan_is_smaller_than_flate() -> None:
    scan = pictures.bilevel_scan(1000, 1400).convert("1")
    flate = encode_gray_levels(Loaded(scan.convert("L")), 1, 10)
    assert len(encode_group4(scan.tobytes(), *scan.size).data) < len(flate.data)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_keeps_what_the_components_mean(mode: str) -> None:
    image = pictures.photo(*SIZE).convert(mode)
    data = encode_jpeg(image, 92)
    coded = Coded(data, *SIZE, 8, "/DCTDecode")
    drawn = np.asarray(ImageChops.difference(rendered(image), rendered(image, coded)))
    assert drawn.mean() < 3  # an inverted one would be off by some 100
    assert np.asarray(ImageChops.difference(decode_jpeg(data, SIZE), image)).mean() < 3


def test_jpeg_is_packed_without_changing_a_pixel() -> None:
    data = jpeg_bytes(pictures.photo(640, 480))
    packed = repack_jpeg(data)
    assert len(packed) < len(data)
    assert largest_difference(Image.open(BytesIO(data)), Image.open(BytesIO(packed))) == 0


def test_a_jpeg_that_ends_early_is_left() -> None:
    with pytest.raises(UndecodableImageError):
        repack_jpeg(jpeg_bytes(pictures.photo(*SIZE))[:-500])


def test_a_jpeg_is_shrunk_while_decoding_but_never_below_what_is_wanted() -> None:
    decoded = decode_jpeg(jpeg_bytes(pictures.photo(1600, 1200)), (190, 140))
    assert 190 <= decoded.width < 1600


@pytest.mark.parametrize("quality", [30, 50, 75, 90])
def test_the_quality_of_a_jpeg_is_read_from_its_tables(quality: int) -> None:
    header = read_jpeg_header(jpeg_bytes(pictures.photo(*SIZE), quality))
    assert header is not None
    assert abs(header.quality - quality) <= 1
    assert (header.width_px, header.height_px, header.components, header.bits) == (*SIZE, 3, 8)


def test_the_header_says_by_what_decoders_tell_rgb_from_ycbcr() -> None:
    file = BytesIO()
    PICTURES["photo"].save(file, "JPEG", keep_rgb=True)
    headers = [read_jpeg_header(file.getvalue()), read_jpeg_header(jpeg_bytes(PICTURES["photo"]))]
    said = [(one.is_jfif, one.adobe_transform, one.are_components_rgb) for one in headers if one is not None]
    assert said == [(False, 0, True), (True, None, False)]


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xc0", b"\xff\xd8\xff\xe0\x00\x00", b"GIF89a"])
def test_what_has_no_frame_header_is_no_jpeg(data: bytes) -> None:
    assert read_jpeg_header(data) is None


GRAY, RGB = Colour(Model.GRAY), Colour(Model.RGB)
CYAN_AND_BLACK = Colour(Model.CMYK, palette=bytes([255, 0, 0, 0, 0, 0, 0, 255]))
TRICOLOUR = Colour(Model.RGB, palette=bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]))


@pytest.mark.parametrize(
    ("data", "bits", "colour", "pixels"),
    [
        (b"\xa0", 1, GRAY, [255, 0, 255]),
        (b"\x1b", 2, GRAY, [0, 85, 170]),
        (b"\x0f\x80", 4, GRAY, [0, 255, 136]),
        (b"\x01\x02\x03", 8, GRAY, [1, 2, 3]),
        (b"\x01\xff\x02\xff\x03\xff", 16, GRAY, [1, 2, 3]),
        (b"\x18", 2, TRICOLOUR, [(255, 0, 0), (0, 255, 0), (0, 0, 255)]),
        (b"\x40", 1, CYAN_AND_BLACK, [(255, 0, 0, 0), (0, 0, 0, 255), (255, 0, 0, 0)]),
        (b"\x00\x02\x09", 8, TRICOLOUR, [(255, 0, 0), (0, 0, 255), (0, 0, 255)]),  # past the table: its last colour
    ],
)
def test_samples_of_every_depth(data: bytes, bits: int, colour: Colour, pixels: list[object]) -> None:
    assert list(decode_samples(data, (3, 1), bits, colour).get_flattened_data()) == pixels


@pytest.mark.parametrize(("data", "bits", "colour"), [(b"\x00", 8, GRAY), (b"", 8, RGB), (b"\x00" * 9, 4, RGB)])
def test_samples_that_are_too_few_or_odd_are_refused(data: bytes, bits: int, colour: Colour) -> None:
    with pytest.raises(UndecodableImageError):
        decode_samples(data, (3, 1), bits, colour)
