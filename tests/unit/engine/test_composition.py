"""What the bytes of a file are, to the last one."""

from collections.abc import Callable
from io import BytesIO

import pytest
from pikepdf import Dictionary, Name, Pdf

from bulkpress_engine.composition import composition
from bulkpress_engine.kinds import KIND_WORDS, Kind, largest_share
from tests.support.pdf_factory import EVERY_MAKER, colours, features, images, pages


def parts_of(document: bytes) -> dict[Kind, int]:
    """The composition of a document."""
    with Pdf.open(BytesIO(document)) as pdf:
        return composition(pdf, len(document))


@pytest.mark.parametrize("make", EVERY_MAKER.values(), ids=EVERY_MAKER.keys())
def test_kinds_add_up_to_the_file(make: Callable[[], bytes]) -> None:
    document = make()
    parts = parts_of(document)
    assert sum(parts.values()) == len(document)
    assert min(parts.values()) > 0
    assert Kind.OTHER not in parts or parts[Kind.OTHER] < 0.1 * len(document)


@pytest.mark.parametrize(
    ("make", "kind", "share"),
    [
        (images.photo_jpeg, Kind.JPEG, 0.9),
        (images.photo_flate, Kind.SAMPLES, 0.9),
        (images.bilevel_scan_g4, Kind.CCITT, 0.9),
        (colours.icc_based, Kind.COLOUR, 0.0003),
        (pages.uncompressed_text, Kind.CONTENT, 0.5),
        (features.private_data, Kind.METADATA, 0.7),
        (features.attachments, Kind.ATTACHMENTS, 0.05),
        (features.unreferenced_objects, Kind.UNUSED, 0.7),
    ],
)
def test_bytes_are_what_they_are_for(make: Callable[[], bytes], kind: Kind, share: float) -> None:
    document = make()
    assert parts_of(document).get(kind, 0) >= share * len(document), parts_of(document)


def test_what_is_drawn_and_private_as_well_is_no_metadata() -> None:
    pdf = Pdf.open(BytesIO(images.photo_jpeg()))
    page = pdf.pages[0].obj
    page.PieceInfo = Dictionary(Copy=page.Resources.XObject.Im0, Note=pdf.make_stream(bytes(range(200))))
    file = BytesIO()
    pdf.save(file)
    parts = parts_of(file.getvalue())
    assert parts[Kind.JPEG] > 10_000
    assert 0 < parts[Kind.METADATA] < 1_000


def test_streams_that_come_to_more_than_the_file_are_cut() -> None:
    with Pdf.open(BytesIO(images.photo_jpeg())) as pdf:
        parts = composition(pdf, 1_000)
    assert list(parts) == [Kind.JPEG, Kind.CONTENT]
    assert sum(parts.values()) == 1_000


def test_a_loop_of_references_ends() -> None:
    pdf = Pdf.new()
    page = pages.add_page(pdf, b"q Q")
    page.obj.PieceInfo = Dictionary(Page=page.obj, Again=Dictionary(Parent=page.obj))
    page.obj.Contents[Name.Loop] = page.obj
    assert sum(composition(pdf, 5_000).values()) == 5_000


def test_every_kind_has_words_for_people() -> None:
    assert set(KIND_WORDS) == set(Kind)


def test_images_of_all_codings_are_one_thing_to_people() -> None:
    assert largest_share({Kind.JPEG: 30, Kind.CCITT: 30, Kind.FONTS: 40}) == ("images", 0.6)
