"""The engine's promises, on documents of every kind the factory makes."""

import os
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, Stream, String

from bulkpress_engine.errors import DamagedPdfError, EncryptedPdfError, EngineError, OutOfMemoryError, SignedPdfError
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions, SignedPolicy
from bulkpress_engine.press import press, press_proven
from bulkpress_engine.report import Reason, Report, Result
from bulkpress_engine.verification import Verdict
from tests.support.pdf_factory import (
    EVERY_MAKER,
    colours,
    features,
    images,
    masks,
    pages,
    placements,
    protection,
    signing,
)

HARMLESS = Verdict(findings=())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Where the document to press is put."""
    return tmp_path / "source.pdf"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the pressed document goes: a folder of its own, so that leftovers are seen."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "pressed.pdf"


def pressed(document: bytes, source: Path, target: Path, options: PressOptions = PressOptions()) -> Report:  # noqa: B008  (frozen)
    """The report of pressing these bytes."""
    source.write_bytes(document)
    return press(source, target, options)


def image_widths(path: Path) -> list[int]:
    """The width in pixels of each image XObject of a document."""
    with Pdf.open(path) as pdf:
        found = (stream for stream in pdf.objects if isinstance(stream, Stream))
        return [int(stream.Width) for stream in found if stream.get(Name.Subtype) == Name.Image]


@pytest.mark.parametrize("level", [Level.LOW, Level.HIGH])
@pytest.mark.parametrize("make", EVERY_MAKER.values(), ids=EVERY_MAKER.keys())
def test_no_document_grows_loses_pages_or_leaves_drafts(
    make: Callable[[], bytes], level: Level, source: Path, target: Path
) -> None:
    document = make()
    report = pressed(document, source, target, PressOptions(level))
    assert report.bytes_in == len(document)
    assert target.stat().st_size == report.bytes_out <= report.bytes_in
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert report.fallbacks == ()  # the first plan was harmless
    with Pdf.open(source) as before, Pdf.open(target) as after:
        assert len(before.pages) == len(after.pages) == report.pages


def _unproven(source: Path, target: Path) -> bytes:
    press_proven(source, target, PressOptions(), DEFAULT_LIMITS, lambda *_, **__: HARMLESS)
    return target.read_bytes()


DETERMINISTIC = [name for name in EVERY_MAKER if name != "protection.owner_only"]  # AES starts at random


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_the_same_document_gives_the_same_bytes(name: str, source: Path, target: Path) -> None:
    source.write_bytes(EVERY_MAKER[name]())
    first, second = (_unproven(source, target) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("make", "share"),
    [
        (images.photo_jpeg, 0.5),
        (images.photo_flate, 0.25),
        (images.colour_scan, 0.5),
        (images.bilevel_scan_flate, 0.75),
        (placements.in_nested_forms, 0.6),
        (placements.in_tiling_pattern, 0.6),
        (placements.in_annotation_appearance, 0.6),
        (placements.same_image_twice, 0.35),
        (pages.many_pages, 0.6),
        (features.private_data, 0.2),
        (features.unreferenced_objects, 0.2),
    ],
)
def test_medium_saves_what_the_document_offers(
    make: Callable[[], bytes], share: float, source: Path, target: Path
) -> None:
    report = pressed(make(), source, target)
    assert report.bytes_out <= share * report.bytes_in, report


EXACT_MAKERS = [
    masks.matte,
    masks.colour_key_mask,
    colours.inverted_by_decode,
    colours.separation,
    colours.device_n,
    colours.lab,
]


@pytest.mark.parametrize("make", EXACT_MAKERS)
def test_samples_that_something_depends_on_stay_what_they_are(
    make: Callable[[], bytes], source: Path, target: Path
) -> None:
    report = pressed(make(), source, target, PressOptions(Level.HIGH))
    assert report.decisions["press_images.repacked"] >= 1
    assert samples(source) == samples(target)


def samples(path: Path) -> list[bytes]:
    """The decoded samples of each image on the first page."""
    with Pdf.open(path) as pdf:
        images = [image for _, image in pdf.pages[0].obj.Resources.XObject.items()]
        return [image.read_bytes() for image in images]


def test_an_image_keeps_the_pixels_of_its_largest_drawing(source: Path, target: Path) -> None:
    pressed(placements.small_and_large(), source, target)
    assert image_widths(target) == [800]  # 115 dpi where it is large


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("make", [masks.soft_mask, masks.flat_soft_mask])
def test_soft_masks_stay_in_device_gray(make: Callable[[], bytes], level: Level, source: Path, target: Path) -> None:
    assert pressed(make(), source, target, PressOptions(level)).result is Result.PRESSED
    with Pdf.open(target) as pdf:  # ISO 32000-2, table 143: some readers draw nothing where it has a palette
        assert pdf.pages[0].obj.Resources.XObject.Im0.SMask.ColorSpace == Name.DeviceGray


def test_an_image_is_brought_to_the_resolution_of_the_level(source: Path, target: Path) -> None:
    pressed(placements.in_nested_forms(), source, target, PressOptions(Level.HIGH))
    assert image_widths(target) == [278]  # 200 pt at 100 dpi


def test_the_same_image_is_stored_once(source: Path, target: Path) -> None:
    report = pressed(placements.same_image_twice(), source, target)
    assert len(image_widths(target)) == 1
    assert next(one for one in report.passes if one.name == "merge_duplicates").objects_changed >= 1


def test_text_fields_do_not_come_to_share_their_look(source: Path, target: Path) -> None:
    pdf = Pdf.new()
    page = pages.add_page(pdf, b"")
    kinds = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, Rect=Array([0, 0, 90, 20]))
    for number in range(3):
        look = pdf.make_stream(b"/Tx BMC EMC", Subtype=Name.Form, BBox=Array([0, 0, 90, 20]))
        field = Dictionary({**dict(kinds.items()), "/T": String(f"{number}"), "/AP": Dictionary(N=look)})
        page.obj.Annots = Array([*page.obj.get(Name.Annots, []), pdf.make_indirect(field)])
    pdf.Root.AcroForm = Dictionary(Fields=page.obj.Annots, Waste=String("waste " * 400))
    pdf.save(source)
    assert press(source, target).result is Result.PRESSED
    with Pdf.open(target) as after:  # a program that fills one in may write into its stream
        assert len({field.AP.N.objgen for field in after.pages[0].obj.Annots}) == 3


def test_image_quality_overrides_the_level(source: Path, target: Path) -> None:
    coarse = pressed(images.photo_flate(), source, target, PressOptions(image_quality=20)).bytes_out
    fine = pressed(images.photo_flate(), source, target, PressOptions(image_quality=90)).bytes_out
    assert coarse < 0.6 * fine


@pytest.mark.parametrize(("part", "allowed"), [("1", False), ("2", True)])
def test_only_pdfa_1_gets_no_object_streams(part: str, source: Path, target: Path, *, allowed: bool) -> None:
    with Pdf.open(BytesIO(features.pdfa_claim())) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["pdfaid:part"] = part
        pdf.pages[0].obj.PieceInfo = Dictionary(Waste=pdf.make_stream(bytes(range(256)) * 40))
        pdf.save(source, object_stream_mode=ObjectStreamMode.disable)
    assert press(source, target).result is Result.PRESSED
    assert (b"/ObjStm" in target.read_bytes()) is allowed


@pytest.mark.parametrize(("version", "allowed"), [("PDF/X-1:2001", False), ("PDF/X-3:2003", False), ("x", True)])
def test_early_pdfx_gets_no_object_streams(version: str, source: Path, target: Path, *, allowed: bool) -> None:
    with Pdf.open(BytesIO(images.photo_flate())) as pdf:
        pdf.docinfo["/GTS_PDFXVersion"] = version
        pdf.save(source, force_version="1.3", object_stream_mode=ObjectStreamMode.disable)
    assert press(source, target).result is Result.PRESSED
    with Pdf.open(target) as pdf:
        assert (pdf.pdf_version == "1.5") is allowed


@pytest.mark.parametrize("version", [b"%PDF-1.4294967296", b"%PDF-99999999999.3", b"%PDF-x"])
def test_an_absurd_version_is_not_handed_on(version: bytes, source: Path, target: Path) -> None:
    document = images.photo_flate()
    assert pressed(version + document[len(b"%PDF-1.4") :], source, target).result is Result.PRESSED


def test_names_that_are_not_utf8_stand_in_no_ones_way(source: Path, target: Path) -> None:
    with Pdf.open(BytesIO(features.form())) as pdf:
        pdf.pages[0].obj.Annots[0].AS = Name("/Qqq")
        pdf.pages[0].obj.PieceInfo = Dictionary(Waste=pdf.make_stream(bytes(range(256)) * 40))
        pdf.pages[0].obj.Waste = pdf.make_stream(bytes(10_000), Filter=Array([Name("/Qqq")]))
        file = BytesIO()
        pdf.save(file, object_stream_mode=ObjectStreamMode.disable)
    report = pressed(file.getvalue().replace(b"/Qqq", b"/J\xe4\xff"), source, target)
    assert (report.reason, report.fallbacks) == (Reason.COMPRESSED, ())


def test_a_signature_without_an_object_of_its_own_counts(source: Path, target: Path) -> None:
    pdf = Pdf.open(BytesIO(pages.uncompressed_text()))
    signature = Dictionary(Type=Name.Sig, ByteRange=Array([0, 10, 20, 10]), Contents=String(bytes(16)))
    pdf.Root.AcroForm = Dictionary(Fields=Array([Dictionary(FT=Name.Sig, T=String("s"), V=signature)]))
    pdf.save(source)
    assert press(source, target).reason is Reason.SIGNED


def test_a_signed_document_comes_back_byte_for_byte(source: Path, target: Path) -> None:
    document = signing.signed()
    assert pressed(document, source, target).reason is Reason.SIGNED
    assert target.read_bytes() == document


def test_a_signed_document_is_refused_on_request(source: Path, target: Path) -> None:
    with pytest.raises(SignedPdfError):
        pressed(signing.signed(), source, target, PressOptions(on_signed=SignedPolicy.REFUSE))
    assert list(target.parent.iterdir()) == []


def test_usage_rights_count_as_a_signature(source: Path, target: Path) -> None:
    pdf = Pdf.open(BytesIO(pages.uncompressed_text()))
    pdf.Root.Perms = Dictionary(UR3=pdf.make_indirect(Dictionary(Type=Name.Sig)))
    pdf.save(source)
    assert press(source, target).reason is Reason.SIGNED


def test_a_document_that_needs_a_password_is_refused_without_it(source: Path, target: Path) -> None:
    with pytest.raises(EncryptedPdfError):
        pressed(protection.encrypted(), source, target)
    assert list(target.parent.iterdir()) == []


def test_a_password_that_no_document_can_have_opens_none_and_harms_none(source: Path, target: Path) -> None:
    impossible = PressOptions(password="a\0b")
    with pytest.raises(EncryptedPdfError):
        pressed(protection.encrypted(), source, target, impossible)
    assert pressed(pages.uncompressed_text(), source, target, impossible).result is Result.PRESSED


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_an_encrypted_document_stays_encrypted_the_same_way(revision: int, source: Path, target: Path) -> None:
    document = protection.owner_only(plain=pages.uncompressed_text(), revision=revision)
    assert pressed(document, source, target).result is Result.PRESSED
    with Pdf.open(BytesIO(document)) as before, Pdf.open(target) as after:
        for entry in (Name.O, Name.U, Name.P, Name.R, Name.V):
            assert before.trailer.Encrypt[entry] == after.trailer.Encrypt[entry]


def test_pressing_again_gains_nothing_and_keeps_the_bytes(source: Path, target: Path) -> None:
    pressed(pages.many_pages(), source, target)
    once = target.read_bytes()
    report = pressed(once, source, target)
    assert target.read_bytes() == once or len(once) - report.bytes_out < 0.01 * len(once)


def test_a_proof_that_fails_leaves_no_target(source: Path, target: Path) -> None:
    def prove(*_: object, **__: object) -> Verdict:
        raise OutOfMemoryError

    source.write_bytes(images.photo_jpeg())
    with pytest.raises(OutOfMemoryError):
        press_proven(source, target, PressOptions(), DEFAULT_LIMITS, prove)
    assert list(target.parent.iterdir()) == []


def test_a_damaged_image_is_counted_and_the_others_are_pressed(source: Path, target: Path) -> None:
    pdf = Pdf.open(BytesIO(placements.same_image_twice()))
    first = pdf.pages[0].Resources.XObject.Im0
    first.write(first.read_raw_bytes()[:-2000], filter=Name.DCTDecode)
    pdf.save(source)
    decisions = press(source, target).decisions
    assert decisions["press_images.undecodable"] == 1
    assert decisions["press_images.recoded"] == 1


def test_past_the_limit_of_pixels_an_image_is_left(source: Path, target: Path) -> None:
    source.write_bytes(images.photo_jpeg())
    report = press(source, target, limits=replace(DEFAULT_LIMITS, image_pixels=100_000))
    assert report.decisions == {"press_images.too_large": 1}


@pytest.mark.parametrize(
    ("document", "error"),
    [(b"", "empty_file"), (b"\n", "not_a_pdf"), (b"<html>", "not_a_pdf"), (b"%PDF-1.7\n", DamagedPdfError.code)],
)
def test_what_is_no_document_ends_in_a_coded_error(document: bytes, error: str, source: Path, target: Path) -> None:
    with pytest.raises(EngineError) as caught:
        pressed(document, source, target)
    assert caught.value.code == error
    assert list(target.parent.iterdir()) == []


def test_a_table_of_objects_said_to_begin_beyond_64_bits_is_damage_and_no_crash(source: Path, target: Path) -> None:
    before, _, _ = images.photo_flate().rpartition(b"startxref")
    with pytest.raises(DamagedPdfError):
        pressed(before + b"startxref\n105897932384626433832795\n%%EOF", source, target)


def test_the_name_of_a_file_is_no_reason(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "encryption unsupported, speed limit.pdf"
    source.write_bytes(b"%PDF-1.4 and nothing else")
    with pytest.raises(DamagedPdfError):
        press(source, target)


def test_paths_need_not_be_text(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    assert pressed(images.photo_flate(), folder / "source.pdf", folder / "target.pdf").reason is Reason.COMPRESSED


@pytest.mark.parametrize(("limit", "value"), [("pages", 2), ("objects", 5)])
def test_more_pages_or_objects_than_allowed_are_refused(limit: str, value: int, source: Path, target: Path) -> None:
    source.write_bytes(pages.text(pages=3))
    with pytest.raises(EngineError) as caught:
        press(source, target, limits=replace(DEFAULT_LIMITS, **{limit: value}))
    assert caught.value.code == "too_complex"
