"""The container of TrueType and OpenType fonts (ISO/IEC 14496-22, 4): tables by name."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError

TRUETYPE_VERSIONS = frozenset({0x00010000, 0x74727565})  # 1.0 and 'true'
CHECKSUM_MAGIC = 0xB1B0AFBA
MAX_TABLES = 64


@dataclass(frozen=True, slots=True)
class Sfnt:
    """A font's tables and its version."""

    version: int
    tables: Mapping[str, bytes]

    def table(self, name: str, at_least_bytes: int = 0) -> bytes:
        """A table that must be there. Raises FontLeftError."""
        data = self.tables.get(name, b"")
        if len(data) < max(at_least_bytes, 1):
            raise FontLeftError(FontKeepReason.DAMAGED)
        return data


def read_sfnt(program: bytes) -> Sfnt:
    """Read the table directory. Raises FontLeftError for what is no single TrueType font or is damaged."""
    if len(program) < 12:
        raise FontLeftError(FontKeepReason.DAMAGED)
    version, count = struct.unpack_from(">IH", program)
    if version not in TRUETYPE_VERSIONS or count > MAX_TABLES:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    if len(program) < 12 + 16 * count:
        raise FontLeftError(FontKeepReason.DAMAGED)
    tables: dict[str, bytes] = {}
    for number in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", program, 12 + 16 * number)
        name = tag.decode("latin-1")
        if name in tables:
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
        tables[name] = program[offset : offset + length]
    return Sfnt(version, tables)


def write_sfnt(version: int, tables: Mapping[str, bytes]) -> bytes:
    """The tables as a font file, `head` with the right checkSumAdjustment."""
    head = tables["head"]
    tables = {**tables, "head": head[:8] + bytes(4) + head[12:]}
    names = sorted(tables)
    search = 1 << (len(names).bit_length() - 1)
    directory = struct.pack(
        ">IHHHH", version, len(names), 16 * search, search.bit_length() - 1, 16 * (len(names) - search)
    )
    body, offset = bytearray(), 12 + 16 * len(names)
    for name in names:
        data = tables[name]
        directory += struct.pack(">4sIII", name.encode("latin-1"), _checksum(data), offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    font = bytearray(directory + body)
    head_at = 12 + 16 * len(names) + sum(len(tables[name]) + -len(tables[name]) % 4 for name in names if name < "head")
    struct.pack_into(">I", font, head_at + 8, (CHECKSUM_MAGIC - _checksum(bytes(font))) & 0xFFFFFFFF)
    return bytes(font)


def _checksum(data: bytes) -> int:
    """The sum of a table's 32-bit words."""
    padded = data + bytes(-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF
