"""The boxes of a JPEG 2000 file that say what its components mean (ISO/IEC 15444-1, annex I), read without decoding."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bulkpress_engine.images.colour import UNKNOWN, Colour, Model

ENUMERATED = 1  # of a colour specification: by a number, and not by a profile (I.5.3.3)
ENUMERATED_SPACES: Mapping[int, Colour] = {
    16: Colour(Model.RGB, is_device=True),  # sRGB: what programs take DeviceRGB for, where nothing else is said
    17: Colour(Model.GRAY, is_device=True),
}
MAPPING_BOXES = frozenset({b"pclr", b"cmap", b"cdef"})  # palettes, and channels that are not one colour each in order


@dataclass(frozen=True, slots=True)
class JpxHeader:
    """`colour` is UNKNOWN for what is not plainly sRGB or sRGB's gray; `bits` 0 for components that differ in them."""

    components: int
    bits: int
    colour: Colour


def read_jpx_header(data: bytes) -> JpxHeader | None:
    """The header, or None for a bare codestream and for data whose boxes do not add up."""
    header = next((body for kind, body in _boxes(data) if kind == b"jp2h"), b"")
    boxes = list(_boxes(header))
    sizes = [body for kind, body in boxes if kind == b"ihdr" and len(body) >= 14]
    if len(sizes) != 1:
        return None
    components, depth = int.from_bytes(sizes[0][8:10]), sizes[0][10]
    return JpxHeader(
        components=components,
        bits=0 if depth == 0xFF else (depth & 0x7F) + 1,
        colour=_colour(boxes, components),
    )


def _colour(boxes: list[tuple[bytes, bytes]], components: int) -> Colour:
    told = [body for kind, body in boxes if kind == b"colr"]
    if len(told) != 1 or not MAPPING_BOXES.isdisjoint(kind for kind, _ in boxes):
        return UNKNOWN
    if len(told[0]) < 7 or told[0][0] != ENUMERATED:
        return UNKNOWN
    colour = ENUMERATED_SPACES.get(int.from_bytes(told[0][3:7]), UNKNOWN)
    return colour if colour.components == components else UNKNOWN


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and contents of the boxes one after another, up to one that does not add up (I.4)."""
    at = 0
    while at + 8 <= len(data):
        length, kind, head = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8 : at + 16]), 16
        end = at + length if length else len(data)
        if end > len(data) or end < at + head:
            return
        yield kind, data[at + head : end]
        at = end
