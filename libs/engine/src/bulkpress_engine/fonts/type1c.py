"""Type 1 programs turned into CFF, which says the same in half the bytes, with only the glyphs that are shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fontTools.cffLib.specializer import specializeProgram
from fontTools.cffLib.width import optimizeWidths
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T1CharString, T2CharString
from fontTools.pens.recordingPen import DecomposingRecordingPen

from bulkpress_engine.fonts.cff import MALFORMED, Compact, prove_encoding
from bulkpress_engine.fonts.encodings import NOTDEF
from bulkpress_engine.fonts.named import codes_of_own_encoding, names_shown
from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.fonts.subset import NewProgram, Shown
from bulkpress_engine.fonts.type1 import Type1, read_type1
from bulkpress_engine.fonts.type1_charstrings import Glyph, read_glyph

UNITS = 1000
PLACES = 2  # a hundredth of a unit: both formats keep fractions, and round them differently


def compact_type1(program: bytes, shown: Sequence[Shown]) -> NewProgram:
    """The font as bare CFF, for a FontFile3 of subtype Type1C. Raises FontLeftError."""
    font = read_type1(program)
    glyphs = _with_components(font, names_shown(shown, list(font.glyphs), font.own_encoding) | {NOTDEF})
    codes = codes_of_own_encoding(shown)
    encoding = {code: name for code in sorted(codes) if (name := font.own_encoding[code]) in glyphs and name != NOTDEF}
    # An encoding of CFF goes through the glyphs in their order (5176, 12), so those with a code stand first.
    order = list(dict.fromkeys([NOTDEF, *encoding.values(), *sorted(glyphs)]))
    try:
        data = _written(font, {name: glyphs[name] for name in order}, encoding)
        new = Compact(data)
        _prove(font, new, shown)
    except MALFORMED as error:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM) from error
    names = tuple(name for name in order if name != NOTDEF)
    return NewProgram(data, len(font.glyphs), len(order), {}, "/Type1C", names)


def _with_components(font: Type1, names: set[str]) -> dict[str, Glyph]:
    """The glyphs, and those that accented ones are composed of."""
    glyphs: dict[str, Glyph] = {}
    pending = sorted(names)
    while pending:
        name = pending.pop()
        if name in glyphs:
            continue
        if name not in font.glyphs:
            raise FontLeftError(FontKeepReason.DAMAGED)
        glyphs[name] = read_glyph(font.glyphs[name], font.subrs)
        if accented := glyphs[name].accented:
            pending += [StandardEncoding[code] for code in (accented.base, accented.accent)]
    return glyphs


def _written(font: Type1, glyphs: Mapping[str, Glyph], encoding: Mapping[int, str]) -> bytes:
    default, nominal = _width_origin([glyph.width for glyph in glyphs.values()])
    charstrings = {
        name: T2CharString(program=specializeProgram(glyph.program(default, nominal), preserveTopology=True))
        for name, glyph in glyphs.items()
    }
    builder = FontBuilder(UNITS, isTTF=False)
    builder.font.recalcBBoxes = False
    builder.setupGlyphOrder(list(glyphs))
    private = {**font.private, "defaultWidthX": default, "nominalWidthX": nominal}
    facts = {"FontBBox": list(font.box), "FontMatrix": list(font.matrix)}
    builder.setupCFF(font.name, facts, charstrings, private)
    table = builder.font["CFF "]
    if any(name != StandardEncoding[code] for code, name in encoding.items()):
        table.cff[0].Encoding = [encoding.get(code, NOTDEF) for code in range(256)]
    written: bytes = table.compile(builder.font)
    return written


def _width_origin(widths: Sequence[float]) -> tuple[float, float]:
    """The widths from which those of glyphs are told in the fewest bytes: the default one, and the nominal one."""
    if all(width == int(width) for width in widths):
        default, nominal = optimizeWidths([int(width) for width in widths])
        return default, nominal
    return Counter(widths).most_common(1)[0][0], 0


def _prove(font: Type1, new: Compact, shown: Sequence[Shown]) -> None:
    """Draw every glyph as it was and as it is, by programs that are not this one. Raises FontLeftError."""
    subrs = [T1CharString(data) for data in font.subrs]
    old = {name: T1CharString(data, subrs=subrs) for name, data in font.glyphs.items()}
    for index, name in enumerate(new.glyphs):
        pen = DecomposingRecordingPen(old)
        old[name].draw(pen)
        if _contours(pen.value) != _contours(new.outline(index)):
            raise FontLeftError(FontKeepReason.NOT_PROVEN)
        if round(old[name].width, PLACES) != round(new.width(index), PLACES):
            raise FontLeftError(FontKeepReason.NOT_PROVEN)
    prove_encoding(font.own_encoding, set(font.glyphs), new, shown)


def _contours(drawn: Sequence[Any]) -> list[list[Any]]:
    """What was drawn, contour by contour, without lines that lead nowhere or only back to the start."""
    contours: list[list[Any]] = []
    for operator, points in drawn:
        rounded = [tuple(round(number, PLACES) + 0.0 for number in point) for point in points]
        if operator == "moveTo":
            contours.append(rounded)
        elif rounded and not (len(rounded) == 1 and rounded[0] == contours[-1][-1][-2:]):
            contours[-1].append(sum(rounded, ()) if len(rounded) > 1 else rounded[0])
    for contour in contours:
        if len(contour) > 1 and contour[-1] == contour[0]:
            contour.pop()
    return [contour for contour in contours if len(contour) > 1]
