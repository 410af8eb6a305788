"""JPEG 2000 whose data alone says what its colours mean (ISO 32000-2, 7.4.9)."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

from bulkpress_engine.images.colour import Model
from bulkpress_engine.images.jpx_header import JpxHeader, read_jpx_header
from bulkpress_engine.options import Level, PressOptions
from bulkpress_engine.press import press
from tests.support.pdf_factory import images, pictures


def box(kind: bytes, body: bytes) -> bytes:
    """One box (ISO/IEC 15444-1, I.4)."""
    return struct.pack(">I", 8 + len(body)) + kind + body


def ihdr(components: int = 3, depth: int = 7) -> bytes:
    """The image header: 30 x 40, of `depth` + 1 bits."""
    return box(b"ihdr", struct.pack(">IIHBBBB", 40, 30, components, depth, 7, 0, 0))


def colr(space: int) -> bytes:
    """An enumerated colour space."""
    return box(b"colr", b"\x01\x00\x00" + struct.pack(">I", space))


PROFILE = box(b"colr", b"\x02\x00\x00" + bytes(128))
SIGNATURE = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \x00\x00\x00\x00jp2 ")


@pytest.mark.parametrize(
    ("boxes", "components", "bits", "model"),
    [
        (ihdr() + colr(16), 3, 8, Model.RGB),
        (ihdr(1) + colr(17), 1, 8, Model.GRAY),
        (ihdr(1, 15) + colr(17), 1, 16, Model.GRAY),
        (ihdr(3, 0xFF) + colr(16), 3, 0, Model.RGB),  # the components differ in depth
        (ihdr(4) + colr(16), 4, 8, Model.UNKNOWN),  # with opacity, or worse
        (ihdr() + colr(18), 3, 8, Model.UNKNOWN),  # sYCC
        (ihdr() + PROFILE, 3, 8, Model.UNKNOWN),
        (ihdr() + colr(16) + PROFILE, 3, 8, Model.UNKNOWN),  # which of the two?
        (ihdr() + box(b"cdef", bytes(20)) + colr(16), 3, 8, Model.UNKNOWN),
        (ihdr(), 3, 8, Model.UNKNOWN),
        (ihdr() + box(b"colr", b"\x01"), 3, 8, Model.UNKNOWN),
    ],
)
def test_only_plain_srgb_and_gray_are_understood(boxes: bytes, components: int, bits: int, model: Model) -> None:
    header = read_jpx_header(SIGNATURE + box(b"jp2h", boxes) + box(b"jp2c", bytes(9)))
    assert header is not None
    assert (header.components, header.bits, header.colour.model) == (components, bits, model)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\x4f\xff\x51" + bytes(60),
        SIGNATURE,
        SIGNATURE + box(b"jp2h", colr(16)),
        SIGNATURE + box(b"jp2h", ihdr() + ihdr() + colr(16)),
        SIGNATURE + struct.pack(">I", 99) + b"jp2h" + ihdr(),
        struct.pack(">I", 4) + b"jp2h" + ihdr(),
    ],
    ids=["nothing", "a bare codestream", "no header", "no size", "two sizes", "a box past the end", "one too short"],
)
def test_what_does_not_add_up_has_no_header(data: bytes) -> None:
    assert read_jpx_header(data) is None


def test_what_pillow_writes_is_read() -> None:
    buffer = BytesIO()
    Image.new("RGB", (64, 48)).save(buffer, "JPEG2000")
    header = read_jpx_header(buffer.getvalue())
    assert isinstance(header, JpxHeader)
    assert (header.components, header.bits, header.colour.model) == (3, 8, Model.RGB)


def only_image(pdf: Pdf) -> Stream:
    """The one image of a document."""
    found = [one for one in pdf.objects if isinstance(one, Stream) and one.get(Name.Subtype) == Name.Image]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(("mode", "space"), [("RGB", Name.DeviceRGB), ("L", Name.DeviceGray)])
def test_it_becomes_a_jpeg_that_looks_the_same(mode: str, space: Name, tmp_path: Path) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(images.photo_jpx(mode))
    report = press(source, target, PressOptions(Level.MEDIUM))
    assert report.fallbacks == ()
    with Pdf.open(target) as pdf:
        image = only_image(pdf)
        assert (image.Filter, image.ColorSpace, int(image.Width)) == (Name.DCTDecode, space, 400)  # 150 of 300 dpi
        shown = Image.open(BytesIO(image.read_raw_bytes())).convert("RGB")
    asked = pictures.photo(800, 600).convert(mode).resize((400, 300), Image.Resampling.LANCZOS).convert("RGB")
    assert np.abs(np.asarray(shown, float) - np.asarray(asked, float)).mean() < 8  # levels of 255


def test_where_a_default_space_gives_names_another_meaning_it_stays(tmp_path: Path) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(images.photo_jpx())
    with Pdf.open(source, allow_overwriting_input=True) as pdf:
        calibrated = Array([Name.CalRGB, Dictionary(WhitePoint=Array([0.95, 1, 1.09]))])
        pdf.pages[0].Resources.ColorSpace = Dictionary(DefaultRGB=calibrated)
        before = only_image(pdf).read_raw_bytes()
        pdf.save(source)
    press(source, target, PressOptions(Level.MEDIUM))
    with Pdf.open(target) as pdf:
        assert only_image(pdf).read_raw_bytes() == before
