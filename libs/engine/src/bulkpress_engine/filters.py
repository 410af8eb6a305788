"""Stream filters (ISO 32000-2, 7.4) decoded under a cap, and the one way streams are compressed here.

Only filters that code bytes are undone. Predictors belong to the samples, so their parameters are handed on, and image
codecs (DCT, JPX, CCITT, JBIG2) end the chain: what is under them is for `images/codecs`.
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from decimal import Decimal

import deflate
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from bulkpress_engine.lzw import lzw_decoded
from bulkpress_engine.objects import spelt

ABBREVIATED = {"/AHx": "/ASCIIHexDecode", "/A85": "/ASCII85Decode", "/LZW": "/LZWDecode", "/Fl": "/FlateDecode",
               "/RL": "/RunLengthDecode", "/CCF": "/CCITTFaxDecode", "/DCT": "/DCTDecode"}  # fmt: skip
MAX_FILTERS = 8
INFLATED_AT_ONCE_BYTES = 2**20
LITTLE_BYTES, SMALLEST = 2**20, 12  # where time does not matter, libdeflate's highest level: another 2 % of text
WHITESPACE = re.compile(rb"[\x00\t\n\x0c\r ]+")


class UndecodableStreamError(Exception):
    """The stream's data does not follow its filters, or decodes to more than the cap."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Stream data with its byte coders undone.

    `predictor` are the DecodeParms of a predictor still applied (None: none is); `codec` is the image filter still
    applied, with `codec_parms`.
    """

    data: bytes
    predictor: Dictionary | None = None
    codec: str | None = None
    codec_parms: Dictionary | None = None


def filters_of(stream: Stream) -> list[tuple[str, Dictionary | None]]:
    """The stream's filters with their parameters, first to undo first, by their long names."""
    names = _as_list(stream.get(Name.Filter))
    parms = _as_list(stream.get(Name.DecodeParms))
    padded = [*parms, *[None] * len(names)][: len(names)]
    return [
        (ABBREVIATED.get(spelt(name), spelt(name)), parm if isinstance(parm, Dictionary) else None)
        for name, parm in zip(names, padded, strict=True)
    ]


def decoded(stream: Stream, cap_bytes: int) -> Decoded:
    """The stream's data as far as byte coders go. Raises UndecodableStreamError, also past `cap_bytes`."""
    chain = filters_of(stream)
    if len(chain) > MAX_FILTERS:
        raise UndecodableStreamError(f"{len(chain)} filters")
    data = stream.read_raw_bytes()
    for number, (name, parms) in enumerate(chain):
        is_last = number == len(chain) - 1
        if name not in BYTE_CODERS:
            if not is_last or name not in IMAGE_CODECS:
                raise UndecodableStreamError(f"filter {name} is unknown or out of place")
            return Decoded(data, codec=name, codec_parms=parms)
        data = _undone(name, data, parms, cap_bytes)
        if _has_predictor(parms):
            if not is_last:
                raise UndecodableStreamError("a predictor before another filter")
            return Decoded(data, predictor=parms)
    return Decoded(data)


def unpredicted(coded: Decoded, cap_bytes: int) -> bytes:
    """The data with its predictor undone (ISO 32000-2, 7.4.4.4) by qpdf, which `opening` has bounded."""
    parms = coded.predictor
    if parms is None:
        return coded.data
    row_bits = _whole(parms, Name.Columns, 1) * _whole(parms, Name.Colors, 1) * _whole(parms, Name.BitsPerComponent, 8)
    if not 0 < row_bits <= 8 * cap_bytes:
        raise UndecodableStreamError("the predictor's row is longer than a stream may be")
    plain = {key: _whole(parms, Name(key), 1) for key in parms.keys() if key in PREDICTOR_KEYS}  # noqa: SIM118  (not a dict)
    with Pdf.new() as scratch:
        stream = Stream(scratch, zlib.compress(coded.data, 1))
        stream[Name.Filter] = Name.FlateDecode
        stream[Name.DecodeParms] = Dictionary(plain)
        try:
            return stream.read_bytes()
        except Exception as error:  # pikepdf raises several kinds, not all of them its own
            raise UndecodableStreamError(str(error)) from error


def content_bytes(stream: Stream, cap_bytes: int) -> bytes:
    """All of a stream's data decoded, for streams that are no images. Raises UndecodableStreamError."""
    coded = decoded(stream, cap_bytes)
    if coded.codec is not None:
        raise UndecodableStreamError(f"{coded.codec} on a stream that is no image")
    return unpredicted(coded, cap_bytes)


def deflated(data: bytes | bytearray, level: int) -> bytes:
    """Zlib data (RFC 1950) by libdeflate; `level` 1..12, the same bytes for the same input."""
    return bytes(deflate.zlib_compress(data, level))


def deflated_well(data: bytes | bytearray, level: int) -> bytes:
    """The same, as small as can be where the data is so little that time does not matter."""
    return deflated(data, SMALLEST if len(data) < LITTLE_BYTES else level)


def _as_list(value: Object | None) -> list[Object]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _has_predictor(parms: Dictionary | None) -> bool:
    return parms is not None and _whole(parms, Name.Predictor, 1) > 1


def _whole(parms: Dictionary, name: Name, default: int) -> int:
    """A whole number from a filter's parameters. Raises UndecodableStreamError where something else is in its place."""
    value = parms.get(name, default)
    if not isinstance(value, int | Decimal):
        raise UndecodableStreamError(f"{name} of a filter is no number")
    return int(value)


def _undone(name: str, data: bytes, parms: Dictionary | None, cap_bytes: int) -> bytes:
    if name == "/Crypt":  # already undone by qpdf, which knows the keys (7.4.10)
        return data
    if name == "/FlateDecode":
        plain = inflated(data, cap_bytes)
    elif name == "/LZWDecode":
        plain = lzw_decoded(data, cap_bytes, early_change=parms is None or _whole(parms, Name.EarlyChange, 1) == 1)
    elif name == "/RunLengthDecode":
        plain = _run_lengths_decoded(data, cap_bytes)
    elif name == "/ASCII85Decode":
        plain = _ascii85_decoded(data)
    else:
        plain = _hex_decoded(data)
    if len(plain) > cap_bytes:
        raise UndecodableStreamError(f"more than {cap_bytes} bytes")
    return plain


def inflated(data: bytes, cap_bytes: int) -> bytes:
    """Zlib data inflated. Raises UndecodableStreamError for damaged data and past `cap_bytes`."""
    machine = zlib.decompressobj()
    parts, length = [], 0
    while not machine.eof:
        try:
            part = machine.decompress(data, INFLATED_AT_ONCE_BYTES)
        except zlib.error as error:
            raise UndecodableStreamError(str(error)) from error
        data = machine.unconsumed_tail
        length += len(part)
        if length > cap_bytes:
            raise UndecodableStreamError(f"more than {cap_bytes} bytes")
        if not part and not data:
            raise UndecodableStreamError("the zlib data ends early")
        parts.append(part)
    return b"".join(parts)


def _run_lengths_decoded(data: bytes, cap_bytes: int) -> bytes:
    """RunLengthDecode (ISO 32000-2, 7.4.5)."""
    out = bytearray()
    at = 0
    while at < len(data) and data[at] != 128 and len(out) <= cap_bytes:
        length = data[at]
        if length < 128:
            out += data[at + 1 : at + 2 + length]
            at += length + 2
        else:
            out += data[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(out)


def _ascii85_decoded(data: bytes) -> bytes:
    body = WHITESPACE.sub(b"", data).removeprefix(b"<~").partition(b"~")[0]
    try:
        return base64.a85decode(body)
    except ValueError as error:
        raise UndecodableStreamError(str(error)) from error


def _hex_decoded(data: bytes) -> bytes:
    digits = WHITESPACE.sub(b"", data).partition(b">")[0]
    try:
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except binascii.Error as error:
        raise UndecodableStreamError(str(error)) from error


BYTE_CODERS = frozenset(
    {"/FlateDecode", "/LZWDecode", "/RunLengthDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/Crypt"}
)
IMAGE_CODECS = frozenset({"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"})
PREDICTOR_KEYS = frozenset({"/Predictor", "/Columns", "/Colors", "/BitsPerComponent"})
