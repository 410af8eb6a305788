"""Glyph names of a TrueType font (ISO/IEC 14496-22, 5.2.8): by them some readers find the glyphs of simple fonts."""

import struct
from collections.abc import Mapping

from fontTools.ttLib.standardGlyphOrder import standardGlyphOrder

HEADER_BYTES = 32
VERSION_1, VERSION_2 = 0x00010000, 0x00020000
STANDARD_INDEXES = {name: index for index, name in enumerate(standardGlyphOrder)}


def read_post_names(table: bytes, count: int) -> dict[int, str]:
    """Names by glyph index, so far as they can be read; none of a table that holds none."""
    if len(table) < HEADER_BYTES:
        return {}
    (version,) = struct.unpack_from(">I", table)
    if version == VERSION_1:
        return dict(enumerate(standardGlyphOrder[:count]))
    if version != VERSION_2 or len(table) < HEADER_BYTES + 2:
        return {}
    (named,) = struct.unpack_from(">H", table, HEADER_BYTES)
    named = min(named, (len(table) - HEADER_BYTES - 2) // 2)
    indexes = struct.unpack_from(f">{named}H", table, HEADER_BYTES + 2)
    names = [*standardGlyphOrder, *_strings(table[HEADER_BYTES + 2 + 2 * named :])]
    return {glyph: names[index] for glyph, index in enumerate(indexes[:count]) if index < len(names)}


def write_post(table: bytes, names: Mapping[int, str], count: int) -> bytes:
    """The table as version 2 with these names only; all other glyphs of `count` are called .notdef."""
    indexes, own = [0] * count, bytearray()
    known = dict(STANDARD_INDEXES)
    for glyph, name in sorted(names.items()):
        if name not in known:
            known[name] = len(known)
            written = name.encode("latin-1")
            own += bytes([len(written)]) + written
        indexes[glyph] = known[name]
    return struct.pack(">I", VERSION_2) + table[4:HEADER_BYTES] + struct.pack(f">H{count}H", count, *indexes) + own


def _strings(data: bytes) -> list[str]:
    """Strings that begin with their length in one byte."""
    found, at = [], 0
    while at < len(data):
        found.append(data[at + 1 : at + 1 + data[at]].decode("latin-1"))
        at += 1 + data[at]
    return found
