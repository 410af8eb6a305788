"""What holds of every font and every text: pages look the same to the pixel, and the program is never larger."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pikepdf import Array, Dictionary, Name, Object, Pdf

from bulkpress_engine.verification.drawing import Drawing
from tests.support.pdf_factory import font_programs, fonts, type1_programs
from tests.support.pdf_factory.font_programs import CHARACTERS, GLYPHS, pairs
from tests.support.pdf_factory.pages import saved
from tests.support.pressed_fonts import Pressed

Maker = Callable[[Pdf], Object]


def simple(program: bytes, key: str, subtype: str, encoding: Object | None) -> Maker:
    kind = "Type1C" if key == "FontFile3" else None
    flags = fonts.NONSYMBOLIC if encoding is not None else fonts.SYMBOLIC
    return lambda pdf: fonts.simple_font(
        pdf, fonts.descriptor(pdf, program, key, flags=flags, subtype=kind), subtype=subtype, encoding=encoding
    )


def composite(program: bytes, key: str, subtype: str) -> Maker:
    kind = "CIDFontType0C" if key == "FontFile3" else None
    return lambda pdf: fonts.composite_font(pdf, fonts.descriptor(pdf, program, key, subtype=kind), subtype=subtype)


BOTH_MAPS = font_programs.true_type({(1, 0): {ord("A"): "B", 1: "C"}, (3, 1): CHARACTERS})
SYMBOLS = font_programs.true_type({(1, 0): {1: "C", 65: "D"}, (3, 0): {0xF000 + code: "Z" for code in range(60, 90)}})
SIMPLE = {
    "TrueType": simple(BOTH_MAPS, "FontFile2", "TrueType", Name.WinAnsiEncoding),
    "TrueType, Macintosh": simple(BOTH_MAPS, "FontFile2", "TrueType", Name.MacRomanEncoding),
    "TrueType, symbols": simple(SYMBOLS, "FontFile2", "TrueType", None),
    "CFF": simple(font_programs.compact(), "FontFile3", "Type1", None),
    "CFF, encoded": simple(font_programs.compact(), "FontFile3", "Type1", Name.WinAnsiEncoding),
    "Type 1": simple(type1_programs.type1(), "FontFile", "Type1", None),
    "Type 1, encoded": simple(type1_programs.type1(), "FontFile", "Type1", Name.MacRomanEncoding),
}
COMPOSITE = {
    "TrueType": composite(font_programs.true_type(), "FontFile2", "CIDFontType2"),
    "CFF": composite(font_programs.compact(), "FontFile3", "CIDFontType0"),
    "CFF, CID-keyed": composite(font_programs.compact(cid_keyed=True), "FontFile3", "CIDFontType0"),
}
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(font: Maker, string: bytes) -> None:
    pdf = Pdf.new()
    fonts.add_page(pdf, fonts.written(string), F1=font(pdf))
    with tempfile.TemporaryDirectory() as folder:
        pressed = Pressed(saved(pdf), Path(folder))
        assert pressed.same_pixels
        assert pressed.report.bytes_out < pressed.report.bytes_in
        assert not pressed.report.fallbacks


@SLOW
@given(kind=some.sampled_from(sorted(SIMPLE)), codes=some.binary(min_size=1, max_size=12))
def test_simple_fonts_show_the_same(kind: str, codes: bytes) -> None:
    check(SIMPLE[kind], b"<" + codes.hex().encode() + b">")


@SLOW
@given(
    kind=some.sampled_from(sorted(COMPOSITE)),
    codes=some.lists(some.integers(0, 120 + len(GLYPHS)) | some.integers(0, 0xFFFF), min_size=1, max_size=10),
)
def test_composite_fonts_show_the_same(kind: str, codes: list[int]) -> None:
    check(COMPOSITE[kind], pairs(codes))


@SLOW
@given(kind=some.sampled_from(sorted(SIMPLE)), typed=some.binary(min_size=1, max_size=40))
def test_whoever_fills_a_form_later_sees_the_same(kind: str, typed: bytes) -> None:
    pdf = Pdf.new()
    font = SIMPLE[kind](pdf)
    fonts.add_page(pdf, b"")
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), DR=Dictionary(Font=Dictionary(F1=font)), DA=b"/F1 0 Tf")
    with tempfile.TemporaryDirectory() as folder:
        pressed = Pressed(saved(pdf), Path(folder))
        drawn = []
        for number, form in enumerate((pdf, pressed.pdf)):
            content = fonts.written(b"<" + typed.hex().encode() + b">")
            fonts.add_page(form, content, F1=form.Root.AcroForm.DR.Font.F1)
            filled = Path(folder, f"{number}.pdf")
            filled.write_bytes(saved(form))
            with closing(Drawing(filled, "")) as drawing:
                drawn.append(drawing.pixels(1))
    assert np.array_equal(drawn[0], drawn[1])
