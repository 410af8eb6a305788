"""Type 1 programs (Adobe Type 1 Font Format) as they stand in PDF (ISO 32000-2, 9.9.1): read, not run.

The format is a PostScript program. What is looked for is written by every font tool in the same few ways; a program
that is written otherwise, or has several masters, is left alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.misc.eexec import decrypt

from bulkpress_engine.fonts.encodings import NOTDEF
from bulkpress_engine.fonts.reasons import FontKeepReason, FontLeftError

EEXEC_KEY, CHARSTRING_KEY = 55665, 4330
RANDOM_BYTES = 4  # in front of what is encrypted, unless /lenIV says otherwise
UNNAMED = "Unnamed"
MAX_GLYPHS = 65_535
STRANGE = re.compile(rb"/WeightVector|/BlendDesignPositions|/PaintType\s+[1-9]|/StrokeWidth\s+[1-9]")
FONT_MATRIX = re.compile(rb"/FontMatrix\s*\[([^\]]*)\]")
FONT_NAME = re.compile(rb"/FontName\s*/([^\s/\[\](){}<>%]+)")
BOX = re.compile(rb"/FontBBox\s*[\[{]\s*(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)")
LEN_IV = re.compile(rb"/lenIV\s+(-?\d+)")
SUBRS = re.compile(rb"/Subrs\s+(\d+)\s+array\s*")
SUBR = re.compile(rb"\s*dup\s+(\d+)\s+(\d+)\s+\S+ ")
AFTER_SUBR = re.compile(rb"\s*(?:NP|\||(?:noaccess\s+|readonly\s+)?put)")
CHARSTRINGS = re.compile(rb"/CharStrings\s+\d+\s+dict\s+dup\s+begin\s*")
CHARSTRING = re.compile(rb"\s*/([^\s/]+)\s+(\d+)\s+\S+ ")
AFTER_CHARSTRING = re.compile(rb"\s*(?:ND|\|-|(?:noaccess\s+|readonly\s+)?def)")
ENCODED = re.compile(rb"dup\s+(\d+)\s*/([^\s/]+)\s+put")
PRIVATE_LISTS = ("BlueValues", "OtherBlues", "FamilyBlues", "FamilyOtherBlues", "StemSnapH", "StemSnapV")
PRIVATE_NUMBERS = ("BlueScale", "BlueShift", "BlueFuzz", "LanguageGroup", "ExpansionFactor")
PRIVATE_LISTS_OF_ONE = ("StdHW", "StdVW")


@dataclass(frozen=True, slots=True)
class Type1:
    """A Type 1 font of one master."""

    name: str
    glyphs: Mapping[str, bytes]  # charstrings, decrypted, by glyph name
    subrs: Sequence[bytes]
    own_encoding: Sequence[str]  # glyph names by code
    private: Mapping[str, object]  # hints for the whole font, as CFF has them too
    matrix: tuple[float, ...]
    box: tuple[float, ...]


def read_type1(program: bytes) -> Type1:
    """Read a font program. Raises FontLeftError."""
    clear, _, rest = _joined(program).partition(b"eexec")
    matrix = FONT_MATRIX.search(clear)
    if not rest or STRANGE.search(clear) or not matrix:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    private = _decrypted(rest)
    length = LEN_IV.search(private)
    skipped = int(length[1]) if length else RANDOM_BYTES
    name, box = FONT_NAME.search(clear), BOX.search(clear)
    return Type1(
        name=name[1].decode("latin-1") if name else UNNAMED,
        glyphs={glyph: _plain(data, skipped) for glyph, data in _charstrings(private).items()},
        subrs=[_plain(data, skipped) for data in _subrs(private)],
        own_encoding=_encoding(clear),
        private=_private(private),
        matrix=tuple(_number(written) for written in matrix[1].split()),
        box=tuple(float(number) for number in box.groups()) if box else (0.0, 0.0, 0.0, 0.0),
    )


def _joined(program: bytes) -> bytes:
    """The program without the segment headers that it has outside PDF."""
    parts, at = [], 0
    while program[at : at + 1] == b"\x80" and program[at + 1 : at + 2] in {b"\x01", b"\x02"}:
        length = int.from_bytes(program[at + 2 : at + 6], "little")
        parts.append(program[at + 6 : at + 6 + length])
        at += 6 + length
    return b"".join(parts) or program


def _decrypted(rest: bytes) -> bytes:
    """The encrypted portion, which may be written in binary or in hexadecimal (7.2)."""
    data = rest.lstrip(b"\r\n\t ") if rest[:1] in b"\r\n\t " else rest
    if re.fullmatch(rb"[0-9A-Fa-f\s]{8}", data[:8]):
        digits = re.sub(rb"\s+", b"", data)
        plain = re.match(rb"(?:[0-9A-Fa-f]{2})*", digits)
        data = bytes.fromhex(plain[0].decode()) if plain else b""
    return bytes(decrypt(data, EEXEC_KEY)[0])[RANDOM_BYTES:]


def _plain(charstring: bytes, skipped: int) -> bytes:
    return charstring if skipped < 0 else bytes(decrypt(charstring, CHARSTRING_KEY)[0])[skipped:]


def _subrs(private: bytes) -> list[bytes]:
    starts = list(SUBRS.finditer(private))
    if not starts:
        return []
    if len(starts) > 1 or int(starts[0][1]) > MAX_GLYPHS:  # several sets, for several resolutions
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    found, at = [b""] * int(starts[0][1]), starts[0].end()
    while match := SUBR.match(private, at):
        number, end = int(match[1]), match.end() + int(match[2])
        if number >= len(found):
            raise FontLeftError(FontKeepReason.DAMAGED)
        found[number] = private[match.end() : end]
        at = _after(AFTER_SUBR, private, end)
    return found


def _charstrings(private: bytes) -> dict[str, bytes]:
    starts = list(CHARSTRINGS.finditer(private))
    if len(starts) != 1:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    found: dict[str, bytes] = {}
    at = starts[0].end()
    while match := CHARSTRING.match(private, at):
        end = match.end() + int(match[2])
        found.setdefault(match[1].decode("latin-1"), private[match.end() : end])
        at = _after(AFTER_CHARSTRING, private, end)
    if NOTDEF not in found or len(found) > MAX_GLYPHS:
        raise FontLeftError(FontKeepReason.DAMAGED)
    return found


def _after(ending: re.Pattern[bytes], private: bytes, at: int) -> int:
    match = ending.match(private, at)
    if match is None:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    return match.end()


def _encoding(clear: bytes) -> list[str]:
    start = clear.find(b"/Encoding")
    if start < 0:
        raise FontLeftError(FontKeepReason.UNUSUAL_PROGRAM)
    if re.match(rb"/Encoding\s+StandardEncoding\s+def", clear[start : start + 64]):
        return list(StandardEncoding)
    names = [NOTDEF] * 256
    for code, name in ENCODED.findall(clear, start):
        if int(code) > 255:
            raise FontLeftError(FontKeepReason.DAMAGED)
        names[int(code)] = name.decode("latin-1")
    return names


def _private(private: bytes) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in (*PRIVATE_LISTS, *PRIVATE_LISTS_OF_ONE):
        match = re.search(rb"/" + name.encode() + rb"\s*[\[{]([-\d.\s]*)[\]}]", private)
        numbers = [_number(written) for written in match[1].split()] if match else []
        if numbers:
            found[name] = numbers[0] if name in PRIVATE_LISTS_OF_ONE else numbers
    for name in PRIVATE_NUMBERS:
        match = re.search(rb"/" + name.encode() + rb"\s+(-?[\d.]+)", private)
        if match:
            found[name] = _number(match[1])
    if re.search(rb"/ForceBold\s+true", private):
        found["ForceBold"] = 1
    return found


def _number(written: bytes) -> float:
    try:
        value = float(written)
    except ValueError as error:
        raise FontLeftError(FontKeepReason.DAMAGED) from error
    return int(value) if value.is_integer() else value
