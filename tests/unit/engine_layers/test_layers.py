"""Scans come out of a press as layers: far smaller, as faithful, and drawn by the very same content."""

from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from bulkpress_engine.images.layers.placing import replaceable
from bulkpress_engine.objects import reachable_containers
from bulkpress_engine.options import Level, PressOptions, Step, Without
from bulkpress_engine.press import press
from bulkpress_engine.report import Reason, Report
from tests.support.pdf_factory import images, scans

Pressed = tuple[bytes, Report]


@pytest.fixture(name="pressed")
def _pressed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Pressed]:
    def pressed(document: bytes, options: PressOptions = PressOptions()) -> Pressed:  # noqa: B008  (frozen)
        folder = tmp_path_factory.mktemp("press")
        (folder / "in.pdf").write_bytes(document)
        report = press(folder / "in.pdf", folder / "out.pdf", options)
        return (folder / "out.pdf").read_bytes(), report

    return pressed


@cache
def scan() -> bytes:
    """Coloured text, scanned."""
    return scans.scan()


def page_pixels(document: bytes, number: int = 0, *, dpi: int = 150) -> NDArray[np.float32]:
    """A page as pdfium draws it, height x width x RGB."""
    with pdfium.PdfDocument(document) as opened:
        drawn = opened[number].render(scale=dpi / 72, rev_byteorder=True).to_numpy()
    return np.asarray(drawn[:, :, :3], np.float32)


def tiles(pixels: NDArray[np.float32], side: int = 30) -> NDArray[np.float32]:
    """Mean colours of square tiles."""
    rows, columns = pixels.shape[0] // side, pixels.shape[1] // side
    cut = pixels[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
    means: NDArray[np.float32] = cut.mean(axis=(1, 3))
    return means


def subtypes(document: bytes) -> list[str]:
    """The subtypes of all XObjects, sorted."""
    with Pdf.open(BytesIO(document)) as pdf:
        found = (value for value in pdf.objects if isinstance(value, Stream))
        return sorted(str(value.Subtype) for value in found if value.get(Name.Subtype) in {Name.Form, Name.Image})


@pytest.mark.parametrize(
    ("make", "level"),
    [
        (scan, Level.MEDIUM),
        (scan, Level.HIGH),
        (scans.gray_scan, Level.MEDIUM),
        (scans.stained_scan, Level.MEDIUM),
        (scans.scan_with_photo, Level.HIGH),
        (images.colour_scan, Level.MEDIUM),
    ],
)
def test_a_scan_becomes_much_smaller_than_its_plain_image_and_looks_the_same(
    make: Callable[[], bytes], level: Level, pressed: Callable[..., Pressed]
) -> None:
    document = make()
    layered, report = pressed(document, PressOptions(level))
    plain, _ = pressed(document, PressOptions(level, without=Without({Step.LAYERS})))
    assert report.reason is Reason.COMPRESSED
    assert report.decisions["take_scans_apart.layered"] == 1
    assert len(layered) < 0.85 * len(plain)
    source, drawn = page_pixels(document), page_pixels(layered)
    assert np.abs(tiles(source) - tiles(drawn)).max() < 12  # no word, no colour, no stamp gone
    assert np.abs(source - drawn).mean() < 6


def test_edges_of_text_are_sharper_than_in_the_plain_image(pressed: Callable[..., Pressed]) -> None:
    layered, _ = pressed(scan(), PressOptions(Level.HIGH))
    plain, _ = pressed(scan(), PressOptions(Level.HIGH, without=Without({Step.LAYERS})))
    source = page_pixels(scan(), dpi=300)
    steep = [np.abs(np.diff(page_pixels(one, dpi=300).mean(axis=2))) for one in (layered, plain)]
    where = np.abs(np.diff(source.mean(axis=2))) > 60
    assert steep[0][where].mean() > 1.5 * steep[1][where].mean()


def test_the_content_and_the_text_under_the_scan_stay(pressed: Callable[..., Pressed]) -> None:
    document = scans.searchable_scan()
    layered, _ = pressed(document, PressOptions(without=Without({Step.CONTENT})))
    with Pdf.open(BytesIO(document)) as before, Pdf.open(BytesIO(layered)) as after:
        assert after.pages[0].obj.Resources.XObject.Im0.Subtype == Name.Form
        assert before.pages[0].Contents.read_bytes().split() == after.pages[0].Contents.read_bytes().split()
    with pdfium.PdfDocument(layered) as opened:
        assert "counted twice" in opened[0].get_textpage().get_text_range()


def test_a_shared_scan_is_taken_apart_once_for_all_its_pages(pressed: Callable[..., Pressed]) -> None:
    document = scans.shared_scan()
    layered, report = pressed(document)
    assert report.decisions["take_scans_apart.layered"] == 1
    assert subtypes(layered).count("/Form") == 1
    for number in range(2):
        assert np.abs(page_pixels(document, number) - page_pixels(layered, number)).mean() < 6


def test_the_same_scan_gives_the_same_bytes(pressed: Callable[..., Pressed]) -> None:
    assert pressed(scan())[0] == pressed(scan())[0]


def test_only_hard_masks_are_used_so_that_pdfa_1_stays_valid(pressed: Callable[..., Pressed]) -> None:
    with Pdf.open(BytesIO(scan())) as pdf, pdf.open_metadata() as metadata:
        metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "1", "B"
        claimed = BytesIO()
        pdf.save(claimed)
    layered, report = pressed(claimed.getvalue())
    assert report.decisions["take_scans_apart.layered"] == 1
    with Pdf.open(BytesIO(layered)) as pdf:
        for holder in reachable_containers(pdf):
            if isinstance(holder, Dictionary | Stream):
                assert not {"/SMask", "/Group", "/SMaskInData"} & set(holder.keys())


def test_a_scan_in_a_layer_that_is_off_stays_hidden(pressed: Callable[..., Pressed]) -> None:
    layered, report = pressed(scans.scan_in_layer())
    assert report.decisions["take_scans_apart.layered"] == 1
    assert page_pixels(layered).min() == 255


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (scans.scan_of_photo, "not_text"),
        (scans.translucent_scan, "needs_image"),
        (scans.scan_as_alternate, "needs_image"),
    ],
)
def test_what_is_better_off_whole_stays_an_image(
    make: Callable[[], bytes], why: str, pressed: Callable[..., Pressed]
) -> None:
    document, report = pressed(make())
    assert report.decisions[f"take_scans_apart.{why}"] == 1
    assert "/Form" not in subtypes(document)


def test_a_scan_that_a_glyph_draws_stays_an_image() -> None:
    with Pdf.open(BytesIO(scan())) as pdf:
        image = pdf.pages[0].obj.Resources.XObject.Im0
        font = Dictionary(Type=Name.Font, Subtype=Name.Type3, Resources=Dictionary(XObject=Dictionary(Im0=image)))
        assert replaceable(pdf, {image.objgen}) == {image.objgen}
        pdf.pages[0].obj.Resources.Font = Dictionary(F3=font)
        assert replaceable(pdf, {image.objgen}) == set()


def test_a_scan_with_entries_that_a_form_has_not_stays_an_image() -> None:
    with Pdf.open(BytesIO(scan())) as pdf:
        image = pdf.pages[0].obj.Resources.XObject.Im0
        image.Measure = Dictionary(Type=Name.Measure)
        image.Alternates = Array([])
        assert replaceable(pdf, {image.objgen}) == set()
