"""The luma of a colour JPEG as a JPEG of its own, coefficient for coefficient: no pixel of it is decoded.

mozjpeg's lossless pass writes any JPEG as a progressive one whose AC scans hold one component each (ITU-T T.81, G.1.1),
so those of the other components are left out. Only the scan of DC coefficients mixes components: it is read here and
written anew, in the order that a single component has (A.2.2), and mozjpeg makes the rest as small as it gets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import mozjpeg_lossless_optimization as mozjpeg

SOF2, DHT, SOS, EOI = 0xC2, 0xC4, 0xDA, 0xD9
# Code lengths and values of a table for DC categories 0..11, all that 8 bits need: those of table K.3.
DC_TABLE = bytes.fromhex("00010501010101010100000000000000") + bytes(range(12))
EOI_MARKER = b"\xff\xd9"

Codes = Mapping[tuple[int, int], int]


class _OddJpegError(Exception):
    """It is not as mozjpeg writes it."""


def luma_of_jpeg(data: bytes) -> bytes | None:
    """The first component of a JPEG of three, or None where it is coarser than the others or the JPEG is damaged."""
    if EOI_MARKER not in data[-64:]:
        return None
    try:
        return bytes(mozjpeg.optimize(_luma(bytes(mozjpeg.optimize(data)))))
    except (_OddJpegError, ValueError, IndexError):
        return None


@dataclass(frozen=True, slots=True)
class _Frame:
    """Size in pixels, and of each component its number, its sampling factors across and down, its table."""

    width: int
    height: int
    components: tuple[tuple[int, int, int, int], ...]

    @classmethod
    def of(cls, body: bytes) -> "_Frame":
        each = (body[at : at + 3] for at in range(6, 6 + 3 * body[5], 3))
        parts = tuple((number, factors >> 4, factors & 15, table) for number, factors, table in each)
        return cls(int.from_bytes(body[3:5]), int.from_bytes(body[1:3]), parts)

    @property
    def most(self) -> tuple[int, int]:
        """The largest sampling factors, across and down."""
        return max(one[1] for one in self.components), max(one[2] for one in self.components)


def _luma(data: bytes) -> bytes:
    """`data` without all components but the first. Raises _OddJpegError."""
    out, tables, frame = bytearray(b"\xff\xd8"), dict[int, bytes](), None
    for marker, body, scan in _segments(data):
        if marker == SOF2:
            frame = _Frame.of(body)
            if len(frame.components) != 3 or frame.components[0][1:3] != frame.most:
                raise _OddJpegError
            number, _, _, table = frame.components[0]
            out += _segment(marker, body[:5] + bytes([1, number, 0x11, table]))
        elif marker == DHT:
            tables |= dict(_tables(body))
            out += _segment(marker, body)
        elif marker == SOS:
            if frame is None:
                raise _OddJpegError
            out += _scan(frame, tables, body, scan)
        elif marker < 0xE0 or marker == 0xEE:  # no Adobe marker: it speaks of three components
            out += _segment(marker, body) if marker != 0xEE else b""
    return bytes(out) + EOI_MARKER


def _scan(frame: _Frame, tables: Mapping[int, bytes], body: bytes, scan: bytes) -> bytes:
    """A scan's part of the first component; nothing where it has none."""
    names = body[1 : 1 + 2 * body[0] : 2]
    first = frame.components[0][0]
    start, end, approximation = body[-3:]
    if first not in names:
        return b""
    if len(names) == 1:
        return _segment(SOS, body) + scan
    if len(names) != len(frame.components) or (start, end, approximation) != (0, 0, 0):
        raise _OddJpegError
    differences = _dc_differences(frame, tables, body, scan)
    coded = _dc_coded(differences)
    return _segment(DHT, b"\x00" + DC_TABLE) + _segment(SOS, bytes([1, first, 0, 0, 0, 0])) + coded


def _dc_differences(frame: _Frame, tables: Mapping[int, bytes], body: bytes, scan: bytes) -> list[int]:
    """The first component's DC coefficients in rows of blocks, each less the one before it (F.1.1.5.1)."""
    across, down = frame.most
    units = -(-frame.width // (8 * across)), -(-frame.height // (8 * down))
    blocks = -(-frame.width // 8), -(-frame.height // 8)  # the component is not sampled down
    codes = [_codes(tables[body[2 + 2 * number] >> 4]) for number in range(3)]
    factors = [(one[1], one[2]) for one in frame.components]
    rows: list[list[int]] = [[0] * (units[0] * across) for _ in range(units[1] * down)]
    reader, before = _DcReader(scan), 0
    for unit_y in range(units[1]):
        for unit_x in range(units[0]):
            for y in range(down):
                row = rows[unit_y * down + y]
                for x in range(across):
                    before += reader.difference(codes[0])
                    row[unit_x * across + x] = before
            for table, (wide, high) in zip(codes[1:], factors[1:], strict=True):
                for _ in range(wide * high):
                    reader.difference(table)
    values = [value for row in rows[: blocks[1]] for value in row[: blocks[0]]]
    return [value - former for former, value in zip([0, *values], values, strict=False)]


class _DcReader:
    """Huffman-coded differences, one after the other (F.2.2)."""

    def __init__(self, scan: bytes) -> None:
        self._data = scan.replace(b"\xff\x00", b"\xff")
        self._at, self._held, self._value = 0, 0, 0

    def difference(self, codes: "_Lookup") -> int:
        """The next one. Raises IndexError at the end."""
        while self._held < 32:
            self._value = (self._value << 8 | (self._data[self._at] if self._at < len(self._data) else 0)) & (2**48 - 1)
            self._at += 1
            self._held += 8
        if self._at > len(self._data) + 16:
            raise _OddJpegError
        length, category = codes[self._value >> (self._held - 16) & 0xFFFF]
        self._held -= length + category
        if not category:
            return 0
        bits = self._value >> self._held & ((1 << category) - 1)
        return bits if bits >> (category - 1) else bits - (1 << category) + 1


_Lookup = list[tuple[int, int]]


def _codes(table: bytes) -> _Lookup:
    """For every 16 bits, the length of the code that they begin with, and its value (annex C)."""
    lookup: _Lookup = []
    at = 16
    for length, count in enumerate(table[:16], start=1):
        for value in table[at : at + count]:
            lookup += [(length, value)] * (1 << (16 - length))
        at += count
    if len(lookup) > 1 << 16 or any(value > 11 for _, value in lookup[:: max(1, len(lookup) // 4096)]):
        raise _OddJpegError
    return lookup + [(16, 0)] * ((1 << 16) - len(lookup))


def _dc_coded(differences: list[int]) -> bytes:
    """A scan of these differences, by DC_TABLE."""
    spelt = _spellings()
    bits = []
    for difference in differences:
        category = abs(difference).bit_length()
        if category > 11:
            raise _OddJpegError
        extra = difference if difference > 0 else difference + (1 << category) - 1
        bits.append(spelt[category] + (f"{extra:0{category}b}" if category else ""))
    written = "".join(bits)
    written += "1" * (-len(written) % 8)
    return int(written, 2).to_bytes(len(written) // 8).replace(b"\xff", b"\xff\x00") if written else b""


def _spellings() -> list[str]:
    """The code of each category in DC_TABLE, as digits."""
    code, spelt = 0, []
    for length, count in enumerate(DC_TABLE[:16], start=1):
        for _ in range(count):
            spelt.append(f"{code:0{length}b}")
            code += 1
        code <<= 1
    return spelt


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Marker, body without its length, and coded data after it, of each segment."""
    at = 2
    while data[at : at + 2] != EOI_MARKER:
        if data[at] != 0xFF:
            raise _OddJpegError
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4])
        body, begin = data[at + 4 : end], end
        if marker == SOS:
            while end < len(data) and (data[end] != 0xFF or data[end + 1] == 0):
                end = data.find(b"\xff", end + 1)
                if end < 0:
                    raise _OddJpegError
        yield marker, body, data[begin:end]
        at = end


def _tables(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The DC tables of a segment, by number."""
    at = 0
    while at < len(body):
        length = 17 + sum(body[at + 1 : at + 17])
        if body[at] >> 4 == 0:
            yield body[at] & 15, body[at + 1 : at + length]
        at += length


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body
