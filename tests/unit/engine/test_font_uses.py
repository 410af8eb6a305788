"""Text is found wherever a document shows it; a font that may show more than was found stays whole."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from tests.support.pdf_factory import font_programs, fonts
from tests.support.pdf_factory.font_programs import CHARACTERS, GLYPHS
from tests.support.pdf_factory.pages import saved
from tests.support.pressed_fonts import Pressed


def in_form(pdf: Pdf, font: Object) -> None:
    form = form_object(pdf, fonts.written(b"(AB)"), font)
    page = fonts.add_page(pdf, b"/Fm0 Do")
    page.obj.Resources.XObject = Dictionary(Fm0=form)


def in_form_that_inherits_the_font(pdf: Pdf, font: Object) -> None:
    form = form_object(pdf, b"BT 10 300 Td (AB) Tj ET", None)
    page = fonts.add_page(pdf, b"/F1 20 Tf /Fm0 Do", F1=font)
    page.obj.Resources.XObject = Dictionary(Fm0=form)


def in_pattern(pdf: Pdf, font: Object) -> None:
    pattern = form_object(pdf, fonts.written(b"(AB)", y_pt=10), font)
    pattern.Type, pattern.PatternType, pattern.PaintType, pattern.TilingType = Name.Pattern, 1, 1, 1
    pattern.XStep, pattern.YStep = 100, 50
    del pattern[Name.Subtype]
    page = fonts.add_page(pdf, b"/Pattern cs /P0 scn 0 0 200 400 re f")
    page.obj.Resources.Pattern = Dictionary(P0=pattern)


def in_soft_mask(pdf: Pdf, font: Object) -> None:
    group = form_object(pdf, b"1 g " + fonts.written(b"(AB)"), font)
    group.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceGray)
    page = fonts.add_page(pdf, b"/GS gs 0 0 298 420 re f")
    mask = Dictionary(S=Name.Luminosity, G=group)
    page.obj.Resources.ExtGState = Dictionary(GS=Dictionary(SMask=mask))


def in_appearance(pdf: Pdf, font: Object) -> None:
    page = fonts.add_page(pdf, b"")
    looks = Dictionary(
        On=form_object(pdf, fonts.written(b"(A)"), font), Off=form_object(pdf, fonts.written(b"(B)"), font)
    )
    stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 298, 420]), AP=Dictionary(N=looks))
    stamp.AS = Name.On
    page.obj.Annots = Array([pdf.make_indirect(stamp)])


def in_type_3_glyph(pdf: Pdf, font: Object) -> None:
    glyph = pdf.make_stream(b"1000 0 d0 " + fonts.written(b"(AB)", y_pt=0))
    outer = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 1000, 1000]), FontMatrix=Array([1, 0, 0, 1, 0, 0]),
        CharProcs=Dictionary(a=glyph), Encoding=Dictionary(Differences=Array([97, Name.a])), FirstChar=97, LastChar=97,
        Widths=Array([100]), Resources=Dictionary(Font=Dictionary(F1=font)),
    )  # fmt: skip
    fonts.add_page(pdf, b"BT /T3 1 Tf 10 300 Td (a) Tj ET", T3=pdf.make_indirect(outer))


PLACES = [in_form, in_form_that_inherits_the_font, in_pattern, in_soft_mask, in_appearance, in_type_3_glyph]


@pytest.mark.parametrize("place", PLACES)
def test_glyphs_are_found_wherever_text_is_shown(place: Callable[[Pdf, Object], None], tmp_path: Path) -> None:
    pdf = Pdf.new()
    place(pdf, fonts.true_type_font(pdf))
    pressed = Pressed(saved(pdf), tmp_path)
    assert pressed.glyphs() == {"A", "B", ".notdef"}
    assert pressed.same_pixels


def form_object(pdf: Pdf, content: bytes, font: Object | None) -> Stream:
    """A form that has the font as F1, or no resources."""
    form = pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 298, 420]))
    form.Resources = Dictionary(Font=Dictionary(F1=font)) if font is not None else Dictionary()
    return form


def default_resources(pdf: Pdf, font: Object) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), DR=Dictionary(Font=Dictionary(F1=font)), DA=b"/F1 0 Tf")


def field(pdf: Pdf, font: Object) -> None:
    look = form_object(pdf, fonts.written(b"(A)"), font)
    widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="a", Rect=Array([0, 0, 100, 20]))
    widget.AP = Dictionary(N=look)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(widget)])
    pdf.Root.AcroForm = Dictionary(Fields=pdf.pages[0].obj.Annots)


def page_template(pdf: Pdf, font: Object) -> None:
    template = pdf.make_indirect(Dictionary(Type=Name.Template, Resources=Dictionary(Font=Dictionary(F1=font))))
    pdf.Root.Names = Dictionary(Templates=Dictionary(Names=Array(["one", template])))


def graphics_state(pdf: Pdf, font: Object) -> None:
    pdf.pages[0].obj.Resources.ExtGState = Dictionary(GS=Dictionary(Font=Array([font, 12])))


def unheard_of(pdf: Pdf, font: Object) -> None:
    pdf.Root.Unheard = Dictionary(Something=Array([font.FontDescriptor]))


def undecodable_content(pdf: Pdf, font: Object) -> None:
    page = fonts.add_page(pdf, b"", F1=font)
    page.obj.Contents = Stream(pdf, b"not deflated", Filter=Name.FlateDecode)


def endless_string(pdf: Pdf, font: Object) -> None:
    fonts.add_page(pdf, b"BT /F1 20 Tf (A", F1=font)


def odd_digits(pdf: Pdf, font: Object) -> None:
    fonts.add_page(pdf, fonts.written(b"<4h1>"), F1=font)


def name_that_the_form_has_not(pdf: Pdf, font: Object) -> None:
    form = form_object(pdf, fonts.written(b"(Z)"), None)
    pdf.pages[0].obj.Contents = pdf.make_stream(b"/Fm0 Do")
    pdf.pages[0].obj.Resources.XObject = Dictionary(Fm0=form)


def xfa(pdf: Pdf, font: Object) -> None:
    default_resources(pdf, font)
    pdf.Root.AcroForm.XFA = pdf.make_stream(b"<xdp:xdp/>")


STRANGERS = [
    default_resources, field, page_template, graphics_state, undecodable_content, endless_string, odd_digits,
    name_that_the_form_has_not,
]  # fmt: skip
HIDDEN = GLYPHS[32]  # to which no code of the font below leads, nor does 32 as an index: that is the space's code


def font_with_a_hidden_glyph(pdf: Pdf) -> Object:
    characters = {(0x416 if name == HIDDEN else code): name for code, name in CHARACTERS.items()}
    program = font_programs.true_type({(3, 1): characters}, post_names=False, layout_bytes=3000)
    return fonts.simple_font(pdf, fonts.descriptor(pdf, program, "FontFile2"), encoding=Name.WinAnsiEncoding)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_simple_font_with_unknown_uses_keeps_all_that_its_codes_can_show(
    stranger: Callable[[Pdf, Object], None], tmp_path: Path
) -> None:
    pdf = Pdf.new()
    font = font_with_a_hidden_glyph(pdf)
    fonts.add_page(pdf, fonts.written(b"(A)"), F1=font)
    stranger(pdf, font)
    pressed = Pressed(saved(pdf), tmp_path)
    assert pressed.reasons == {"subsetted": 1}
    assert pressed.glyphs() == {*GLYPHS} - {"space", HIDDEN}
    assert pressed.same_pixels


def test_a_font_that_forms_are_filled_with_is_not_called_a_subset(tmp_path: Path) -> None:
    pdf = Pdf.new()
    font = font_with_a_hidden_glyph(pdf)
    fonts.add_page(pdf, fonts.written(b"(A)"), F1=font)
    default_resources(pdf, font)
    pressed = Pressed(saved(pdf), tmp_path)
    kept = pressed.pdf.Root.AcroForm.DR.Font.F1
    assert (kept.BaseFont, kept.FontDescriptor.FontName) == (Name.Factory, Name.Factory)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_composite_font_of_which_not_every_use_is_known_stays_whole(
    stranger: Callable[[Pdf, Object], None], tmp_path: Path
) -> None:
    pdf = Pdf.new()
    font = fonts.composite_font(pdf, fonts.descriptor(pdf, font_programs.true_type(), "FontFile2"))
    fonts.add_page(pdf, fonts.written(b"<0002>"), F1=font)
    stranger(pdf, font)
    pressed = Pressed(saved(pdf), tmp_path)
    assert pressed.reasons == {"unknown_use": 1}
    assert pressed.glyphs() == {*GLYPHS} - {"space"}


@pytest.mark.parametrize("stranger", [unheard_of, xfa])
def test_a_program_that_others_than_fonts_may_use_stays_whole(
    stranger: Callable[[Pdf, Object], None], tmp_path: Path
) -> None:
    pdf = Pdf.new()
    font = font_with_a_hidden_glyph(pdf)
    fonts.add_page(pdf, fonts.written(b"(A)"), F1=font)
    stranger(pdf, font)
    pressed = Pressed(saved(pdf), tmp_path)
    assert pressed.reasons == {"unknown_use": 1}
    assert pressed.glyphs() == {*GLYPHS} - {"space"}


def test_fonts_that_share_a_program_keep_what_either_shows(tmp_path: Path) -> None:
    pdf = Pdf.new()
    font = fonts.true_type_font(pdf)
    other = fonts.simple_font(pdf, font.FontDescriptor, encoding=Name.MacRomanEncoding)
    fonts.add_page(pdf, fonts.written(b"(A)") + fonts.written(b"(z)", font="F2"), F1=font, F2=other)
    pressed = Pressed(saved(pdf), tmp_path)
    assert pressed.glyphs() == {"A", "z", ".notdef"}
    assert pressed.same_pixels


def test_copies_of_a_program_stay_copies_and_are_stored_once(tmp_path: Path) -> None:
    pdf = Pdf.new()
    for string in (b"(A)", b"(z)"):
        fonts.add_page(pdf, fonts.written(string), F1=fonts.true_type_font(pdf))
    pressed = Pressed(saved(pdf), tmp_path)
    assert len(pressed.programs()) == 1
    assert pressed.glyphs() == {"A", "z", ".notdef"}
