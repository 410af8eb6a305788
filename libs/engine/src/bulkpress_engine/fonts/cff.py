"""Compact Font Format programs (Adobe Technical Note 5176) with only the glyphs that are shown.

Glyphs go by their names, or by their CIDs, which the subset keeps; only where a composite font shows a program that has
names are glyphs found by their index (ISO 32000-2, 9.7.4.2), and keep it.
"""

import io
import struct
from collections.abc import Iterable, Sequence, Set
from functools import cached_property
from typing import Any

import uharfbuzz as hb
from fontTools.cffLib import CFFFontSet
from fontTools.misc.psCharStrings import T2WidthExtractor
from fontTools.pens.recordingPen import RecordingPen

from bulkpress_engine.fonts.encodings import ENCODINGS, NOTDEF
from bulkpress_engine.fonts.named import codes_of_own_encoding, names_shown
from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.fonts.sfnt import write_sfnt
from bulkpress_engine.fonts.subset import NewProgram, Shown, has_identity_cmap

OPENTYPE_VERSION = 0x4F54544F  # 'OTTO'
STANDARD_ENCODING, EXPERT_ENCODING = 0, 1  # in place of an offset
BLANK_CHARSTRING_BYTES = 12  # a longer one that draws nothing has not been understood
# What fontTools raises for programs that do not follow the format.
MALFORMED = (
    ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError,
    ValueError, struct.error,
)  # fmt: skip


class Compact:
    """A bare CFF program of one font. Raises FontLeftError for what cannot be read."""

    def __init__(self, program: bytes) -> None:
        try:
            self._program = program
            fonts = CFFFontSet()
            fonts.decompile(io.BytesIO(program), None, isCFF2=False)
            (name,) = fonts.fontNames
            self._top: Any = fonts[name]
            self.glyphs: list[str] = list(self._top.charset)  # names, or cid00000, by index
            self.is_cid_keyed = hasattr(self._top, "ROS")
            charstrings = self._top.CharStrings.charStringsIndex
            self._lengths = [len(charstrings[number].bytecode) for number in range(len(charstrings))]
            self._widths = self._private_widths()
        except MALFORMED as error:
            raise FontLeftError(FontKeepReason.DAMAGED) from error
        if len(set(self.glyphs)) != len(self.glyphs):
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
        self.face = hb.Face(_as_opentype(program, len(self.glyphs)))

    @cached_property
    def own_encoding(self) -> Sequence[str]:
        """Glyph names by code, as the program itself has them."""
        place: int = self._top.rawDict.get("Encoding", STANDARD_ENCODING)
        if place == STANDARD_ENCODING:
            return ENCODINGS["/StandardEncoding"]
        if place == EXPERT_ENCODING:
            raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING)
        return _read_encoding(self._program[place:], self.glyphs)

    def outline(self, index: int) -> list[Any]:
        """What a glyph draws. Raises FontLeftError for one that nobody here understands."""
        pen = RecordingPen()
        hb.Font(self.face).draw_glyph_with_pen(index, pen)
        if not pen.value and self._lengths[index] > BLANK_CHARSTRING_BYTES:
            raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
        return list(pen.value)

    def width(self, index: int) -> float:
        """A glyph's advance width. Raises FontLeftError."""
        charstring = self._top.CharStrings[self.glyphs[index]]
        private = charstring.private
        reader = T2WidthExtractor(
            getattr(private, "Subrs", []), charstring.globalSubrs, private.nominalWidthX, private.defaultWidthX
        )
        reader.execute(charstring)
        return float(reader.width)

    def width_origin(self, index: int) -> tuple[float, float]:
        """The widths that a glyph's own is told from (5176, 15): the default, and the nominal one."""
        selector = self._top.FDSelect[index] if self.is_cid_keyed else 0
        return self._widths[selector]

    def _private_widths(self) -> list[tuple[float, float]]:
        fonts = self._top.FDArray if self.is_cid_keyed else [self._top]
        return [(font.Private.defaultWidthX, font.Private.nominalWidthX) for font in fonts]


def subset_compact(program: bytes, shown: Sequence[Shown]) -> NewProgram:
    """Keep the glyphs that `shown` may reach. Raises FontLeftError."""
    old = Compact(program)
    kept = {0}
    for use in shown:
        kept |= _of_cids(old, use) if use.is_composite else _of_codes(old, use)
    keeps_indexes = not old.is_cid_keyed and any(use.is_composite for use in shown)
    new_program = _subset(old, kept, keeps_indexes=keeps_indexes)
    new = Compact(new_program)
    _prove(old, new, kept, shown)
    names = () if new.is_cid_keyed else tuple(name for name in new.glyphs if name != NOTDEF)
    return NewProgram(new_program, len(old.glyphs), len(new.glyphs), {}, names=names)


def _of_cids(font: Compact, use: Shown) -> set[int]:
    """The glyphs of a composite font whose codes are its CIDs."""
    if not has_identity_cmap(use.font):
        raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING)
    if not font.is_cid_keyed:
        return {code for code in use.codes if code < len(font.glyphs)}
    indexes = {name: index for index, name in enumerate(font.glyphs)}
    return {indexes[name] for code in use.codes if (name := f"cid{code:05d}") in indexes}


def _of_codes(font: Compact, use: Shown) -> set[int]:
    """The glyphs of a simple font."""
    if font.is_cid_keyed:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    names = names_shown([use], font.glyphs, font.own_encoding)
    return {index for index, name in enumerate(font.glyphs) if name in names}


def _subset(font: Compact, kept: Iterable[int], *, keeps_indexes: bool) -> bytes:
    request = hb.SubsetInput()
    request.flags = hb.SubsetFlags.GLYPH_NAMES | hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    if keeps_indexes:
        request.flags |= hb.SubsetFlags.RETAIN_GIDS
    request.glyph_set.update(kept)
    try:
        return bytes(request.subset(font.face).reference_table("CFF ").data)
    except RuntimeError as error:
        raise FontLeftError(FontKeepReason.DAMAGED) from error


def _prove(old: Compact, new: Compact, kept: Iterable[int], shown: Sequence[Shown]) -> None:
    """Compare every glyph that is kept, as it is found again. Raises FontLeftError where one differs."""
    indexes = {name: index for index, name in enumerate(new.glyphs)}
    for index in kept:
        again = indexes.get(old.glyphs[index])
        if again is None or old.is_cid_keyed != new.is_cid_keyed:
            raise FontLeftError(FontKeepReason.NOT_PROVEN)
        if new.outline(again) != old.outline(index) or new.width_origin(again) != old.width_origin(index):
            raise FontLeftError(FontKeepReason.NOT_PROVEN)
    if not new.is_cid_keyed:
        prove_encoding(old.own_encoding, set(old.glyphs), new, shown)


def prove_encoding(own_encoding: Sequence[str], glyphs: Set[str], new: Compact, shown: Sequence[Shown]) -> None:
    """Compare what codes mean by the programs' own encodings, the old one's first. Raises FontLeftError."""
    for code in codes_of_own_encoding(shown):
        before, after = own_encoding[code], new.own_encoding[code]
        if after != before and (before in glyphs or after in new.glyphs):
            raise FontLeftError(FontKeepReason.NOT_PROVEN)


def _read_encoding(table: bytes, glyphs: Sequence[str]) -> list[str]:
    """Glyph names by code (5176, 12), code 0 included. Raises FontLeftError for codes of a second kind."""
    if len(table) < 2:
        raise FontLeftError(FontKeepReason.DAMAGED)
    form, count = table[0], table[1]
    names = [NOTDEF] * 256
    if form == 0:
        codes = list(table[2 : 2 + count])
    elif form == 1:
        pairs = zip(table[2 : 2 + 2 * count : 2], table[3 : 3 + 2 * count : 2], strict=True)
        codes = [code for first, left in pairs for code in range(first, first + left + 1)]
    else:  # with supplements, or none of the formats
        raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING)
    for index, code in enumerate(codes, 1):
        if index >= len(glyphs) or code > 255:
            raise FontLeftError(FontKeepReason.DAMAGED)
        names[code] = glyphs[index]
    return names


def _as_opentype(cff: bytes, glyphs: int) -> bytes:
    """The program as an OpenType font with the least that HarfBuzz asks for; its metrics mean nothing."""
    head = struct.pack(">IIIIHH", 0x10000, 0, 0, 0x5F0F3CF5, 0, 1000) + bytes(24) + struct.pack(">HHhhh", 0, 8, 2, 0, 0)
    tables = {
        "CFF ": cff,
        "head": head,
        "hhea": struct.pack(">I", 0x10000) + bytes(30) + struct.pack(">H", 1),
        "hmtx": bytes(4 + 2 * (glyphs - 1)),
        "maxp": struct.pack(">IH", 0x5000, glyphs),
    }
    return write_sfnt(OPENTYPE_VERSION, tables)
