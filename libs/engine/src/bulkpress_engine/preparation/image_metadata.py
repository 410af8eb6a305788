"""Metadata inside JPEG and JPEG 2000 data: EXIF, XMP, IPTC, comments, previews."""

import re
from collections.abc import Iterator

from pikepdf import Name, Stream

from bulkpress_engine.filters import UndecodableStreamError, decoded, filters_of

MOST_BYTES = 256 * 2**20
SOI, EOI, SOS, COM, APP0, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0, 0xE2, 0xEE
APPLICATION = range(APP0, APP0 + 16)
# Parts that decide how pixels look: the density, the colour profile (ICC.1:2022, B.4), the Adobe transform.
NEEDED = {APP0: b"JFIF\x00", APP2: b"ICC_PROFILE\x00", APP14: b"Adobe"}
MARKER_AFTER_DATA = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # not a stuffed byte, a restart or padding (T.81, B.1.1)
TOLD_BY_BOXES = frozenset({b"uuid", b"xml ", b"uinf"})  # ISO/IEC 15444-1, I.7
ADDRESSED_BY_BOXES = frozenset({b"ftbl", b"flst", b"cref", b"iloc"})  # by positions in the file, which must not move


def strip_image(image: Stream) -> int:
    """Remove the metadata inside an image's data, whose pixels stay as they are; the bytes that went."""
    chain = [name for name, _ in filters_of(image)]
    if Name.F in image or not chain or chain[-1] not in {"/DCTDecode", "/JPXDecode"}:
        return 0
    try:
        coded = decoded(image, MOST_BYTES)
    except UndecodableStreamError:
        return 0
    plain = without_jpeg_metadata(coded.data) if chain[-1] == "/DCTDecode" else without_jpx_metadata(coded.data)
    if len(plain) >= len(coded.data):
        return 0
    before = len(image.read_raw_bytes())
    image.write(plain, filter=Name(chain[-1]), decode_parms=coded.codec_parms)
    return max(1, before - len(plain))


def without_jpeg_metadata(data: bytes) -> bytes:
    """A JPEG without application segments, comments and what follows its end; as it was if it does not add up."""
    try:
        return b"".join(_needed_segments(data))
    except ValueError:
        return data


def _needed_segments(data: bytes) -> Iterator[bytes]:
    """The parts of a JPEG (ITU-T T.81, B.1.1) that pixels need. Raises ValueError where it is none."""
    if data[:2] != bytes([0xFF, SOI]):
        raise ValueError("no start of image")
    yield data[:2]
    at = 2
    while True:
        if at + 2 > len(data) or data[at] != 0xFF:
            raise ValueError("no marker where one belongs")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == EOI:
            yield data[at : at + 2]
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if end > len(data) or end < at + 4:
            raise ValueError("a segment that does not end")
        if marker == SOS:
            found = MARKER_AFTER_DATA.search(data, end)
            if found is None:
                raise ValueError("no end of image")
            end = found.start()
        if not _is_metadata(marker, data[at + 4 : end]):
            yield data[at:end]
        at = end


def _is_metadata(marker: int, body: bytes) -> bool:
    return marker == COM or (marker in APPLICATION and not (marker in NEEDED and body.startswith(NEEDED[marker])))


def without_jpx_metadata(data: bytes) -> bytes:
    """A JPEG 2000 file without boxes that only tell of it; a bare codestream, or what does not add up, as it was."""
    kept, at = [], 0
    while at < len(data):
        length, kind, head = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8 : at + 16]), 16
        end = at + length if length else len(data)
        if (length and (length < head or end > len(data))) or kind in ADDRESSED_BY_BOXES:
            return data
        if kind not in TOLD_BY_BOXES:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)
