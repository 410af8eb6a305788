"""Byte coders undone under a cap."""

import zlib
from io import BytesIO

import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from bulkpress_engine.filters import UndecodableStreamError, content_bytes, decoded, deflated, inflated, unpredicted
from bulkpress_engine.lzw import lzw_decoded
from tests.support.pdf_factory import pictures

CAP = 100_000


DOCUMENT = Pdf.new()  # streams live as long as their document


def coded(data: bytes, *filters: Object, parms: Dictionary | None = None) -> Stream:
    """A stream of this data under these filters."""
    stream = Stream(DOCUMENT, data)
    stream.write(data, filter=Array(filters), decode_parms=parms)
    return stream


def lzw_coded(picture: Image.Image) -> bytes:
    """The picture's samples under LZW, as libtiff codes them: with the early change of PDF's default."""
    file = BytesIO()
    picture.save(file, "TIFF", compression="tiff_lzw", tiffinfo={278: picture.height})  # one strip
    with TiffImageFile(BytesIO(file.getvalue())) as tiff:
        (offset,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]
    return file.getvalue()[offset : offset + length]


@pytest.mark.parametrize(
    ("stream", "plain"),
    [
        (coded(zlib.compress(b"plain"), Name.FlateDecode), b"plain"),
        (coded(b"<~87cURD]~>", Name.ASCII85Decode), b"Hello"),
        (coded(b"48 65 6c6C 6f7>", Name.ASCIIHexDecode), b"Hellop"),  # a missing last digit is 0 (7.4.2)
        (coded(bytes([2]) + b"abc" + bytes([254]) + b"d" + bytes([128]) + b"x", Name.RunLengthDecode), b"abcddd"),
        (coded(zlib.compress(b"plain"), Name.Crypt, Name.FlateDecode), b"plain"),  # qpdf has decrypted it
        (coded(zlib.compress(b"plain").hex().encode() + b">", Name.ASCIIHexDecode, Name.FlateDecode), b"plain"),
        # The example of ISO 32000-2, 7.4.4.2.
        (coded(bytes.fromhex("800B6050220C0C8501"), Name.LZWDecode), bytes([45, 45, 45, 45, 45, 65, 45, 45, 45, 66])),
    ],
    ids=["flate", "ascii85", "hex", "run-length", "crypt", "chain", "lzw"],
)
def test_byte_coders_are_undone(stream: Stream, plain: bytes) -> None:
    assert content_bytes(stream, CAP) == plain


@pytest.mark.parametrize("key", ["/Predictor", "/Columns", "/Colors", "/BitsPerComponent"])
@pytest.mark.parametrize("value", [Name.Up, Array([12]), String("12")])
def test_a_parameter_that_is_no_number_makes_a_stream_undecodable(key: str, value: Object) -> None:
    parms = Dictionary({"/Predictor": 12, key: value})
    with pytest.raises(UndecodableStreamError):
        content_bytes(coded(zlib.compress(b"\x00plain"), Name.FlateDecode, parms=parms), CAP)


def test_lzw_agrees_with_another_coder_past_every_code_width() -> None:
    picture = pictures.photo(200, 150)
    assert lzw_decoded(lzw_coded(picture), CAP) == picture.tobytes()


@pytest.mark.parametrize(
    "bomb",
    [
        coded(zlib.compress(bytes(CAP + 1)), Name.FlateDecode),
        coded(zlib.compress(zlib.compress(bytes(50 * CAP))), Name.FlateDecode, Name.FlateDecode),
        coded(bytes([129, 0]) * (CAP // 128 + 1), Name.RunLengthDecode),
        coded(lzw_coded(Image.new("L", (400, 400))), Name.LZWDecode),
        coded(b"x" * 20, *[Name.FlateDecode] * 9),
    ],
    ids=["flate", "flate twice", "run-length", "lzw", "nine filters"],
)
def test_bombs_do_not_go_off(bomb: Stream) -> None:
    with pytest.raises(UndecodableStreamError):
        content_bytes(bomb, CAP)


@pytest.mark.parametrize("data", [b"", b"not zlib", zlib.compress(b"plain" * 100)[:-10]])
def test_damaged_zlib_data_is_refused(data: bytes) -> None:
    with pytest.raises(UndecodableStreamError):
        inflated(data, CAP)


def test_an_image_codec_ends_the_chain() -> None:
    found = decoded(coded(zlib.compress(b"\xff\xd8"), Name.FlateDecode, Name.DCTDecode), CAP)
    assert (found.data, found.codec) == (b"\xff\xd8", "/DCTDecode")


def test_a_filter_nobody_knows_is_refused() -> None:
    with pytest.raises(UndecodableStreamError):
        decoded(coded(b"x", Name.Unheard), CAP)


def test_predictors_are_undone_only_on_request() -> None:
    parms = Dictionary(Predictor=12, Columns=3)
    stream = coded(zlib.compress(b"\x02\x01\x02\x03\x02\x01\x01\x01"), Name.FlateDecode, parms=parms)
    found = decoded(stream, CAP)
    assert found.data == b"\x02\x01\x02\x03\x02\x01\x01\x01"
    assert unpredicted(found, CAP) == b"\x01\x02\x03\x02\x03\x04"  # each row adds the one above


def test_a_predictor_with_an_absurd_row_is_refused() -> None:
    parms = Dictionary(Predictor=12, Columns=2**31 - 1)
    with pytest.raises(UndecodableStreamError):
        content_bytes(coded(zlib.compress(b"\x02" * 64), Name.FlateDecode, parms=parms), CAP)


def test_deflating_is_undone_by_inflating() -> None:
    assert inflated(deflated(b"plain" * 1000, 10), CAP) == b"plain" * 1000
