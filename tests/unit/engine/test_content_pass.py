"""Which content streams are rewritten, how far, and that pages look as they did."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf

from bulkpress_engine.inspection import inspect
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions, Step, Without
from bulkpress_engine.passes.content import rewrite_content
from bulkpress_engine.planning import make_plan
from bulkpress_engine.report import PassReport
from tests.support.pdf_factory import EVERY_MAKER, pages

LONG = b"".join(b"%d.1234567 %d.7654321 l\n" % (number, number) for number in range(200))
PLAIN = {name: make for name, make in EVERY_MAKER.items() if not name.startswith("protection.")}


def passed(pdf: Pdf, without: Without = Without()) -> PassReport:  # noqa: B008  (frozen)
    """The pass's report on this document."""
    facts = inspect(pdf, DEFAULT_LIMITS)
    return rewrite_content(pdf, make_plan(facts, PressOptions(), DEFAULT_LIMITS, without), facts, DEFAULT_LIMITS)


def document(*contents: bytes) -> Pdf:
    """A page for each content."""
    pdf = Pdf.new()
    for content in contents:
        pages.add_page(pdf, content)
    return pdf


def form(pdf: Pdf, content: bytes, **entries: object) -> object:
    """A form XObject."""
    return pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 999, 999]), **entries)


def read(page: Page) -> bytes:
    return page.obj.Contents.read_bytes()


@pytest.mark.parametrize("make", PLAIN.values(), ids=PLAIN.keys())
def test_pages_look_as_they_did(make: Callable[[], bytes]) -> None:
    before = make()
    with Pdf.open(BytesIO(before)) as pdf:
        passed(pdf)
        after = pages.saved(pdf)
    for one, other in zip(pdfium.PdfDocument(before), pdfium.PdfDocument(after), strict=True):
        assert one.render().to_numpy().tobytes() == other.render().to_numpy().tobytes()


def test_a_page_of_many_streams_gets_one() -> None:
    pdf = document(b"")
    pdf.pages[0].obj.Contents = Array(
        [pdf.make_stream(b"q 1 0 0 1 " + b" " * 90), pdf.make_stream(b"0 0 cm Q 1 w" + b" " * 90)]
    )
    assert passed(pdf).objects_changed == 1
    assert read(pdf.pages[0]) == b"q\n1 0 0 1 0 0 cm\nQ\n1 w"


def test_streams_that_pages_share_stay_apart_and_keep_all_digits() -> None:
    pdf = document(b"", b"")
    shared = pdf.make_stream(b"0 0 m " + LONG)
    for number, page in enumerate(pdf.pages):
        page.obj.Contents = Array([pdf.make_stream(b"%d 0 0 1 0 0 cm" % (number + 1)), shared])
    assert passed(pdf).objects_changed >= 1
    for page in pdf.pages:
        assert page.obj.Contents[1].objgen == shared.objgen
    assert b"5.1234567" in shared.read_bytes()


@pytest.mark.parametrize(("scale", "expected"), [(b"1", b"5.12 "), (b"100", b"5.1235 "), (b"10", b"5.123 ")])
def test_a_form_keeps_the_digits_of_its_largest_drawing(scale: bytes, expected: bytes) -> None:
    pdf = document(b"/Fm0 Do q %b 0 0 %b 0 0 cm /Fm0 Do Q" % (scale, scale))
    drawn = form(pdf, b"0 0 m " + LONG)
    pdf.pages[0].obj.Resources.XObject = Dictionary({"/Fm0": drawn})
    passed(pdf)
    assert expected in pdf.pages[0].obj.Resources.XObject["/Fm0"].read_bytes()


def test_forms_in_forms_and_in_a_circle_are_handed_the_scale_and_end() -> None:
    pdf = document(b"10 0 0 10 0 0 cm /Fm0 Do")
    inner = form(pdf, b"0 0 m " + LONG + b"2 0 0 2 0 0 cm /Fm0 Do")
    outer = form(pdf, b"10 0 0 10 0 0 cm /Fm0 Do" + b" " * 90)
    outer.Resources = Dictionary(XObject=Dictionary({"/Fm0": inner}))  # type: ignore[attr-defined]
    inner.Resources = Dictionary(XObject=Dictionary({"/Fm0": inner}))  # type: ignore[attr-defined]
    pdf.pages[0].obj.Resources.XObject = Dictionary({"/Fm0": outer})
    passed(pdf)
    assert b"5.1234567 " in inner.read_bytes()  # type: ignore[attr-defined]  # twice as large each time round


def test_a_form_drawn_by_content_that_cannot_be_read_keeps_all_digits() -> None:
    pdf = document(b"/Fm0 Do 1.2.3 w", b"/Fm0 Do")
    drawn = form(pdf, b"0 0 m " + LONG)
    for page in pdf.pages:
        page.obj.Resources.XObject = Dictionary({"/Fm0": drawn})
    assert passed(pdf).decisions == {"unreadable": 1}
    assert b"5.1234567 " in pdf.pages[0].obj.Resources.XObject["/Fm0"].read_bytes()


def test_an_appearance_keeps_all_digits_even_if_a_page_draws_it_too() -> None:
    pdf = document(b"/Fm0 Do")
    drawn = form(pdf, b"0 0 m " + LONG)
    pdf.pages[0].obj.Resources.XObject = Dictionary({"/Fm0": drawn})
    note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 9, 9]), AP=Dictionary(N=drawn))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])
    passed(pdf)
    assert b"5.1234567 " in pdf.pages[0].obj.Resources.XObject["/Fm0"].read_bytes()


def test_what_does_not_get_smaller_stays_byte_for_byte() -> None:
    pdf = document(b"0 0 m")
    before = pdf.pages[0].obj.Contents.read_raw_bytes()
    assert passed(pdf).objects_changed == 0
    assert pdf.pages[0].obj.Contents.read_raw_bytes() == before


def test_a_plan_can_do_without() -> None:
    pdf = document(LONG)
    assert passed(pdf, Without({Step.CONTENT})) == PassReport("rewrite_content")
    assert read(pdf.pages[0]) == LONG


def test_past_its_budget_content_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bulkpress_engine.passes.content.MOST_BYTES", len(LONG) + 10)
    pdf = document(LONG, LONG + b"S")
    assert passed(pdf).decisions == {"unreadable": 1}
    assert read(pdf.pages[1]) == LONG + b"S"
