"""What `strip_metadata` and `pdfa` ask for happens, is proven, and never leaves a false claim."""

import io
import re
from pathlib import Path

import pytest
from pikepdf import Dictionary, Name, ObjectStreamMode, Pdf, StreamDecodeLevel
from PIL import Image

from bulkpress_engine.errors import ArchivalPdfError
from bulkpress_engine.inspection.pdfa import pdfa_part
from bulkpress_engine.options import DEFAULT_LIMITS, Level, PdfaPolicy, PressOptions
from bulkpress_engine.preparation.image_metadata import without_jpeg_metadata, without_jpx_metadata
from bulkpress_engine.press import press
from bulkpress_engine.report import Reason, Report
from bulkpress_engine.verification import verify
from tests.support.pdf_factory import archival, pages, telling
from tests.support.pdfa_rules import violations

PDFA_2B = 'pdfaid:part="2" pdfaid:conformance="B"'
PDFUA = 'pdfuaid:part="1"'
STRIPPED = PressOptions(Level.LOW, strip_metadata=True)


def pressed(document: bytes, folder: Path, options: PressOptions) -> tuple[Report, Path]:
    """The report and the result of pressing these bytes."""
    source, target = folder / "source.pdf", folder / "target.pdf"
    source.write_bytes(document)
    return press(source, target, options), target


def everything_in(path: Path) -> bytes:
    """All bytes of a document, with its streams and strings decoded."""
    with Pdf.open(path) as pdf:
        buffer = io.BytesIO()
        pdf.save(
            buffer,
            compress_streams=False,
            object_stream_mode=ObjectStreamMode.disable,
            stream_decode_level=StreamDecodeLevel.generalized,
        )
        return buffer.getvalue()


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("claims", ["", PDFA_2B, PDFUA, f"{PDFA_2B} {PDFUA}"])
def test_nobody_can_tell_who_made_a_stripped_document(claims: str, level: Level, tmp_path: Path) -> None:
    options = PressOptions(level, strip_metadata=True)
    report, target = pressed(telling.telling(claims=claims), tmp_path, options)
    assert (report.reason, report.fallbacks) == (Reason.COMPRESSED, ())
    assert telling.AUTHOR not in everything_in(target)
    assert telling.AUTHOR in everything_in(tmp_path / "source.pdf")


def test_metadata_stays_where_nobody_asked_for_it_to_go(tmp_path: Path) -> None:
    _, target = pressed(telling.telling(), tmp_path, PressOptions(Level.LOW))
    with Pdf.open(target) as pdf:
        assert {str(pdf.docinfo.Author), str(pdf.docinfo.Diary)} == {"Ada Lovelace"}
        assert pdf.open_metadata()["dc:creator"] == ["Ada Lovelace"]


@pytest.mark.parametrize(
    ("claims", "shows_title", "in_info", "in_xmp"),
    [
        ("", False, None, None),
        ("", True, "Notes & sketches", "Notes & sketches"),
        (PDFUA, False, "Notes & sketches", "Notes & sketches"),  # ISO 14289-1, 7.1 asks for a title in XMP
        (PDFA_2B, False, None, None),
        (PDFA_2B, True, "Notes & sketches", "Notes & sketches"),
    ],
)
def test_a_title_stays_where_readers_show_it(
    claims: str, shows_title: bool, in_info: str | None, in_xmp: str | None, tmp_path: Path
) -> None:
    _, target = pressed(telling.telling(claims=claims, shows_title=shows_title), tmp_path, STRIPPED)
    with Pdf.open(target) as pdf:
        info = pdf.trailer.get(Name.Info, Dictionary())
        assert (info.get(Name.Title), pdf.open_metadata().get("dc:title")) == (in_info, in_xmp)


@pytest.mark.parametrize("claims", [PDFA_2B, PDFUA, f"{PDFA_2B} {PDFUA}"])
def test_claims_to_follow_a_standard_stay(claims: str, tmp_path: Path) -> None:
    _, target = pressed(telling.telling(claims=claims), tmp_path, STRIPPED)
    with Pdf.open(target) as pdf:
        said = pdf.open_metadata()
        kept = {f'{key}="{said[key]}"' for key in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part") if key in said}
        packet = pdf.Root.Metadata.read_bytes()
    assert kept == set(claims.split())
    # PDF/A knows no PDF/UA, and wants it described (ISO 19005-2, 6.6.2.3).
    assert (b"pdfaSchema:namespaceURI" in packet) == (claims == f"{PDFA_2B} {PDFUA}")


@pytest.mark.parametrize("part", [1, 2, 3])
def test_pdfa_without_metadata_is_pdfa(part: int, tmp_path: Path) -> None:
    report, target = pressed(archival.pdfa(part), tmp_path, STRIPPED)
    assert (report.reason, violations(target)) == (Reason.COMPRESSED, violations(tmp_path / "source.pdf"))
    with Pdf.open(target) as pdf:
        assert (pdfa_part(pdf), Name.Info in pdf.trailer) == (part, False)


def test_pdfx_keeps_what_it_asks_for(tmp_path: Path) -> None:
    _, target = pressed(archival.pdfx("PDF/X-1a:2001"), tmp_path, STRIPPED)
    with Pdf.open(target) as pdf:
        assert (str(pdf.docinfo.GTS_PDFXVersion), str(pdf.docinfo.Trapped)) == ("PDF/X-1a:2001", "/False")


def test_a_resource_by_the_name_of_metadata_is_none(tmp_path: Path) -> None:
    _, target = pressed(telling.named_metadata(), tmp_path, STRIPPED)
    with Pdf.open(target) as pdf:
        assert Name.Metadata in pdf.pages[0].Resources.XObject


@pytest.mark.parametrize("packet", [b"", b"no XML", b"<x:xmpmeta", b"\xff\xfe\x00", b"<a>" * 5000, bytes(3)])
def test_metadata_that_nobody_can_read_goes_too(packet: bytes, tmp_path: Path) -> None:
    with Pdf.open(io.BytesIO(pages.uncompressed_text())) as pdf:
        pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
        buffer = io.BytesIO()
        pdf.save(buffer, compress_streams=False)
    report, target = pressed(buffer.getvalue(), tmp_path, STRIPPED)
    with Pdf.open(target) as pdf:
        assert (report.reason, Name.Metadata in pdf.Root) == (Reason.COMPRESSED, False)


def test_what_is_left_of_metadata_is_found_by_the_proof(tmp_path: Path) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(telling.telling())
    target.write_bytes(telling.telling())
    findings = verify(source, target, options=STRIPPED, limits=DEFAULT_LIMITS).findings
    assert [finding.partition(":")[0] for finding in findings] == ["metadata"]


def test_pdfa_is_refused_where_that_is_asked_for_and_nothing_else_is(tmp_path: Path) -> None:
    options = PressOptions(pdfa=PdfaPolicy.REFUSE)
    with pytest.raises(ArchivalPdfError):
        pressed(archival.pdfa(2), tmp_path, options)
    assert not (tmp_path / "target.pdf").exists()
    assert pressed(telling.telling(), tmp_path, options)[0].reason is Reason.COMPRESSED


@pytest.mark.parametrize("part", [1, 2, 3])
def test_compressed_pdfa_claims_nothing_any_longer(part: int, tmp_path: Path) -> None:
    report, target = pressed(archival.pdfa(part), tmp_path, PressOptions(Level.LOW, pdfa=PdfaPolicy.COMPRESS))
    assert (report.reason, report.fallbacks) == (Reason.COMPRESSED, ())
    with Pdf.open(target) as pdf:
        assert pdfa_part(pdf) is None
        assert pdf.open_metadata()["dc:title"] == "Kept for fifty years"
    assert re.search(rb"/Type\s*/ObjStm", target.read_bytes())  # which PDF/A-1 forbids


def test_a_claim_in_another_spelling_goes_as_well(tmp_path: Path) -> None:
    document = archival.pdfa(1).replace(b"pdfaid:", b"kept4u:").replace(b"xmlns:pdfaid", b"xmlns:kept4u")
    _, target = pressed(document, tmp_path, PressOptions(Level.LOW, pdfa=PdfaPolicy.COMPRESS))
    with Pdf.open(target) as pdf:
        assert pdfa_part(pdf) is None


def test_a_false_claim_is_found_by_the_proof(tmp_path: Path) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(archival.pdfa(2))
    target.write_bytes(archival.pdfa(2))
    options = PressOptions(pdfa=PdfaPolicy.COMPRESS)
    assert verify(source, target, options=options, limits=DEFAULT_LIMITS).aspects.keys() == {"metadata"}
    assert verify(source, target, options=PressOptions(), limits=DEFAULT_LIMITS).harmless


def test_a_jpeg_loses_what_is_told_and_keeps_how_it_looks() -> None:
    with Pdf.new() as pdf:
        data = telling.telling_jpeg(pdf).read_raw_bytes()
    plain = without_jpeg_metadata(data)
    assert telling.AUTHOR not in plain
    assert b"ICC_PROFILE" in plain
    before, after = (Image.open(io.BytesIO(one)) for one in (data, plain))
    assert before.tobytes() == after.tobytes()


def test_a_progressive_jpeg_is_read_over_all_its_scans() -> None:
    file = io.BytesIO()
    Image.effect_noise((200, 100), 60).convert("RGB").save(file, "JPEG", progressive=True, comment=b"by me")
    plain = without_jpeg_metadata(file.getvalue() + b"trailer")
    assert b"by me" not in plain
    assert Image.open(io.BytesIO(plain)).tobytes() == Image.open(file).tobytes()


@pytest.mark.parametrize("cut", [2, 3, 5, 20, 30, -3, -1])
def test_a_jpeg_that_does_not_add_up_stays_as_it_is(cut: int) -> None:
    with Pdf.new() as pdf:
        data = telling.telling_jpeg(pdf).read_raw_bytes().removesuffix(telling.AUTHOR)
    assert without_jpeg_metadata(data[:cut]) == data[:cut]


@pytest.mark.parametrize(
    ("boxes", "kept"),
    [
        ([(b"ftyp", b"jp2 "), (b"uuid", b"XMP"), (b"jp2c", b"pixels")], [0, 2]),
        ([(b"xml ", b"<a/>"), (b"jp2c", b"pixels")], [1]),
        ([(b"uuid", b"XMP"), (b"ftbl", b"positions"), (b"jp2c", b"pixels")], [0, 1, 2]),  # data is found by position
    ],
)
def test_jpeg_2000_loses_the_boxes_that_only_tell(boxes: list[tuple[bytes, bytes]], kept: list[int]) -> None:
    spelt = [(8 + len(body)).to_bytes(4) + kind + body for kind, body in boxes]
    assert without_jpx_metadata(b"".join(spelt)) == b"".join(spelt[number] for number in kept)


@pytest.mark.parametrize("data", [b"", b"\xff\x4f\xff\x51" + bytes(40), bytes(7), b"\0\0\0\4uuid", b"\0\0\1\0uuid"])
def test_what_is_no_jpeg_2000_file_stays_as_it_is(data: bytes) -> None:
    assert without_jpx_metadata(data) == data


def test_options_come_through_the_sandbox_as_they_went_in() -> None:
    options = PressOptions(pdfa=PdfaPolicy.COMPRESS, strip_metadata=True)
    assert PressOptions.from_dict(options.as_dict()) == options
