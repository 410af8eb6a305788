"""`grayscale` leaves nothing in colour that it can turn, counts what it cannot, and the proof sees what is not done."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Object, Pdf
from PIL import Image

from bulkpress_engine.errors import ArchivalPdfError
from bulkpress_engine.grayscale.colours import Grays, is_gray
from bulkpress_engine.grayscale.content import coloured_inline_images, grayed
from bulkpress_engine.images.codecs.jpeg_luma import luma_of_jpeg
from bulkpress_engine.options import Level, PdfaPolicy, PressOptions, Step
from bulkpress_engine.press import press
from bulkpress_engine.report import Report, Result
from bulkpress_engine.verification import verify
from tests.support.pdf_factory import archival, colours, features, images, masks, pages, pictures, placements

GRAY = PressOptions(Level.LOW, grayscale=True)
VECTORS = b"1 0 0 rg 50 50 200 200 re f 0 1 0 0 K 300 50 200 200 re S /DeviceRGB cs 0 0 1 sc 50 300 99 99 re f\n"


def pressed(document: bytes, folder: Path, options: PressOptions = GRAY) -> tuple[Report, Path, Path]:
    """The report, the source and the result of pressing these bytes."""
    source, target = folder / "source.pdf", folder / "target.pdf"
    source.write_bytes(document)
    return press(source, target, options), source, target


def drawn(path: Path) -> NDArray[np.int_]:
    """The first page, height x width x RGB, as another reader of the tests draws it, without fields."""
    with pdfium.PdfDocument(path) as document:
        return np.array(document[0].render(scale=1, rev_byteorder=True, may_draw_forms=False).to_numpy()[:, :, :3], int)


def vectors(extra: bytes = b"") -> bytes:
    """A page of coloured rectangles, and room to gain."""
    pdf = Pdf.new()
    pages.add_page(pdf, VECTORS + extra + pages.text_content(1))
    return pages.saved(pdf, recompress=False)


def axial() -> bytes:
    """A page filled from red to blue."""
    pdf = Pdf.new()
    page = pages.add_page(pdf, b"/S0 sh\n" + pages.text_content(1))
    blend = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([1, 0, 0]), C1=Array([0, 0, 1]), N=1)
    page.obj.Resources.Shading = Dictionary(
        S0=Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB, Coords=Array([0, 0, 595, 0]), Function=blend)
    )
    return pages.saved(pdf, recompress=False)


def inheriting() -> bytes:
    """A form that is filled in the space its page has chosen."""
    pdf = Pdf.new()
    form = placements.form_object(pdf, b"1 0 0 sc 50 50 200 200 re f", {})
    pages.add_page(pdf, b"/DeviceRGB cs /Fm0 Do\n" + pages.text_content(1), xobjects={"Fm0": form})
    return pages.saved(pdf, recompress=False)


def mesh() -> bytes:
    """A triangle from red over green to blue, a mesh without a function (8.7.4.5.5)."""
    pdf = Pdf.new()
    corners = ((0, 0, 255, 0, 0), (255, 0, 0, 255, 0), (0, 255, 0, 0, 255))
    shading = pdf.make_stream(
        b"".join(bytes([0, *corner]) for corner in corners), ShadingType=4, ColorSpace=Name.DeviceRGB, BitsPerFlag=8,
        BitsPerCoordinate=8, BitsPerComponent=8, Decode=Array([50, 500, 50, 500, 0, 1, 0, 1, 0, 1]),
    )  # fmt: skip
    page = pages.add_page(pdf, b"/S0 sh\n" + pages.text_content(1))
    page.obj.Resources.Shading = Dictionary(S0=shading)
    return pages.saved(pdf, recompress=False)


def uncoloured_pattern() -> bytes:
    """Tiles painted in a colour that is given with their name (8.7.3.3)."""
    pdf = Pdf.new()
    tile = pdf.make_stream(
        b"0 0 5 5 re f", Type=Name.Pattern, PatternType=1, PaintType=2, TilingType=1, BBox=Array([0, 0, 10, 10]),
        XStep=10, YStep=10, Resources=Dictionary(),
    )  # fmt: skip
    content = b"/Tiled cs 1 0 0 /P0 scn 50 50 300 300 re f\n" + pages.text_content(1)
    page = pages.add_page(pdf, content, patterns={"P0": tile})
    page.obj.Resources.ColorSpace = Dictionary(Tiled=Array([Name.Pattern, Name.DeviceRGB]))
    return pages.saved(pdf, recompress=False)


MAKERS: tuple[Callable[[], bytes], ...] = (
    vectors, axial, mesh, inheriting, uncoloured_pattern,
    images.photo_jpeg, images.photo_flate, colours.cmyk_jpeg, colours.cmyk_flate, colours.icc_based,
    colours.indexed, colours.separation, colours.device_n, colours.lab, masks.soft_mask, masks.matte,
    masks.colour_key_mask, masks.explicit_mask, masks.stencil_mask, placements.in_nested_forms,
    placements.in_tiling_pattern, placements.in_annotation_appearance,
)  # fmt: skip


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_every_kind_of_colour_turns_as_gray_as_it_was_shown(make: Callable[[], bytes], tmp_path: Path) -> None:
    report, source, target = pressed(make(), tmp_path)
    before, after = drawn(source), drawn(target)
    assert report.result is Result.PRESSED
    assert (before.max(axis=2) - before.min(axis=2)).max() > 20, "the source is in colour"
    assert (after.max(axis=2) == after.min(axis=2)).all()
    luma = np.asarray(Image.fromarray(before.astype(np.uint8)).convert("L"), int)
    assert np.abs(np.maximum(luma, 36) - np.maximum(after[:, :, 0], 36)).mean() < 3


@pytest.mark.parametrize(
    ("content", "gray"),
    [
        (b"1 0 0 rg", b".299 g"),
        (b"0 1 0 RG", b".587 G"),
        (b"/DeviceRGB cs 0 0 1 sc", b"0 g\n.114 g"),
        (b"0 0 0 1 k", b"0 g"),
        (b"0 0 0 0 K", b"1 G"),
        (b"q /DeviceRGB CS 1 1 1 SC Q", b"q\n0 G\n1 G\nQ"),
    ],
)
def test_colours_of_content_become_their_luma(content: bytes, gray: bytes) -> None:
    with Pdf.new() as pdf:
        assert grayed(content, {}, Grays(pdf)) == gray


@pytest.mark.parametrize("content", [b".5 g 1 G", b"/DeviceGray cs .3 sc", b"/P0 Do (1 0 0 rg) Tj", b"1 0 rg"])
def test_content_without_colours_is_left_to_the_byte(content: bytes) -> None:
    with Pdf.new() as pdf:
        assert grayed(content, {}, Grays(pdf)) is None


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        (Name.DeviceGray, True),
        (Name.DeviceRGB, False),
        (Array([Name.Indexed, Name.DeviceGray, 0, b"\0"]), True),
        (Array([Name.Indexed, Name.DeviceCMYK, 0, b"\0\0\0\0"]), False),
        (Array([Name.Separation, Name("/None"), Name.DeviceGray, Dictionary()]), True),
        (Array([Name.Separation, Name("/Gold"), Name.DeviceRGB, Dictionary()]), False),
    ],
)
def test_spaces_are_gray_or_not(space: Object, *, expected: bool) -> None:
    assert is_gray(space) is expected


def test_a_jpeg_keeps_its_luma_as_it_is() -> None:
    buffer = io.BytesIO()
    pictures.photo(203, 117).save(buffer, "JPEG", quality=85)
    plain = luma_of_jpeg(buffer.getvalue())
    assert plain is not None
    with Image.open(io.BytesIO(buffer.getvalue())) as colour, Image.open(io.BytesIO(plain)) as gray:
        colour.draft("L", colour.size)
        assert gray.mode == "L"
        assert np.array_equal(np.asarray(gray), np.asarray(colour))


@pytest.mark.parametrize("cut", [2, 40, 400])
def test_a_damaged_jpeg_has_no_luma_of_its_own(cut: int) -> None:
    buffer = io.BytesIO()
    pictures.photo(203, 117).save(buffer, "JPEG", quality=85)
    assert luma_of_jpeg(buffer.getvalue()[:-cut]) is None


def test_inline_images_in_colour_stay_and_are_counted(tmp_path: Path) -> None:
    inline = b"q 50 0 0 50 400 400 cm BI /W 1 /H 1 /CS /RGB /BPC 8 /F /AHx ID ff0000> EI Q\n"
    report, _, target = pressed(vectors(inline), tmp_path)
    (done,) = [one for one in report.passes if one.name == "turn_gray"]
    assert report.result is Result.PRESSED
    assert done.decisions == {"content_turned_gray": 1, "inline_images_left_in_colour": 1}
    after = drawn(target)
    is_coloured = after.max(axis=2) != after.min(axis=2)
    assert 2000 < is_coloured.sum() < 3000, "the inline image, of 50 x 50 pixels, and nothing else"


@pytest.mark.parametrize(
    ("image", "count"),
    [(b"/CS /RGB", 1), (b"/CS /G", 0), (b"/IM true", 0), (b"/ColorSpace /DeviceGray", 0), (b"/CS /C0", 1)],
)
def test_inline_images_are_told_by_their_space(image: bytes, count: int) -> None:
    assert coloured_inline_images(b"q BI /W 1 /H 1 " + image + b" /BPC 8 ID \x00/IM EI Q") == count


def test_the_proof_fails_for_a_result_that_is_not_gray(tmp_path: Path) -> None:
    _, source, right = pressed(images.photo_jpeg(), tmp_path)
    lighter = tmp_path / "another.pdf"
    lighter.write_bytes(images.photo_grey_jpeg(seed=2))
    assert not verify(source, lighter, options=GRAY).harmless
    assert verify(source, right, options=GRAY).harmless
    assert not verify(source, right, options=PressOptions(Level.LOW)).harmless


def test_form_fields_do_not_keep_a_document_in_colour(tmp_path: Path) -> None:
    report, _, _ = pressed(features.form(), tmp_path)
    assert report.result is Result.PRESSED


@pytest.mark.parametrize("has_intent", [True, False])
def test_pdfa_turns_gray_where_its_output_intent_allows_it(tmp_path: Path, *, has_intent: bool) -> None:
    with Pdf.open(io.BytesIO(archival.pdfa(2))) as pdf:
        if not has_intent:
            del pdf.Root.OutputIntents
        document = pages.saved(pdf)
    if has_intent:
        assert pressed(document, tmp_path)[0].result is Result.PRESSED
        return
    with pytest.raises(ArchivalPdfError, match="output intent"):
        pressed(document, tmp_path)
    options = PressOptions(Level.LOW, grayscale=True, pdfa=PdfaPolicy.COMPRESS)
    assert pressed(document, tmp_path, options)[0].result is Result.PRESSED


@pytest.mark.parametrize("step", [Step.IMAGES, Step.CONTENT])
def test_gray_cannot_be_asked_for_without_the_steps_it_takes(step: Step) -> None:
    with pytest.raises(ValueError, match="grayscale"):
        PressOptions(grayscale=True, without=frozenset({step}))
