"""Images of one bit a pixel become JBIG2 wherever they occur, and every pixel is drawn as before."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image

from bulkpress_engine.images.codecs.ccitt import encode_group4
from bulkpress_engine.images.decide import ImageRules, Keep, KeepReason, Repack, decide_image
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.facts import read_image_facts
from bulkpress_engine.images.recode import Settings, repacked
from bulkpress_engine.passes.images import store
from bulkpress_jbig2 import decode, decode_ccitt
from tests.support.bits import fax_coded, pixels_of, rows_of
from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, image_object, page_of

SCAN = pictures.bilevel_scan(403, 290, font_px=30)
CAP_BYTES = 2**24
SETTINGS = Settings(deflate_level=6, cap_bytes=CAP_BYTES, may_turn_gray=False, may_use_jbig2=True)
CCITT_KINDS = {  # Pillow's name of the coding and its T4Options, and the parameters that say the same in PDF
    "group 3, one dimension": ("group3", 0, {"K": 0, "EndOfLine": True}),
    "group 3, two dimensions": ("group3", 1, {"K": 4, "EndOfLine": True}),
    "group 3, bytes": ("tiff_ccitt", None, {"K": 0, "EncodedByteAlign": True}),
    "group 4": ("group4", None, {"K": -1}),
}


def ccitt_image(pdf: Pdf, kind: str, *, black_is_1: bool = False, missing_bytes: int = 0) -> Stream:
    """The scan in a CCITT coding, with so many bytes less at its end."""
    coding, options, parms = CCITT_KINDS[kind]
    image = image_object(pdf, b"", *SCAN.size, Name.DeviceGray, bits=1)
    how = Dictionary({f"/{key}": value for key, value in parms.items()})
    how.Columns, how.BlackIs1 = SCAN.width, black_is_1
    data = fax_coded(SCAN, coding, options)
    image.write(data[: len(data) - missing_bytes], filter=Name.CCITTFaxDecode, decode_parms=how)
    return image


def drawn(pdf: Pdf) -> Image.Image:
    """The one page as PDFium draws it, pixel for pixel."""
    file = BytesIO()
    pdf.save(file)
    document = pdfium.PdfDocument(file.getvalue())
    seen: Image.Image = document[0].render(scale=1).to_pil().convert("RGB")
    document.close()
    return seen


def expect_repacked_as_jbig2(pdf: Pdf, image: Stream) -> None:
    """Repack the image on its page; nothing else may be seen."""
    page_of(pdf, image, width_pt=SCAN.width, height_pt=SCAN.height)
    before = drawn(pdf)
    facts = read_image_facts(image, None, cap_bytes=CAP_BYTES)
    assert isinstance(decide_image(facts, ImageRules(10**7, may_use_jbig2=True)), Repack)
    store(image, repacked(image, facts, Repack(), SETTINGS))
    assert image.Filter == Name.JBIG2Decode
    assert len(np.unique(np.asarray(before))) > 1
    assert drawn(pdf).tobytes() == before.tobytes()


@pytest.mark.parametrize("decode_array", [None, [0, 1], [1, 0]])
@pytest.mark.parametrize("is_stencil", [False, True], ids=["image", "stencil"])
@pytest.mark.parametrize("black_is_1", [False, True], ids=["black is 0", "black is 1"])
@pytest.mark.parametrize("kind", CCITT_KINDS)
def test_fax_coding_becomes_jbig2(
    kind: str, black_is_1: bool, is_stencil: bool, decode_array: list[int] | None
) -> None:
    pdf = Pdf.new()
    image = ccitt_image(pdf, kind, black_is_1=black_is_1)
    meant(image, is_stencil=is_stencil, decode_array=decode_array)
    expect_repacked_as_jbig2(pdf, image)


@pytest.mark.parametrize("decode_array", [None, [0, 1], [1, 0]])
@pytest.mark.parametrize("is_stencil", [False, True], ids=["image", "stencil"])
def test_samples_become_jbig2(is_stencil: bool, decode_array: list[int] | None) -> None:
    pdf = Pdf.new()
    image = flate_image(pdf, SCAN)
    meant(image, is_stencil=is_stencil, decode_array=decode_array)
    expect_repacked_as_jbig2(pdf, image)


@pytest.mark.parametrize("palette", [b"\xff\x00\x00\x00\x00\xff", b"\xff\xff\xff\x00\x00\x00"])
def test_indexes_of_two_colours_become_jbig2(palette: bytes) -> None:
    pdf = Pdf.new()
    image = flate_image(pdf, SCAN)
    image.ColorSpace = Array([Name.Indexed, Name.DeviceRGB, 1, String(palette)])
    expect_repacked_as_jbig2(pdf, image)


def test_a_filter_in_an_array_of_one_is_read() -> None:
    pdf = Pdf.new()
    image = ccitt_image(pdf, "group 4")
    image.Filter, image.DecodeParms = Array([image.Filter]), Array([image.DecodeParms])
    expect_repacked_as_jbig2(pdf, image)


def meant(image: Stream, *, is_stencil: bool, decode_array: list[int] | None) -> None:
    """Say what the image's bits mean."""
    if is_stencil:
        del image.ColorSpace
        image.ImageMask = True
    if decode_array is not None:
        image.Decode = Array(decode_array)


@pytest.mark.parametrize("kind", CCITT_KINDS)
def test_fax_coding_that_ends_early_is_left(kind: str) -> None:
    pdf = Pdf.new()
    expect_left(ccitt_image(pdf, kind, missing_bytes=300))


def test_fax_coding_of_another_width_is_left() -> None:
    pdf = Pdf.new()
    image = ccitt_image(pdf, "group 4")
    image.DecodeParms.Columns = SCAN.width + 8
    expect_left(image)


def expect_left(image: Stream) -> None:
    """It is not repacked."""
    with pytest.raises(UndecodableImageError):
        repacked(image, read_image_facts(image, None, cap_bytes=CAP_BYTES), Repack(), SETTINGS)


def test_symbols_in_another_stream_and_plans_without_jbig2_keep_an_image() -> None:
    pdf = Pdf.new()
    facts = read_image_facts(ccitt_image(pdf, "group 4"), None, cap_bytes=CAP_BYTES)
    kept = Keep(KeepReason.TWO_LEVEL)
    assert decide_image(facts, ImageRules(10**7)) == kept
    assert decide_image(replace(facts, has_globals=True), ImageRules(10**7, may_use_jbig2=True)) == kept


@pytest.mark.parametrize("picture", [SCAN, Image.new("1", (3000, 20)), pictures.photo(300, 200).convert("1")])
def test_group_4_is_read_as_it_was_written(picture: Image.Image) -> None:
    data = encode_group4(rows_of(picture), *picture.size).data
    assert pixels_of(decode_ccitt(data, *picture.size, k=-1), picture.width) == pixels_of(
        rows_of(picture), picture.width
    )


def test_rows_of_runs_need_no_mark_between_them() -> None:
    bits = "00110101000101" + "10011" + "111011"  # 0 white, 8 black; 8 white; 6 white, 2 black
    data = int(bits.ljust(32, "0"), 2).to_bytes(4)
    assert decode_ccitt(data, 8, 3, k=0) == b"\x00\xff\xfc"


def test_a_run_longer_than_any_code_is_read() -> None:
    wide = Image.new("1", (9001, 3), 0)
    data = encode_group4(rows_of(wide), *wide.size).data
    assert pixels_of(decode_ccitt(data, *wide.size, k=-1), wide.width) == [[0] * wide.width] * wide.height


def test_a_scan_is_a_third_smaller_than_in_group_4() -> None:
    scan = pictures.bilevel_scan(1240, 1754)
    pdf = Pdf.new()
    image = flate_image(pdf, scan)
    coded = repacked(image, read_image_facts(image, None, cap_bytes=CAP_BYTES), Repack(), SETTINGS)
    assert len(coded.data) < 0.75 * len(encode_group4(rows_of(scan), *scan.size).data)
    assert pixels_of(decode(coded.data, *scan.size), scan.width) == pixels_of(rows_of(scan), scan.width)
