"""The makers of test PDFs make what they say: otherwise every test that uses one proves nothing."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import cast

import pikepdf
import pypdfium2
import pytest
from pikepdf import Name, Pdf, Stream
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.support import pdf_factory
from tests.support.pdf_factory import (
    colours,
    features,
    images,
    masks,
    pages,
    pictures,
    placements,
    protection,
    signing,
)

EVERY_MAKER = {**pdf_factory.EVERY_MAKER, "signing.signed": signing.signed}


Opener = Callable[[bytes], Pdf]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens documents and closes them when the test is over: until then their objects can be read."""
    with ExitStack() as documents:
        yield lambda made: documents.enter_context(Pdf.open(io.BytesIO(made)))


def only_image(document: Pdf) -> Stream:
    """The image that the first page draws."""
    return cast("Stream", document.pages[0].obj.Resources.XObject.Im0)


def rendered_spread(made: bytes) -> float:
    """How far the pixels of the first page are from being all alike (standard deviation, 0 to 127)."""
    document = pypdfium2.PdfDocument(made)
    document.init_forms()
    spread = float(document[0].render(scale=0.5, may_draw_forms=True).to_numpy().std())
    document.close()
    return spread


@pytest.mark.parametrize("name", sorted(EVERY_MAKER))
def test_every_document_is_sound_and_shows_something(name: str, opened: Opener) -> None:
    made = EVERY_MAKER[name]()
    assert opened(made).check_pdf_syntax() == []
    assert rendered_spread(made) > 2


@pytest.mark.parametrize("name", sorted(EVERY_MAKER.keys() - {"protection.owner_only", "signing.signed"}))
def test_the_same_call_gives_the_same_bytes(name: str) -> None:
    assert EVERY_MAKER[name]() == EVERY_MAKER[name]()


@pytest.mark.parametrize(
    ("make", "filter_name", "bits"),
    [
        (images.photo_jpeg, "/DCTDecode", 8),
        (images.photo_grey_jpeg, "/DCTDecode", 8),
        (images.photo_flate, "/FlateDecode", 8),
        (images.colour_scan, "/DCTDecode", 8),
        (images.bilevel_scan_g4, "/CCITTFaxDecode", 1),
        (images.bilevel_scan_flate, "/FlateDecode", 1),
    ],
)
def test_photographs_and_scans_come_in_the_filter_they_name(
    make: Callable[[], bytes], filter_name: str, bits: int, opened: Opener
) -> None:
    image = only_image(opened(make()))
    assert (str(image.Filter), int(image.BitsPerComponent)) == (filter_name, bits)


def test_a_photograph_is_smooth_as_nature_is_and_not_noise() -> None:
    pixels = pictures.photo_pixels(400, 300).astype(int)
    between_neighbours = abs(pixels[:, 1:] - pixels[:, :-1]).mean()
    assert between_neighbours < pixels.std() / 8


def test_group_4_shows_the_same_page_as_flate(opened: Opener) -> None:
    one, other = (
        pikepdf.PdfImage(only_image(opened(make()))) for make in (images.bilevel_scan_g4, images.bilevel_scan_flate)
    )
    assert one.as_pil_image().convert("1").tobytes() == other.as_pil_image().convert("1").tobytes()


@pytest.mark.parametrize(
    ("make", "space"),
    [
        (colours.icc_based, "/ICCBased"),
        (colours.indexed, "/Indexed"),
        (colours.separation, "/Separation"),
        (colours.device_n, "/DeviceN"),
        (colours.lab, "/Lab"),
    ],
)
def test_images_have_the_colour_space_they_name(make: Callable[[], bytes], space: str, opened: Opener) -> None:
    assert only_image(opened(make())).ColorSpace[0] == Name(space)


def test_a_cmyk_jpeg_has_adobes_marker_and_looks_like_the_same_in_flate(opened: Opener) -> None:
    made = colours.cmyk_jpeg()
    assert b"Adobe" in only_image(opened(made)).read_raw_bytes()[:100]
    first, second = (
        pypdfium2.PdfDocument(data)[0].render(scale=0.5).to_numpy().astype(int) for data in (made, colours.cmyk_flate())
    )
    assert abs(first - second).mean() < 3


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (masks.soft_mask, "/SMask"),
        (masks.flat_soft_mask, "/SMask"),
        (masks.matte, "/SMask"),
        (masks.colour_key_mask, "/Mask"),
        (masks.explicit_mask, "/Mask"),
        (masks.stencil_mask, "/ImageMask"),
        (colours.inverted_by_decode, "/Decode"),
    ],
)
def test_images_carry_the_mask_or_decode_they_name(make: Callable[[], bytes], key: str, opened: Opener) -> None:
    assert key in only_image(opened(make()))


def test_the_soft_mask_has_a_size_of_its_own_and_the_matte_one_a_matte(opened: Opener) -> None:
    image = only_image(opened(masks.soft_mask()))
    assert (image.SMask.Width, image.SMask.Height) != (image.Width, image.Height)
    assert list(only_image(opened(masks.matte())).SMask.Matte) == [1, 1, 1]


def test_placed_images_are_where_they_are_said_to_be(opened: Opener) -> None:
    nested = opened(placements.in_nested_forms(3)).pages[0].obj.Resources.XObject.Fm0
    assert nested.Resources.XObject.Fm0.Resources.XObject.Fm0.Resources.XObject.Im0.Subtype == Name.Image
    tiled = opened(placements.in_tiling_pattern()).pages[0].obj.Resources.Pattern.P0
    assert tiled.Resources.XObject.Im0.Subtype == Name.Image
    stamp = opened(placements.in_annotation_appearance()).pages[0].obj.Annots[0]
    assert stamp.AP.N.Resources.XObject.Im0.Subtype == Name.Image


def test_the_same_image_twice_is_two_objects_of_equal_bytes(opened: Opener) -> None:
    first, second = (page.obj.Resources.XObject.Im0 for page in opened(placements.same_image_twice()).pages)
    assert first.objgen != second.objgen
    assert first.read_raw_bytes() == second.read_raw_bytes()


def test_the_form_has_its_fields_with_values_and_appearances(opened: Opener) -> None:
    fields = list(opened(features.form()).Root.AcroForm.Fields)
    assert [str(field.T) for field in fields] == ["name", "agreed"]
    assert all("/N" in field.AP for field in fields)


def test_links_lead_to_the_web_to_a_page_and_to_a_name(opened: Opener) -> None:
    web, inner, named = opened(features.links()).pages[0].obj.Annots
    assert str(web.A.URI).startswith("https://")
    assert (inner.Dest[1], str(named.Dest)) == (Name.Fit, "chapter-2")


def test_the_outline_has_two_chapters_and_a_section(opened: Opener) -> None:
    with opened(features.outline()).open_outline() as outline:
        assert [(item.title, len(item.children)) for item in outline.root] == [("Chapter 1", 1), ("Chapter 2", 0)]


def test_structure_names_labels_layers_and_attachments_are_there(opened: Opener) -> None:
    tagged = opened(features.tagged()).Root
    assert (len(tagged.StructTreeRoot.K), bool(tagged.MarkInfo.Marked)) == (2, True)
    assert len(opened(features.named_destinations()).Root.Names.Dests.Names) == 6
    assert [page.label for page in opened(features.page_labels()).pages] == ["i", "ii", "1", "2"]
    assert len(opened(features.layers()).Root.OCProperties.OCGs) == 2
    assert sorted(opened(features.attachments()).attachments) == ["figures.csv", "raw.bin"]
    with opened(features.pdfa_claim()).open_metadata() as metadata:
        assert metadata.pdfa_status == "2B"


def test_waste_is_there_to_be_found(opened: Opener) -> None:
    assert "/PieceInfo" in opened(features.private_data()).Root
    made = features.unreferenced_objects(bytes_each=20_000)
    slim = io.BytesIO()
    opened(made).save(slim)
    assert len(made) - len(slim.getvalue()) > 19_000


def test_many_pages_are_as_many_as_asked(opened: Opener) -> None:
    assert len(opened(pages.many_pages(123)).pages) == 123


@pytest.mark.parametrize(("revision", "bits"), [(3, 128), (4, 128), (6, 256)])
def test_encrypted_documents_open_with_their_password_only(revision: int, bits: int, opened: Opener) -> None:
    made = protection.encrypted(revision=revision)
    with pytest.raises(pikepdf.PasswordError):
        opened(made)
    with Pdf.open(io.BytesIO(made), password=protection.USER_PASSWORD) as document:
        assert (document.encryption.R, document.encryption.bits) == (revision, bits)


def test_an_owner_password_alone_lets_readers_in_and_forbids_changes(opened: Opener) -> None:
    document = opened(protection.owner_only())
    assert document.is_encrypted
    assert not document.allow.modify_other


def test_the_signature_is_intact_and_covers_the_whole_file() -> None:
    [signature] = PdfFileReader(io.BytesIO(signing.signed())).embedded_signatures
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[signature.signer_cert]))
    assert (status.intact, status.valid) == (True, True)
