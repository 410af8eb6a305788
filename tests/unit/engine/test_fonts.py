"""Font programs keep the glyphs that are shown, however codes lead to them, and are told what they now are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.support.pdf_factory import font_programs, fonts
from tests.support.pdf_factory.font_programs import CHARACTERS, GLYPHS, pairs
from tests.support.pdf_factory.pages import saved
from tests.support.pressed_fonts import Pressed


def shown(content: bytes, make: Callable[[Pdf], Object] = fonts.true_type_font) -> bytes:
    """A document of one page with this content in one font, F1."""
    pdf = Pdf.new()
    fonts.add_page(pdf, content, F1=make(pdf))
    return saved(pdf)


# A font without parentheses: for their codes, 40 and 41, some readers show the glyphs with these indexes.
PARENTHESES = GLYPHS[40] + GLYPHS[41]
WRITTEN: list[tuple[str, bytes, str]] = [
    ("a literal string", b"(ABC) Tj", "ABC"),
    ("escapes", b"(\\101\\(B\\)\\\nC) Tj", "ABC" + PARENTHESES),
    ("hexadecimal", b"<41 42 4> Tj", "AB"),  # the last digit is 0: a character that the font has not
    ("an array", b"[(A) -100 (B) <43>] TJ", "ABC"),
    ("an array with nested parentheses", b"[(A(B)) -100 (C)] TJ", "ABC" + PARENTHESES),
    ("next line", b"20 TL (AB) ' 1 2 (C) \"", "ABC"),
    ("hidden text, as from OCR", b"3 Tr (ABC) Tj", "ABC"),
    ("saved and restored", b"(A) Tj ET q BT /F2 20 Tf (a) Tj ET Q BT (B) Tj", "AB"),
]


@pytest.mark.parametrize(("claim", "text", "kept"), WRITTEN, ids=[row[0] for row in WRITTEN])
def test_glyphs_are_found_however_text_is_written(claim: str, text: bytes, kept: str, tmp_path: Path) -> None:
    pdf = Pdf.new()
    helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    fonts.add_page(pdf, b"BT /F1 20 Tf 10 300 Td " + text + b" ET", F1=fonts.true_type_font(pdf), F2=helvetica)
    pressed = Pressed(saved(pdf), tmp_path)
    assert pressed.glyphs() == {*kept, ".notdef"}
    assert pressed.same_pixels
    assert pressed.reasons == {"subsetted": 1}


def codes_at(base: int) -> dict[int, str]:
    return {base + code: name for code, name in CHARACTERS.items()}


def mapped(maps: dict[tuple[int, int], dict[int, str]], encoding: Object | None = None) -> Callable[[Pdf], Object]:
    """A maker of a simple TrueType font with these character maps; it is symbolic without an encoding."""

    def font(pdf: Pdf) -> Object:
        flags = fonts.SYMBOLIC if encoding is None else fonts.NONSYMBOLIC
        described = fonts.descriptor(pdf, font_programs.true_type(maps, layout_bytes=3000), "FontFile2", flags=flags)
        return fonts.simple_font(pdf, described, encoding=encoding)

    return font


DIFFERENCES = Dictionary(BaseEncoding=Name.WinAnsiEncoding, Differences=Array([1, Name.B, Name.acute]))
ENCODINGS: list[tuple[str, Callable[[Pdf], Object], bytes, set[str]]] = [
    ("by character", mapped({(3, 1): CHARACTERS}, Name.WinAnsiEncoding), b"(A\xb4)", {"A", "acute"}),
    ("composed", mapped({(3, 1): CHARACTERS}, Name.WinAnsiEncoding), b"(\xc1)", {"A", "acute", "Aacute"}),
    ("symbolic", mapped({(3, 0): codes_at(0xF000)}), b"(AB)", {"A", "B"}),
    ("symbolic, plain codes", mapped({(3, 0): CHARACTERS}), b"(AB)", {"A", "B"}),
    ("Macintosh codes", mapped({(1, 0): {1: "A", 2: "B", 3: "C"}}), rb"(\001\002)", {"A", "B"}),
    ("Macintosh names", mapped({(1, 0): {65: "A", 0xAB: "acute"}}, Name.MacRomanEncoding), b"(A\xab)", {"A", "acute"}),
    ("names in the program", mapped({(3, 1): {65: "A"}}, DIFFERENCES), rb"(A\001\002)", {"A", "B", "acute"}),
]


@pytest.mark.parametrize(("claim", "make", "string", "kept"), ENCODINGS, ids=[row[0] for row in ENCODINGS])
def test_simple_true_type_fonts_keep_what_their_codes_mean(
    claim: str, make: Callable[[Pdf], Object], string: bytes, kept: set[str], tmp_path: Path
) -> None:
    pressed = Pressed(shown(fonts.written(string), make), tmp_path)
    assert pressed.glyphs() >= {*kept, ".notdef"}
    assert len(pressed.glyphs()) <= 10  # of 56: some readers may take a code for another glyph
    assert pressed.same_pixels


@pytest.mark.parametrize(
    ("make", "text", "kept"),
    [
        (
            lambda pdf: fonts.composite_font(pdf, fonts.descriptor(pdf, font_programs.true_type(), "FontFile2")),
            pairs([GLYPHS.index("A"), GLYPHS.index("Aacute")]),
            {"A", "acute", "Aacute"},
        ),
        (
            lambda pdf: fonts.composite_font(
                pdf,
                fonts.descriptor(pdf, font_programs.true_type(), "FontFile2"),
                gids=b"\0\0" * 65 + bytes([0, GLYPHS.index("B"), 0, GLYPHS.index("C")]),
            ),
            pairs([66]),
            {"C"},
        ),
        (
            lambda pdf: fonts.composite_font(
                pdf,
                fonts.descriptor(pdf, font_programs.compact(cid_keyed=True), "FontFile3", subtype="CIDFontType0C"),
                subtype="CIDFontType0",
            ),
            pairs([101, 102]),
            {"cid00101", "cid00102"},
        ),
        (
            lambda pdf: fonts.composite_font(
                pdf,
                fonts.descriptor(pdf, font_programs.compact(), "FontFile3", subtype="CIDFontType0C"),
                subtype="CIDFontType0",
            ),
            pairs([GLYPHS.index("Z")]),
            {"Z"},
        ),
        (
            lambda pdf: fonts.simple_font(
                pdf, fonts.descriptor(pdf, font_programs.compact(), "FontFile3", subtype="Type1C"), subtype="Type1"
            ),
            b"(AB)",
            {"A", "B"},
        ),
    ],
    ids=["TrueType by index", "TrueType through a map", "CFF by CID", "CFF by index", "CFF by its own encoding"],
)
def test_other_fonts_keep_what_their_codes_mean(
    make: Callable[[Pdf], Object], text: bytes, kept: set[str], tmp_path: Path
) -> None:
    pressed = Pressed(shown(fonts.written(text), make), tmp_path)
    assert pressed.glyphs() == {*kept, ".notdef"}
    assert pressed.same_pixels


def test_a_subset_has_a_subsets_name(tmp_path: Path) -> None:
    pressed = Pressed(fonts.true_type_text(), tmp_path)
    font = pressed.pdf.pages[0].obj.Resources.Font.F1
    name = str(font.BaseFont)
    assert name[7:] == "+Factory"
    assert name[1:7].isupper()
    assert font.FontDescriptor.FontName == font.BaseFont
    assert font.FontDescriptor.FontFile2.Length1 == len(font.FontDescriptor.FontFile2.read_bytes())


def test_lists_of_glyphs_stay_true(tmp_path: Path) -> None:
    pdf = Pdf.new()
    described = fonts.descriptor(pdf, font_programs.compact(), "FontFile3", subtype="Type1C")
    described.CharSet = "".join(f"/{name}" for name in GLYPHS[1:])
    keyed = fonts.descriptor(pdf, font_programs.true_type(), "FontFile2")
    keyed.CIDSet = pdf.make_stream(b"\xff" * 8)
    simple, composite = fonts.simple_font(pdf, described, subtype="Type1"), fonts.composite_font(pdf, keyed)
    fonts.add_page(pdf, fonts.written(b"(BA)") + fonts.written(b"<0002>", font="F2"), F1=simple, F2=composite)
    pressed = Pressed(saved(pdf), tmp_path)
    named = pressed.pdf.pages[0].obj.Resources.Font
    assert str(named.F1.FontDescriptor.CharSet) == "/A/B"
    assert Name.CIDSet not in named.F2.DescendantFonts[0].FontDescriptor


@pytest.mark.parametrize("cut", range(0, 3000, 97))
def test_damaged_programs_are_left_or_harmless(cut: int, tmp_path: Path) -> None:
    pdf = Pdf.new()
    program = bytearray(font_programs.true_type())
    program[cut : cut + 8] = b"\xff" * 8
    fonts.add_page(pdf, fonts.written(b"(AB)"), F1=fonts.simple_font(
        pdf, fonts.descriptor(pdf, bytes(program), "FontFile2"), encoding=Name.WinAnsiEncoding
    ))  # fmt: skip
    assert Pressed(saved(pdf), tmp_path).same_pixels
