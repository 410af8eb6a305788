"""Font programs, made of glyphs that no two are alike: TrueType, bare CFF with names and with CIDs.

Every program has the glyphs of GLYPHS at these indexes: .notdef, space, A to Z, a to z, and Aacute, which a TrueType
font composes of A and acute.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from fontTools.cffLib import CFFFontSet, FDArrayIndex, FDSelect, FontDict
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import cmap_format_0, cmap_format_4

UPPER = [chr(ord("A") + place) for place in range(26)]
LOWER = [chr(ord("a") + place) for place in range(26)]
GLYPHS = [".notdef", "space", *UPPER, *LOWER, "acute", "Aacute"]
CHARACTERS = {ord(name): name for name in [*UPPER, *LOWER]} | {32: "space", 0xB4: "acute", 0xC1: "Aacute"}
EM = 1000


def corners(index: int, *, teeth: int = 24) -> list[tuple[int, int]]:
    """A jagged shape that is one glyph's alone: a saw whose teeth tell its index."""
    heights = [700 if (index >> (tooth % 6)) & 1 else 350 for tooth in range(teeth)]
    saw = [(50 + 35 * tooth, height - 7 * tooth) for tooth, height in enumerate(heights)]
    return [(50, 0), *saw, (50 + 35 * teeth, 0)]


def _draw(pen: Any, index: int) -> None:
    if GLYPHS[index] == "space":
        return
    first, *others = corners(index)
    pen.moveTo(first)
    for corner in others:
        pen.lineTo(corner)
    pen.closePath()


def true_type(
    maps: Mapping[tuple[int, int], Mapping[int, str]] | None = None, *, post_names: bool = True, layout_bytes: int = 0
) -> bytes:
    """A TrueType font. `maps` are its character maps by platform and encoding: (3, 1) with CHARACTERS unless given.

    `layout_bytes` is the size of a table that no reader of PDFs looks at.
    """
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(GLYPHS)
    glyphs: dict[str, Any] = {}
    for index, name in enumerate(GLYPHS):
        pen = TTGlyphPen(glyphs)
        if name == "Aacute":
            pen.addComponent("A", (1, 0, 0, 1, 0, 0))
            pen.addComponent("acute", (1, 0, 0, 1, 40, 300))
        else:
            _draw(pen, index)
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (600 + 5 * index, 50) for index, name in enumerate(GLYPHS)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Factory", "styleName": "Regular"})
    builder.setupCharacterMap({})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=post_names)
    font = builder.font
    font["cmap"].tables = [_map(*key, codes) for key, codes in (maps or {(3, 1): CHARACTERS}).items()]
    if layout_bytes:
        font["name"].setName("x" * layout_bytes, 10, 3, 1, 0x409)
    return _saved(font)


def _map(platform: int, encoding: int, codes: Mapping[int, str]) -> Any:
    table = cmap_format_0(0) if platform == 1 else cmap_format_4(4)
    table.platformID, table.platEncID, table.language = platform, encoding, 0
    table.cmap = dict(codes)
    return table


def compact(*, cid_keyed: bool = False, first_cid: int = 100) -> bytes:
    """A bare CFF font (CFF is also what a FontFile3 of subtype Type1C holds).

    CIDs begin at `first_cid` for the glyph after .notdef, so that they are not indexes.
    """
    builder = FontBuilder(EM, isTTF=False)
    builder.setupGlyphOrder(GLYPHS)
    charstrings = {}
    for index, name in enumerate(GLYPHS):
        pen = T2CharStringPen(600 + 5 * index, {})
        _draw(pen, index)
        charstrings[name] = pen.getCharString()
    builder.setupCFF("Factory", {}, charstrings, {})
    program = builder.font["CFF "].compile(builder.font)
    return _with_cids(program, first_cid) if cid_keyed else program


def _with_cids(program: bytes, first_cid: int) -> bytes:
    """The same font, CID-keyed (Adobe Technical Note 5176, 18)."""
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(program), None, isCFF2=False)
    top = fonts[0]
    strings = top.CharStrings
    names = list(top.charset)
    cids = [".notdef", *(f"cid{first_cid + place:05d}" for place in range(len(names) - 1))]
    charstrings = [strings[name] for name in names]
    font_dict = FontDict(strings=fonts.strings, file=None, offset=None, GlobalSubrs=fonts.GlobalSubrs)
    font_dict.Private = top.Private
    top.FDArray = FDArrayIndex()
    top.FDArray.append(font_dict)
    top.FDSelect = FDSelect(format=3)
    top.FDSelect.gidArray = [0] * len(names)
    strings.fdArray, strings.fdSelect = top.FDArray, top.FDSelect
    strings.charStrings = {cid: index for index, cid in enumerate(cids)}
    for charstring in charstrings:
        charstring.private = top.Private
    top.charset, top.ROS, top.CIDCount = cids, ("Adobe", "Identity", 0), first_cid + len(names)
    del top.Private
    buffer = io.BytesIO()
    fonts.compile(buffer, TTFont(recalcBBoxes=False), isCFF2=False)
    return buffer.getvalue()


def _saved(font: TTFont) -> bytes:
    font["head"].created = font["head"].modified = 0
    font.recalcTimestamp = False
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def pairs(codes: Sequence[int]) -> bytes:
    """Codes of two bytes as a hexadecimal string for content."""
    return b"<" + b"".join(code.to_bytes(2, "big") for code in codes).hex().encode() + b">"
