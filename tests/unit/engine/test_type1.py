"""Type 1 programs become CFF with the same outlines, widths and hints, or stay as they are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from bulkpress_engine.fonts.cff import Compact
from bulkpress_engine.fonts.reasons import FontLeftError
from bulkpress_engine.fonts.subset import Shown
from bulkpress_engine.fonts.type1_charstrings import read_glyph
from bulkpress_engine.fonts.type1c import compact_type1
from tests.support.pdf_factory import fonts
from tests.support.pdf_factory.font_programs import GLYPHS
from tests.support.pdf_factory.pages import saved
from tests.support.pdf_factory.type1_programs import SUBRS, charstring, type1
from tests.support.pressed_fonts import Pressed

SUBROUTINES = [charstring(code.split()) for code in SUBRS]


def said_again(code: str) -> list[object]:
    """A Type 1 charstring as Type 2, its width told from 0."""
    return list(read_glyph(charstring(code.split()), SUBROUTINES).program(-1, 0))


@pytest.mark.parametrize(
    ("type1_code", "type2_code"),
    [
        ("0 500 hsbw endchar", [500, "endchar"]),
        ("50 500 hsbw 10 20 rmoveto 5 hlineto 6 vlineto closepath endchar",
         [500, 60, 20, "rmoveto", 5, 0, "rlineto", 0, 6, "rlineto", "endchar"]),  # from 0, not from the side bearing
        ("0 5 2 div hsbw 1 hmoveto 1 2 3 4 hvcurveto 5 6 7 8 vhcurveto closepath endchar",
         [2.5, 1, 0, "rmoveto", 1, 0, 2, 3, 0, 4, "rrcurveto", 0, 5, 6, 7, 8, 0, "rrcurveto", "endchar"]),
        ("50 500 hsbw 100 20 hstem 0 20 hstem 5 10 vstem 1 hmoveto 1 2 rlineto endchar",
         [500, 0, 20, 80, 20, "hstem", 55, 10, "vstem", 51, 0, "rmoveto", 1, 2, "rlineto", "endchar"]),
        ("0 500 hsbw 0 20 hstem 1 hmoveto 4 1 3 callothersubr pop callsubr 1 2 rlineto endchar",
         [500, 0, 20, "hstemhm", 30, 40, "vstemhm", "hintmask", b"\x80", 1, 0, "rmoveto",
          "hintmask", b"\xc0", 1, 2, "rlineto", "endchar"]),
        ("40 500 hsbw 30 100 200 65 194 seac", [500, 110, 200, 65, 194, "endchar"]),  # 100 + 40 - 30
    ],
    ids=["nothing", "side bearing", "curves", "hints", "hint replacement", "accent"],
)  # fmt: skip
def test_charstrings_say_the_same(type1_code: str, type2_code: list[object]) -> None:
    assert said_again(type1_code) == type2_code


@pytest.mark.parametrize(
    "code",
    [
        "1 2 rlineto endchar",  # a line that starts nowhere
        "0 500 hsbw 0 callsubr",  # flex that ends without a beginning
        "0 500 hsbw 99 callsubr",
        "0 500 hsbw 1 14 callothersubr endchar",  # several masters
        "0 500 hsbw rlineto endchar",
    ],
)
def test_charstrings_that_cannot_be_said_again_are_refused(code: str) -> None:
    with pytest.raises(FontLeftError):
        said_again(code)


def test_a_charstring_that_calls_itself_ends() -> None:
    with pytest.raises(FontLeftError):
        read_glyph(charstring(["0", "callsubr"]), [charstring(["0", "callsubr", "0", "callsubr"])])


@pytest.mark.parametrize(
    "program",
    [
        type1(),
        type1(in_hexadecimal=True),
        type1(skipped=0),
        type1(encoding=dict(enumerate(GLYPHS))),
    ],
    ids=["binary", "hexadecimal", "without random bytes", "with an encoding of its own"],
)
def test_every_glyph_becomes_cff(program: bytes) -> None:
    differences = Array([0, *(Name(f"/{name}") for name in GLYPHS)])
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, Encoding=Dictionary(Differences=differences))
    new = compact_type1(program, [Shown(font, font, frozenset(range(len(GLYPHS))))])
    compact = Compact(new.data)
    assert set(compact.glyphs) == set(GLYPHS)
    widths = {name: compact.width(index) for index, name in enumerate(compact.glyphs)}
    assert widths == {name: pytest.approx(600 + 5 * index, abs=0.01) for index, name in enumerate(GLYPHS)}
    assert len(new.data) < len(program) * 0.8


@pytest.mark.parametrize(
    ("program", "string", "kept"),
    [
        (type1, b"(AB)", {"A", "B"}),
        (type1, b"(C)", {"C"}),
        (type1, b"(\xc2)", {"acute"}),
        (lambda: type1(encoding={1: "Aacute", 0: "D"}), rb"(\000\001)", {"A", "acute", "Aacute", "D"}),
    ],
    ids=["flex", "hint replacement", "standard encoding", "an encoding of its own"],
)
def test_documents_show_the_same(program: Callable[[], bytes], string: bytes, kept: set[str], tmp_path: Path) -> None:
    pdf = Pdf.new()
    described = fonts.descriptor(pdf, program(), "FontFile", flags=fonts.SYMBOLIC)
    fonts.add_page(pdf, fonts.written(string), F1=fonts.simple_font(pdf, described, subtype="Type1"))
    pressed = Pressed(saved(pdf), tmp_path)
    assert pressed.reasons == {"converted": 1}
    assert pressed.glyphs() == {*kept, ".notdef"}
    assert pressed.same_pixels
    now = pressed.pdf.pages[0].obj.Resources.Font.F1.FontDescriptor
    assert Name.FontFile not in now
    assert now.FontFile3.Subtype == Name.Type1C
    assert Name.Length1 not in now.FontFile3


@pytest.mark.parametrize("cut", range(0, 2400, 61))
def test_damaged_programs_are_left_or_harmless(cut: int, tmp_path: Path) -> None:
    program = bytearray(type1())
    program[cut : cut + 4] = b"\xff\x00\x17("
    pdf = Pdf.new()
    described = fonts.descriptor(pdf, type1(), "FontFile")
    described.FontFile.write(bytes(program))
    fonts.add_page(pdf, fonts.written(b"(AB)"), F1=fonts.simple_font(pdf, described, subtype="Type1"))
    assert Pressed(saved(pdf), tmp_path).same_pixels
