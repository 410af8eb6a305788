"""Which glyphs a code of a simple font may mean: by name and by character (ISO 32000-2, 9.6.5 and Annex D)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fontTools.agl import UV2AGL, toUnicode
from fontTools.encodings.MacRoman import MacRoman
from fontTools.encodings.StandardEncoding import StandardEncoding
from pikepdf import Array, Dictionary, Name, Object

from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError
from bulkpress_engine.objects import spelt

NOTDEF = ".notdef"
MAC_EURO = 0xDB
ESCAPED = re.compile("#([0-9A-Fa-f]{2})")


def _win_ansi() -> list[str]:
    characters = [bytes([code]).decode("cp1252", "replace") for code in range(256)]
    names = [UV2AGL.get(ord(character), NOTDEF) for character in characters]
    # All unused codes above 40 octal show a bullet; these two are a space and a hyphen (Annex D.2, notes 3 to 6).
    filled = [name if name != NOTDEF or code <= 0o40 else "bullet" for code, name in enumerate(names)]
    return [{0xA0: "space", 0xAD: "hyphen"}.get(code, name) for code, name in enumerate(filled)]


ENCODINGS: Mapping[str, Sequence[str]] = {
    "/StandardEncoding": StandardEncoding,
    "/WinAnsiEncoding": _win_ansi(),
    "/MacRomanEncoding": MacRoman,
}
# Characters that older lists of glyph names, and so readers, take for one another.
ALIKE = {
    one: other
    for pair in ((0x20, 0xA0), (0x2D, 0xAD), (0xAF, 0x2C9), (0xB5, 0x3BC), (0xB7, 0x2219), (0x394, 0x2206),
                 (0x3A9, 0x2126), (0x2044, 0x2215), (0x162, 0x21A), (0x163, 0x21B))
    for one, other in (pair, pair[::-1])
}  # fmt: skip
MAC_CODES = {name: code for code, name in enumerate(MacRoman) if name != NOTDEF}


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a font dictionary says of its codes."""

    base: str | None  # one of ENCODINGS; None for the font program's own
    differences: dict[int, str]

    def names(self, code: int) -> set[str]:
        """The names that readers may look up for a code, by this encoding or where they find nothing."""
        if code in self.differences:
            return {self.differences[code]}
        bases = [self.base] if self.base else list(ENCODINGS)
        found = {ENCODINGS[base][code] for base in bases} - {NOTDEF}
        # On a Macintosh the Euro has taken the place of the currency sign; in PDF it has not (Annex D.2, note 1).
        return found | ({"currency", "Euro"} if code == MAC_EURO and "/MacRomanEncoding" in bases else set())


def read_encoding(font: Dictionary) -> Encoding:
    """The /Encoding of a simple font. Raises FontLeftError for one that is none of the standard's."""
    encoding = font.get(Name.Encoding)
    if not isinstance(encoding, Dictionary):
        return Encoding(_base(encoding), {})
    return Encoding(_base(encoding.get(Name.BaseEncoding)), dict(_differences(encoding.get(Name.Differences))))


def _base(name: Object | None) -> str | None:
    if name is None:
        return None
    if not isinstance(name, Name) or spelt(name) not in ENCODINGS:
        raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING)
    return spelt(name)


def _differences(items: Object | None) -> Iterable[tuple[int, str]]:
    code = 0
    for item in list(items) if isinstance(items, Array) else []:
        if isinstance(item, Name):
            yield code, _glyph_name(item)
            code += 1
        else:
            code = _code(item)


def _code(item: object) -> int:
    if not isinstance(item, int):
        raise FontLeftError(FontKeepReason.UNUSUAL_ENCODING)
    return item


def _glyph_name(name: Name) -> str:
    """A name without its slash and its escapes, one character to the byte, as font programs are read here."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), name.unparse().decode("latin-1")).removeprefix("/")


def characters(name: str) -> set[int]:
    """The characters that a glyph name stands for (Adobe Glyph List and its rules); more than one for none."""
    text = toUnicode(name)
    if len(text) != 1:
        return set()
    return {ord(text), ALIKE.get(ord(text), ord(text))}
