"""The glyphs of a TrueType font (ISO/IEC 14496-22, 5.3): taken over byte for byte, those not asked for left empty."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.fonts.sfnt import Sfnt

WORD_ARGUMENTS, SCALE, MORE, XY_SCALE, TWO_BY_TWO = 0x0001, 0x0008, 0x0020, 0x0040, 0x0080  # flags of components
SHORT_LOCA_BYTES = 2 * 0xFFFF


@dataclass(frozen=True, slots=True)
class GlyphTables:
    """Outlines and metrics by glyph index."""

    glyf: bytes
    offsets: Sequence[int]  # one more than there are glyphs
    metrics: bytes  # hmtx
    long_metrics: int  # how many glyphs have an advance width of their own

    @property
    def count(self) -> int:
        """How many glyphs the font has."""
        return len(self.offsets) - 1

    def outline(self, glyph: int) -> bytes:
        """The data of one glyph. Raises FontLeftError where it is not all there."""
        start, end = self.offsets[glyph], self.offsets[glyph + 1]
        if not 0 <= start <= end <= len(self.glyf):
            raise FontLeftError(FontKeepReason.DAMAGED)
        return self.glyf[start:end]

    def advance_and_bearing(self, glyph: int) -> tuple[int, int]:
        """Advance width and left side bearing in font units (hmtx)."""
        advance = min(glyph, self.long_metrics - 1)
        at = 4 * glyph if glyph < self.long_metrics else 4 * self.long_metrics + 2 * (glyph - self.long_metrics)
        bearing_at = at + 2 if glyph < self.long_metrics else at
        if bearing_at + 2 > len(self.metrics):
            raise FontLeftError(FontKeepReason.DAMAGED)
        (width,) = struct.unpack_from(">H", self.metrics, 4 * advance)
        (bearing,) = struct.unpack_from(">h", self.metrics, bearing_at)
        return width, bearing


def read_glyphs(font: Sfnt) -> GlyphTables:
    """Read loca, glyf and hmtx. Raises FontLeftError."""
    (count,) = struct.unpack_from(">H", font.table("maxp", 6), 4)
    (is_long,) = struct.unpack_from(">h", font.table("head", 54), 50)
    (long_metrics,) = struct.unpack_from(">H", font.table("hhea", 36), 34)
    loca, size = font.table("loca"), 4 if is_long else 2
    if count == 0 or long_metrics == 0 or len(loca) < size * (count + 1):
        raise FontLeftError(FontKeepReason.DAMAGED)
    offsets = struct.unpack_from(f">{count + 1}{'I' if is_long else 'H'}", loca)
    return GlyphTables(
        font.table("glyf"),
        offsets if is_long else [2 * offset for offset in offsets],
        font.table("hmtx"),
        min(long_metrics, count),
    )


def with_components(tables: GlyphTables, glyphs: Iterable[int]) -> set[int]:
    """The glyphs, with all that they are composed of. Those that the font has not are left out."""
    found: set[int] = set()
    pending = [glyph for glyph in glyphs if glyph < tables.count]
    while pending:
        glyph = pending.pop()
        if glyph not in found:
            found.add(glyph)
            pending += _components(tables.outline(glyph), tables.count)
    return found


def _components(outline: bytes, count: int) -> list[int]:
    """The glyphs that a composite glyph is made of; none for a simple one."""
    if len(outline) < 12 or struct.unpack_from(">h", outline)[0] >= 0:
        return []
    found, at, flags = [], 10, MORE
    while flags & MORE:
        if at + 4 > len(outline):
            raise FontLeftError(FontKeepReason.DAMAGED)
        flags, glyph = struct.unpack_from(">HH", outline, at)
        if glyph >= count:
            raise FontLeftError(FontKeepReason.DAMAGED)
        found.append(glyph)
        at += 8 if flags & WORD_ARGUMENTS else 6
        at += 2 if flags & SCALE else 4 if flags & XY_SCALE else 8 if flags & TWO_BY_TWO else 0
    return found


def written_glyphs(tables: GlyphTables, kept: set[int]) -> dict[str, bytes]:
    """The tables glyf, loca and hmtx with these glyphs at their old indexes, and nothing behind the last."""
    count = max(kept) + 1
    glyf, offsets = bytearray(), [0]
    for glyph in range(count):
        if glyph in kept:
            outline = tables.outline(glyph)
            glyf += outline + bytes(-len(outline) % 2)
        offsets.append(len(glyf))
    is_long = len(glyf) > SHORT_LOCA_BYTES
    loca = struct.pack(
        f">{count + 1}{'I' if is_long else 'H'}", *(offset if is_long else offset // 2 for offset in offsets)
    )
    return {"glyf": bytes(glyf) or bytes(2), "loca": loca, "hmtx": _written_metrics(tables, kept, count)}


def _written_metrics(tables: GlyphTables, kept: set[int], count: int) -> bytes:
    """Metrics of the kept glyphs. The last advance width also holds for those behind it, so it stays."""
    long_metrics = min(tables.long_metrics, count)
    data = bytearray()
    for glyph in range(count):
        is_last_advance = glyph == long_metrics - 1 and count > long_metrics
        advance, bearing = tables.advance_and_bearing(glyph) if glyph in kept or is_last_advance else (0, 0)
        data += struct.pack(">Hh", advance, bearing) if glyph < long_metrics else struct.pack(">h", bearing)
    return bytes(data)
