"""What the encoder writes is what the standard says: other decoders and the standard's own test sequence agree."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from pikepdf import Name, Pdf
from PIL import Image, ImageChops

from bulkpress_jbig2 import _codec, decode, encode
from tests.support.bits import pixels_of, rows_of
from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import image_object, page_of
from tests.support.valkey import missing_server

ARITHMETIC_INPUT = bytes.fromhex("00020051000000C00352872AAAAAAAAA82C02000FCD79EF6BF7FED904F46A3BF")
ARITHMETIC_OUTPUT = bytes.fromhex("84C73BFCE1A1430402200000410DBB86F4317FFF88FF37471ADB6ADFFFAC")
FIRST_ADAPTIVE = 59  # in the data: behind page information, two segment headers, region information and flags
SYMBOL_DICTIONARY, IMMEDIATE_LOSSLESS_TEXT, PAGE_INFORMATION, IMMEDIATE_LOSSLESS_GENERIC = 0, 7, 48, 39  # T.88, 7.3
WITH_LETTERS = [PAGE_INFORMATION, SYMBOL_DICTIONARY, IMMEDIATE_LOSSLESS_TEXT, IMMEDIATE_LOSSLESS_GENERIC]


def halftone(width_px: int, height_px: int) -> Image.Image:
    """A photograph in dots that come again every 8 pixels."""
    rows, columns = np.mgrid[0:height_px, 0:width_px]
    screen = 127.5 + 63 * (np.cos(rows * np.pi / 4) + np.cos(columns * np.pi / 4))
    return Image.fromarray(np.asarray(pictures.photo(width_px, height_px).convert("L")) > screen)


def checkered(width_px: int, height_px: int) -> Image.Image:
    """Every other pixel black."""
    picture = Image.new("1", (width_px, height_px))
    picture.putdata([255 * ((x + y) % 2) for y in range(height_px) for x in range(width_px)])
    return picture


def clean_text(width_px: int, height_px: int, font_px: int) -> Image.Image:
    """Text as a program draws it: many letters are equal to the last pixel."""
    return (
        pictures.printed_text(width_px, height_px, font_px=font_px)
        .point(lambda level: 255 * (level > 128))
        .convert("1")
    )


def types_of(data: bytes) -> list[int]:
    """The types of the segments (T.88, 7.2), each of which refers to one other at most."""
    types, at = [], 0
    while at < len(data):
        types.append(data[at + 4])
        header_bytes = 11 + (data[at + 5] >> 5)
        at += header_bytes + int.from_bytes(data[at + header_bytes - 4 : at + header_bytes])
    return types


HALFTONE = halftone(600, 400)
TEXT_SCAN = pictures.bilevel_scan(1240, 900)
TEXT = clean_text(803, 500, 20)
PICTURES = {
    "scan": pictures.bilevel_scan(403, 290, font_px=30),
    "text, scanned": TEXT_SCAN,
    "text, scanned, white on black": ImageChops.invert(TEXT_SCAN),
    "text": TEXT,
    "text up to the edges": TEXT.crop(TEXT.getchannel(0).point(lambda level: 255 - level).getbbox()),
    "halftone": HALFTONE,
    "diffused": pictures.photo(403, 290).convert("L").convert("1"),
    "checkered": checkered(65, 33),
    "white": Image.new("1", (70, 31), 255),
    "black": Image.new("1", (70, 31), 0),
    "one white pixel": Image.new("1", (1, 1), 255),
    "one black pixel": Image.new("1", (1, 1), 0),
    "one row": pictures.bilevel_scan(403, 290, font_px=30).crop((0, 40, 403, 41)),
    "one column": pictures.bilevel_scan(403, 290, font_px=30).crop((50, 0, 51, 290)),
}
each_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES.keys())


def test_the_arithmetic_coder_passes_the_test_sequence_of_annex_h() -> None:
    assert _codec.mq_encoded(ARITHMETIC_INPUT) == ARITHMETIC_OUTPUT
    assert _codec.mq_decoded(ARITHMETIC_OUTPUT, len(ARITHMETIC_INPUT)) == ARITHMETIC_INPUT


@each_picture
def test_the_own_decoder_gives_the_same_pixels(picture: Image.Image) -> None:
    decoded = decode(encode(rows_of(picture), *picture.size), *picture.size)
    assert pixels_of(decoded, picture.width) == pixels_of(rows_of(picture), picture.width)


@each_picture
def test_pdfium_decodes_the_same_pixels(picture: Image.Image) -> None:
    pdf = Pdf.new()
    image = image_object(pdf, b"", *picture.size, Name.DeviceGray, bits=1)
    image.write(encode(rows_of(picture), *picture.size), filter=Name.JBIG2Decode)
    page_of(pdf, image, width_pt=picture.width, height_pt=picture.height)
    file = BytesIO()
    pdf.save(file)
    document = pdfium.PdfDocument(file.getvalue())
    (drawn,) = document[0].get_objects()
    seen = drawn.get_bitmap().to_pil().convert("1", dither=Image.Dither.NONE)
    document.close()
    assert pixels_of(seen.tobytes(), picture.width) == pixels_of(rows_of(picture), picture.width)


@each_picture
def test_jbig2dec_decodes_the_same_pixels(picture: Image.Image, tmp_path: Path) -> None:
    if shutil.which("jbig2dec") is None:
        missing_server("jbig2dec is not installed: `make test-servers`, or Debian's package jbig2dec")
    data, seen = tmp_path / "page.jb2", tmp_path / "page.pbm"
    data.write_bytes(encode(rows_of(picture), *picture.size))
    subprocess.run(["jbig2dec", "--embedded", "--format", "pbm", "--output", seen, data], check=True)
    with Image.open(seen) as opened:
        assert pixels_of(opened.tobytes(), picture.width) == pixels_of(rows_of(picture), picture.width)


def test_blank_paper_takes_next_to_nothing() -> None:
    assert len(encode(b"\xff" * 310 * 3508, 2480, 3508)) < 120


def test_a_halftone_gets_an_adaptive_pixel_at_the_distance_of_its_dots() -> None:
    data = encode(rows_of(HALFTONE), *HALFTONE.size)
    places = data[FIRST_ADAPTIVE : FIRST_ADAPTIVE + 2]
    across, up = (int.from_bytes(places[i : i + 1], signed=True) for i in (0, 1))
    assert (across % 8, up % 8) == (0, 0)


def test_a_tint_of_dots_that_come_again_takes_next_to_nothing() -> None:
    tile = np.random.default_rng(7).random((16, 16)) < 0.08
    tint = Image.fromarray(np.tile(~tile, (75, 100)))
    assert len(encode(rows_of(tint), *tint.size)) < tint.width * tint.height / 8 / 200


@pytest.mark.parametrize("picture", [TEXT_SCAN, ImageChops.invert(TEXT_SCAN), TEXT], ids=["scan", "inverted", "clean"])
def test_letters_are_symbols_where_that_is_smaller(picture: Image.Image) -> None:
    assert types_of(encode(rows_of(picture), *picture.size)) == WITH_LETTERS


def test_clean_text_takes_half_of_what_its_letters_take_each_by_itself() -> None:
    one_line = TEXT.crop((0, 60, TEXT.width, 100))
    lines = Image.new("1", (TEXT.width, 40 * 12), 255)
    for number in range(12):
        lines.paste(one_line, (0, 40 * number))
    assert len(encode(rows_of(lines), *lines.size)) < 12 * len(encode(rows_of(one_line), *one_line.size)) / 2


def test_letters_that_differ_in_one_pixel_stay_different() -> None:
    """What copiers did that took a 6 for an 8 cannot happen: no instance of a symbol is drawn but as it was."""
    letters = np.asarray(clean_text(803, 500, 20).crop((60, 60, 700, 100)))
    lines = np.tile(letters, (10, 1))
    for number in range(10):  # another pixel in every third column of each line
        columns = np.arange(number % 3, lines.shape[1], 3)
        lines[40 * number + (columns + 7 * number) % 40, columns] ^= True
    page = Image.fromarray(lines)
    data = encode(rows_of(page), *page.size)
    assert SYMBOL_DICTIONARY in types_of(data)
    assert pixels_of(decode(data, *page.size), page.width) == pixels_of(rows_of(page), page.width)
