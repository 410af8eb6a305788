"""The header of a JPEG (ITU-T T.81, annex B), read without decoding: what its data really claims to be."""

from collections.abc import Iterator
from dataclasses import dataclass

SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame, of every process
HUFFMAN_DCT_MARKERS = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what decoders take
START_OF_SCAN, END_OF_IMAGE, QUANTIZATION_TABLES, APP0, APP14 = 0xDA, 0xD9, 0xDB, 0xE0, 0xEE
# ITU-T T.81, table K.1 summed: what the IJG library scales by quality.
LUMINANCE_TABLE_SUM = 3688


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What the frame header and the Adobe marker say. `quality` is the IJG quality that its tables resemble, 1..100."""

    width_px: int
    height_px: int
    components: int
    bits: int
    is_huffman_dct: bool
    adobe_transform: int | None  # 0: none, 1: YCbCr, 2: YCCK; None without the marker (ISO 32000-2, table 13)
    quality: int
    is_jfif: bool = True
    are_components_rgb: bool = False  # they are numbered "R", "G", "B", by which some decoders know RGB


def read_jpeg_header(data: bytes) -> JpegHeader | None:
    """The header, or None for data that is no JPEG or ends before its frame header."""
    if data[:2] != b"\xff\xd8":
        return None
    frame, adobe, table_sum, is_jfif = b"", None, 0, False
    process = 0
    for marker, body in _segments(data):
        if marker in SOF_MARKERS and len(body) >= 6:
            process, frame = marker, body
        elif marker == APP14 and body[:5] == b"Adobe" and len(body) >= 12:
            adobe = body[11]
        elif marker == APP0 and body[:5] == b"JFIF\x00":
            is_jfif = True
        elif marker == QUANTIZATION_TABLES and not table_sum and len(body) >= 65 and body[0] == 0:
            table_sum = sum(body[1:65])  # the first 8-bit table is luminance by all encoders' habit
    if not frame:
        return None
    return JpegHeader(
        width_px=int.from_bytes(frame[3:5]),
        height_px=int.from_bytes(frame[1:3]),
        components=frame[5],
        bits=frame[0],
        is_huffman_dct=process in HUFFMAN_DCT_MARKERS,
        adobe_transform=adobe,
        quality=_quality(table_sum),
        is_jfif=is_jfif,
        are_components_rgb=frame[6::3] == b"RGB",
    )


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker segments before the first scan, without their lengths."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in {START_OF_SCAN, END_OF_IMAGE}:
            return
        length = int.from_bytes(data[at + 2 : at + 4])
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def _quality(table_sum: int) -> int:
    """The IJG quality whose luminance table sums to this; 100 when there is no 8-bit table."""
    if table_sum == 0:
        return 100
    percent = 100 * table_sum / LUMINANCE_TABLE_SUM
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return max(1, min(100, round(quality)))
