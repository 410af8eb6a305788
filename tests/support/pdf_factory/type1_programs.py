"""Type 1 font programs as PDF holds them (ISO 32000-2, 9.9.1), with all that fonts do: flex, hint replacement, seac.

The glyphs are those of `font_programs`, in the same shapes; B has flex, C new hints on its way, D a width in tenths,
and Aacute is composed of A and acute.
"""

from collections.abc import Iterable, Mapping

from fontTools.misc.eexec import encrypt

from tests.support.pdf_factory.font_programs import GLYPHS, corners

OPERATORS = {
    "hstem": [1], "vstem": [3], "vmoveto": [4], "rlineto": [5], "hlineto": [6], "vlineto": [7], "rrcurveto": [8],
    "closepath": [9], "callsubr": [10], "return": [11], "hsbw": [13], "endchar": [14], "rmoveto": [21], "hmoveto": [22],
    "vhcurveto": [30], "hvcurveto": [31], "dotsection": [12, 0], "seac": [12, 6], "div": [12, 12],
    "callothersubr": [12, 16], "pop": [12, 17], "setcurrentpoint": [12, 33],
}  # fmt: skip
SUBRS = [
    "3 0 callothersubr pop pop setcurrentpoint return",
    "0 1 callothersubr return",
    "0 2 callothersubr return",
    "return",
    "0 20 hstem 30 40 vstem return",
]
FLEX = (
    "1 callsubr 50 0 rmoveto 2 callsubr -30 0 rmoveto 2 callsubr 10 5 rmoveto 2 callsubr 20 5 rmoveto 2 callsubr "
    "20 0 rmoveto 2 callsubr 10 -5 rmoveto 2 callsubr 20 -5 rmoveto 2 callsubr 50 {x} {y} 0 callsubr"
)
BEARING = 50


def type1(*, encoding: Mapping[int, str] | None = None, in_hexadecimal: bool = False, skipped: int = 4) -> bytes:
    """A font program; in StandardEncoding unless `encoding` has names by code. `skipped` is its /lenIV."""
    clear = (
        b"%!PS-AdobeFont-1.0: Factory 1.0\n11 dict begin\n/FontName /Factory def\n/PaintType 0 def\n/FontType 1 def\n"
        b"/FontMatrix [0.001 0 0 0.001 0 0] readonly def\n/FontBBox {0 -200 1000 800} readonly def\n"
        + _encoding(encoding)
        + b"currentdict end\ncurrentfile eexec\n"
    )
    encrypted = bytes(encrypt(b"\0\1\2\3" + _private(skipped), 55665)[0])
    body = encrypted.hex().encode() if in_hexadecimal else encrypted
    return clear + body + b"\n" + (b"0" * 64 + b"\n") * 8 + b"cleartomark\n"


def _encoding(encoding: Mapping[int, str] | None) -> bytes:
    if encoding is None:
        return b"/Encoding StandardEncoding def\n"
    entries = "".join(f"dup {code} /{name} put\n" for code, name in encoding.items())
    return f"/Encoding 256 array\n0 1 255 {{1 index exch /.notdef put}} for\n{entries}readonly def\n".encode()


def _private(skipped: int) -> bytes:
    subrs = b"".join(b"dup %d %s NP\n" % (number, _counted(code, skipped)) for number, code in enumerate(SUBRS))
    glyphs = b"".join(
        b"/%s %s ND\n" % (name.encode(), _counted(_glyph(index, name), skipped)) for index, name in enumerate(GLYPHS)
    )
    return (
        b"dup /Private 9 dict dup begin\n/RD {string currentfile exch readstring pop} executeonly def\n"
        b"/ND {noaccess def} executeonly def\n/NP {noaccess put} executeonly def\n"
        b"/BlueValues [-15 0 700 715] def\n/StdHW [40] def\n/StdVW [60] def\n/password 5839 def\n"
        b"/lenIV %d def\n/Subrs %d array\n%sND\n2 index /CharStrings %d dict dup begin\n%send\nend\nreadonly put\n"
        b"noaccess put\ndup/FontName get exch definefont pop\nmark currentfile closefile\n"
        % (skipped, len(SUBRS), subrs, len(GLYPHS), glyphs)
    )


def _counted(code: str, skipped: int) -> bytes:
    data = bytes(encrypt(bytes(skipped) + charstring(code.split()), 4330)[0])
    return b"%d RD " % len(data) + data


def charstring(tokens: Iterable[str]) -> bytes:
    """A charstring from its numbers and operators (Adobe Type 1 Font Format, 6)."""
    code = bytearray()
    for token in tokens:
        code += bytes(OPERATORS[token]) if token in OPERATORS else _number(int(token))
    return bytes(code)


def _number(value: int) -> bytes:
    if -107 <= value <= 107:
        return bytes([value + 139])
    return b"\xff" + value.to_bytes(4, "big", signed=True)


def _glyph(index: int, name: str) -> str:
    width = f"{6000 + 50 * index} 10 div" if name == "D" else str(600 + 5 * index)
    start = f"{BEARING} {width} hsbw 0 20 hstem 680 20 hstem 0 40 vstem"
    if name == "space":
        return f"{start} endchar"
    if name == "Aacute":
        return f"{BEARING} {width} hsbw {BEARING} 40 300 {ord('A')} {0xC2} seac"  # 0xC2: acute in StandardEncoding
    (x, y), *rest = corners(index)
    path, at = [f"{x - BEARING} {y} rmoveto"], (x, y)
    for number, (to_x, to_y) in enumerate(rest):
        if name == "C" and number == 5:
            path.append("4 1 3 callothersubr pop callsubr")
        path.append(f"{to_x - at[0]} {to_y - at[1]} rlineto")
        at = (to_x, to_y)
    if name == "B":
        path.append(FLEX.format(x=at[0] + 100, y=at[1]))
        path.append("-10 -20 -30 -40 hvcurveto")
    return f"{start} {' '.join(path)} closepath endchar"
