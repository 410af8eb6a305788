"""How large images are drawn, wherever drawing happens. The factory's photographs are 800 x 600 px on 200 x 150 pt."""

import math
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from pikepdf import Array, Dictionary, Name, Object, Pdf

from bulkpress_engine.inspection import inspect
from bulkpress_engine.inspection.geometry import IDENTITY, appearance_matrix, drawn_size, times
from bulkpress_engine.options import DEFAULT_LIMITS, Limits
from tests.support.pdf_factory import masks, pictures, placements
from tests.support.pdf_factory.images import jpeg_image
from tests.support.pdf_factory.pages import add_page, drawn, saved

DPI = 800 / 200 * 72


def dpis(document: bytes, limits: Limits = DEFAULT_LIMITS) -> list[float | None]:
    """Effective resolution of each image of a document."""
    with Pdf.open(BytesIO(document)) as pdf:
        return [image.dpi for image in inspect(pdf, limits).images.values()]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (placements.in_nested_forms, [DPI]),
        (placements.in_tiling_pattern, [DPI]),
        (placements.in_annotation_appearance, [DPI]),
        (placements.same_image_twice, [DPI, DPI]),
        (placements.small_and_large, [800 / 500 * 72]),  # the large drawing counts
        (placements.named_but_not_drawn, [None]),
    ],
)
def test_images_are_found_where_they_are_drawn(make: Callable[[], bytes], expected: list[float | None]) -> None:
    assert dpis(make()) == pytest.approx(expected)


def test_turning_does_not_change_a_size_and_skewing_counts_along_the_sides() -> None:
    # Turned by 30 degrees it is 200 x 150 pt; skewed by (60, 150) its sides are 200 and 161.6 pt long.
    assert dpis(placements.turned_and_skewed()) == [
        pytest.approx(min(800 / 200, 600 / math.hypot(60, 150)) * 72, rel=1e-3)
    ]


def test_a_mask_is_drawn_as_large_as_its_image() -> None:
    resolutions = sorted(dpi for dpi in dpis(masks.soft_mask(mask_px=(300, 200))) if dpi)
    assert resolutions == pytest.approx([200 / 150 * 72, DPI])  # the mask's 300 x 200 px, its lower axis


def test_twins_share_the_larger_drawing() -> None:
    pdf = Pdf.new()
    for width_pt in (100, 400):
        photo = placements.photo_object(pdf)
        add_page(
            pdf, drawn("Im0", x_pt=0, y_pt=0, width_pt=width_pt, height_pt=width_pt * 3 / 4), xobjects={"Im0": photo}
        )
    assert dpis(saved(pdf)) == pytest.approx([144.0, 144.0])


def test_the_user_unit_enlarges_the_page() -> None:
    pdf = Pdf.new()
    content = drawn("Im0", x_pt=0, y_pt=0, width_pt=200, height_pt=150)
    page = add_page(pdf, content, xobjects={"Im0": placements.photo_object(pdf)})
    page.obj.UserUnit = 4
    assert dpis(saved(pdf)) == pytest.approx([DPI / 4])


@pytest.mark.parametrize("name", ["Im0", "Bild\u00e4"])
def test_names_are_the_same_however_they_are_written(name: str) -> None:
    escaped = "".join(f"#{byte:02x}" for byte in name.encode())
    pdf = Pdf.new()
    photo = placements.photo_object(pdf)
    add_page(pdf, f"q 100 0 0 75 0 0 cm /{name} Do Q".encode(), xobjects={name: photo})
    add_page(pdf, f"q 200 0 0 150 0 0 cm /{escaped} Do Q".encode(), xobjects={name: photo})
    assert dpis(saved(pdf)) == pytest.approx([DPI])  # the larger


def test_content_shared_by_pages_draws_what_each_page_calls_so() -> None:
    pdf = Pdf.new()
    content = drawn("Im0", x_pt=0, y_pt=0, width_pt=200, height_pt=150)
    for seed in (1, 2, 3):
        add_page(pdf, content, xobjects={"Im0": jpeg_image(pdf, pictures.photo(800, 600, seed=seed))})
        pdf.pages[-1].obj.Contents = pdf.pages[0].obj.Contents
    assert dpis(saved(pdf)) == pytest.approx([DPI] * 3)


def type3_font(pdf: Pdf, photo: Object) -> Object:
    """A font whose one glyph, `a`, is the photograph, one em wide."""
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=Array([0, 0, 1000, 1000]),
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]),
        CharProcs=Dictionary(a=pdf.make_stream(b"1000 0 d0 q 1000 0 0 750 0 0 cm /Im0 Do Q")),
        Resources=Dictionary(XObject=Dictionary(Im0=photo)),
    )
    return pdf.make_indirect(font)


def test_glyphs_of_a_type_3_font_draw_at_the_size_of_the_text() -> None:
    pdf = Pdf.new()
    page = add_page(pdf, b"BT /T3 50 Tf 2 0 0 2 10 10 Tm (a) Tj ET")  # 50 x 2 = 100 pt to the em
    page.obj.Resources.Font.T3 = type3_font(pdf, placements.photo_object(pdf))
    assert dpis(saved(pdf)) == pytest.approx([800 / 100 * 72])


def test_a_font_may_be_set_by_a_graphics_state() -> None:
    pdf = Pdf.new()
    font = type3_font(pdf, placements.photo_object(pdf))
    page = add_page(pdf, b"/GS gs BT (a) Tj ET")
    page.obj.Resources.ExtGState = Dictionary(GS=Dictionary(Font=Array([font, 200])))
    page.obj.Resources.Font.T3 = font
    assert dpis(saved(pdf)) == pytest.approx([DPI])


def test_a_form_starts_in_the_font_of_what_draws_it() -> None:
    pdf = Pdf.new()
    font = type3_font(pdf, placements.photo_object(pdf))
    form = placements.form_object(pdf, b"BT (a) Tj ET", {})
    form.Resources.Font = Dictionary(T3=font)
    page = add_page(pdf, b"/T3 200 Tf /Fm0 Do", xobjects={"Fm0": form})
    page.obj.Resources.Font.T3 = font
    assert dpis(saved(pdf)) == pytest.approx([DPI])


def test_glyphs_without_resources_use_those_of_the_page() -> None:
    pdf = Pdf.new()
    photo = placements.photo_object(pdf)
    page = add_page(pdf, b"BT /T3 200 Tf (a) Tj ET", xobjects={"Im0": photo})
    page.obj.Resources.Font.T3 = type3_font(pdf, photo)
    del page.obj.Resources.Font.T3[Name.Resources]
    assert dpis(saved(pdf)) == pytest.approx([DPI])


def test_a_form_that_draws_itself_is_read_once() -> None:
    pdf = Pdf.new()
    form = placements.form_object(pdf, b"/Fm0 Do /Im0 Do", {"Im0": placements.photo_object(pdf)})
    form.Resources.XObject.Fm0 = form
    add_page(pdf, b"200 0 0 150 0 0 cm /Fm0 Do", xobjects={"Fm0": form})
    assert dpis(saved(pdf)) == pytest.approx([DPI])


@pytest.mark.parametrize(
    "limits",
    [replace(DEFAULT_LIMITS, content_operators=2), replace(DEFAULT_LIMITS, nesting=2)],
    ids=["operators", "nesting"],
)
def test_past_a_limit_nobody_knows_how_large_an_image_is(limits: Limits) -> None:
    assert dpis(placements.in_nested_forms(depth=4), limits) == [None]


def test_content_that_cannot_be_decoded_leaves_its_images_unplaced() -> None:
    pdf = Pdf.new()
    content = drawn("Im0", x_pt=0, y_pt=0, width_pt=200, height_pt=150)
    page = add_page(pdf, content, xobjects={"Im0": placements.photo_object(pdf)})
    damaged = pdf.make_stream(b"")
    damaged.write(b"not zlib data", filter=Name.FlateDecode)
    page.obj.Contents = Array([page.obj.Contents, damaged])
    assert dpis(saved(pdf)) == [None]


def test_contents_that_are_no_stream_are_passed_over() -> None:
    pdf = Pdf.new()
    page = add_page(
        pdf,
        drawn("Im0", x_pt=0, y_pt=0, width_pt=200, height_pt=150),
        xobjects={"Im0": placements.photo_object(pdf)},
    )
    page.obj.Contents = Array([7, page.obj.Contents, Name.Nothing])
    assert dpis(saved(pdf)) == pytest.approx([DPI])


def test_matrices_multiply_in_the_order_they_are_applied() -> None:
    doubled_then_moved = times((2, 0, 0, 2, 0, 0), (1, 0, 0, 1, 10, 0))
    assert doubled_then_moved == pytest.approx((2, 0, 0, 2, 10, 0))
    assert drawn_size(doubled_then_moved) == pytest.approx((2, 2))


def test_an_appearance_is_fitted_into_its_rectangle() -> None:
    assert appearance_matrix(IDENTITY, [0, 0, 100, 50], [10, 20, 210, 70]) == (2, 0, 0, 1, 10, 20)
