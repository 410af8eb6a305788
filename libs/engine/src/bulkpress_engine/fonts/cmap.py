"""The character maps of a TrueType font (ISO/IEC 14496-22, 5.2.1): read, and written with fewer entries."""

import struct
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError

MAX_MAPS = 32
MAX_CODES = 0x110000
LAST_WORD = 0xFFFF
UNUSED_FORMATS = frozenset({14})  # variation sequences: no PDF names them


@dataclass(frozen=True, slots=True)
class CharacterMap:
    """Glyphs by code for one platform and encoding."""

    platform: int
    encoding: int
    glyphs: Mapping[int, int]


def read_cmap(table: bytes) -> list[CharacterMap]:
    """All maps of the table in their order. Raises FontLeftError for what cannot be read in full."""
    try:
        return _read(table)
    except (struct.error, IndexError) as error:
        raise FontLeftError(FontKeepReason.DAMAGED) from error


def _read(table: bytes) -> list[CharacterMap]:
    (count,) = struct.unpack_from(">H", table, 2)
    if count > MAX_MAPS:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    maps, read = [], dict[int, Mapping[int, int]]()
    for number in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * number)
        (form,) = struct.unpack_from(">H", table, offset)
        if form in UNUSED_FORMATS:
            continue
        if form not in READERS:
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
        if offset not in read:
            read[offset] = READERS[form](table, offset)
        maps.append(CharacterMap(platform, encoding, read[offset]))
    return maps


def _bytes_map(table: bytes, at: int) -> dict[int, int]:
    return {code: glyph for code, glyph in enumerate(struct.unpack_from(">256B", table, at + 6)) if glyph}


def _segments_map(table: bytes, at: int) -> dict[int, int]:
    (doubled,) = struct.unpack_from(">H", table, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", table, at + 14)
    starts = struct.unpack_from(f">{count}H", table, at + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", table, at + 16 + 4 * count)
    ranges_at = at + 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", table, ranges_at)
    glyphs: dict[int, int] = {}
    for number, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(start, end + 1):
            glyph = code
            if offset == LAST_WORD:  # written by old programs for the last segment, and read as nothing
                continue
            if offset:
                place = ranges_at + 2 * number + offset + 2 * (code - start)
                if place + 2 > len(table):
                    continue  # the last segment points anywhere in many fonts
                (glyph,) = struct.unpack_from(">H", table, place)
            if (offset == 0 or glyph) and (mapped := (glyph + delta) & LAST_WORD):
                glyphs.setdefault(code, mapped)
    return glyphs


def _trimmed_map(table: bytes, at: int) -> dict[int, int]:
    first, count = struct.unpack_from(">HH", table, at + 6)
    found = struct.unpack_from(f">{count}H", table, at + 10)
    return {first + place: glyph for place, glyph in enumerate(found) if glyph}


def _groups_map(table: bytes, at: int) -> dict[int, int]:
    (count,) = struct.unpack_from(">I", table, at + 12)
    glyphs: dict[int, int] = {}
    for number in range(count):
        start, end, glyph = struct.unpack_from(">III", table, at + 16 + 12 * number)
        if end >= MAX_CODES or len(glyphs) + end - start > MAX_CODES:
            raise FontLeftError(FontKeepReason.DAMAGED)
        glyphs.update({code: glyph + code - start for code in range(start, end + 1)})
    return glyphs


READERS = {0: _bytes_map, 4: _segments_map, 6: _trimmed_map, 12: _groups_map}


def write_cmap(maps: Sequence[CharacterMap], kept: Set[int]) -> bytes:
    """The table with the same maps, each with only the entries that lead to glyphs that are kept."""
    directory, body = struct.pack(">HH", 0, len(maps)), bytearray()
    written: dict[bytes, int] = {}
    for one in maps:
        data = _written_map({code: glyph for code, glyph in sorted(one.glyphs.items()) if glyph in kept})
        if data not in written:
            written[data] = 4 + 8 * len(maps) + len(body)
            body += data
        directory += struct.pack(">HHI", one.platform, one.encoding, written[data])
    return directory + bytes(body)


def _written_map(glyphs: Mapping[int, int]) -> bytes:
    """One map in the shortest of the formats that every reader knows."""
    if any(code > LAST_WORD for code in glyphs):
        groups = b"".join(struct.pack(">III", first, last, glyphs[first]) for first, last in _runs(glyphs))
        return struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(groups) // 12) + groups
    if glyphs and max(glyphs) < 256:
        first, last = min(glyphs), max(glyphs)
        found = [glyphs.get(code, 0) for code in range(first, last + 1)]
        return struct.pack(f">HHHHH{len(found)}H", 6, 10 + 2 * len(found), 0, first, len(found), *found)
    runs = [*_runs(glyphs), (LAST_WORD, LAST_WORD)] if LAST_WORD not in glyphs else _runs(glyphs)
    deltas = [(glyphs.get(first, 0) - first) & LAST_WORD if first in glyphs else 1 for first, _ in runs]
    count = len(runs)
    search = 1 << (count.bit_length() - 1)
    return struct.pack(
        f">HHHHHHH{count}HH{count}H{count}H{count}H",
        *(4, 16 + 8 * count, 0, 2 * count, 2 * search, search.bit_length() - 1, 2 * (count - search)),
        *(last for _, last in runs),
        0,
        *(first for first, _ in runs),
        *deltas,
        *([0] * count),
    )


def _runs(glyphs: Mapping[int, int]) -> list[tuple[int, int]]:
    """First and last codes of runs in which code and glyph grow together; codes come sorted."""
    runs: list[tuple[int, int]] = []
    for code, glyph in glyphs.items():
        if runs and code == runs[-1][1] + 1 and glyph == glyphs[runs[-1][1]] + 1:
            runs[-1] = (runs[-1][0], code)
        else:
            runs.append((code, code))
    return runs
