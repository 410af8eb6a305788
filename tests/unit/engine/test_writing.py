"""The file writer: what it writes reads back as the same objects, in every reader, the same bytes each time."""

import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from bulkpress_engine.options import PressOptions
from bulkpress_engine.press import press
from bulkpress_engine.writing import TooManyObjectsError, gathering, write_packed
from bulkpress_engine.writing.file import OBJECTS_IN_STREAM
from bulkpress_engine.writing.spelling import literal, references, shortened
from tests.support.pdf_factory import EVERY_MAKER, pages

PLAIN = {name: make for name, make in EVERY_MAKER.items() if not name.startswith("protection.")}


@pytest.mark.parametrize(
    ("spelt", "short"),
    [
        (b"[ 1 2.50 /A#20b ]", b"[1 2.50/A#20b]"),
        (b"<< /A 12 0 R /B [ 7 0 R 7 0 R ] >>", b"<</A 1 0 R/B[2 0 R 2 0 R]>>"),
        (b"[ 99 0 R 12 1 R ]", b"[null null]"),  # of objects that are not, and of another generation
        (b"<< /S (a [ b ] 12 0 R) >>", b"<</S(a [ b ] 12 0 R)>>"),  # a string is no place for references
        (rb"(\( 12 0 R \))", rb"(\( 12 0 R \))"),
        (b"<feff0041>", b"(\xfe\xff\x00A)"),
        (b"<0d28>", rb"(\r\()"),
        (b"<>", b"()"),
        (b"12 0 R", b"1 0 R"),
        (b"/R12 0", b"/R12 0"),
    ],
)
def test_spellings_become_shorter_and_mean_the_same(spelt: bytes, short: bytes) -> None:
    assert shortened(spelt, {(12, 0): 1, (7, 0): 2}) == short


def test_references_are_found_outside_strings_only() -> None:
    assert list(references(b"<< /A 3 0 R /S (5 0 R) /B [ 4 2 R 1 ] >>")) == [(3, 0), (4, 2)]


@given(some.binary())
def test_any_string_reads_back_from_parentheses(text: bytes) -> None:
    assert bytes(Object.parse(literal(text))) == text


@pytest.mark.parametrize("make", PLAIN.values(), ids=PLAIN.keys())
def test_what_is_written_has_the_same_objects(make: Callable[[], bytes], tmp_path: Path) -> None:
    target = tmp_path / "written.pdf"
    with Pdf.open(BytesIO(make())) as pdf:
        write_packed(pdf, target)
        with Pdf.open(target) as written:
            assert written.check_pdf_syntax() == []
            assert written.get_warnings() == []
            assert _told(written.Root) == _told(pdf.Root)
            assert len(pdfium.PdfDocument(target)) == len(pdf.pages)


def _told(root: Object) -> list[str]:
    """All that can be reached, in order, without the numbers of objects."""
    told, places, pending = [], dict[tuple[int, int], int](), [root]
    while pending:
        value = pending.pop()
        if isinstance(value, Object) and value.is_indirect:
            if value.objgen in places:
                told.append(f"again {places[value.objgen]}")
                continue
            places[value.objgen] = len(places)
        if isinstance(value, Array):
            pending += list(value)
        elif isinstance(value, Dictionary | Stream):
            entries = {key: below for key, below in value.items() if key != "/Length"}
            told.append(" ".join(entries))
            pending += entries.values()
            told += [value.read_raw_bytes().hex()] if isinstance(value, Stream) else []
        else:
            told.append(repr(value))
    return told


def test_many_objects_go_into_several_streams(tmp_path: Path) -> None:
    pdf = Pdf.new()
    pages.add_page(pdf, b"")
    pdf.Root.Many = Array([pdf.make_indirect(Dictionary(Number=number)) for number in range(OBJECTS_IN_STREAM + 5)])
    write_packed(pdf, tmp_path / "many.pdf")
    with Pdf.open(tmp_path / "many.pdf") as written:
        assert [int(one.Number) for one in written.Root.Many] == list(range(OBJECTS_IN_STREAM + 5))
        packed = [one for one in written.objects if isinstance(one, Stream) and one.get(Name.Type) == Name.ObjStm]
        assert sum(int(one.N) for one in packed) > OBJECTS_IN_STREAM >= max(int(one.N) for one in packed)


def test_past_the_limit_qpdf_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_OBJECTS", 3)
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(pages.many_pages())
    with Pdf.open(source) as pdf, pytest.raises(TooManyObjectsError):
        write_packed(pdf, target)
    assert not target.exists()
    assert press(source, target).bytes_out < source.stat().st_size


def test_the_identifier_keeps_its_first_half_and_follows_the_content(tmp_path: Path) -> None:
    found = []
    for number, content in enumerate((b"0 0 m", b"0 0 m", b"1 0 m")):
        pdf = Pdf.new()
        pages.add_page(pdf, content)
        pdf.trailer.ID = Array([String(b"for life"), String(b"of old")])
        write_packed(pdf, tmp_path / f"{number}.pdf")
        with Pdf.open(tmp_path / f"{number}.pdf") as written:
            found.append([bytes(half) for half in written.trailer.ID])
    assert {first for first, _ in found} == {b"for life"}
    assert found[0][1] == found[1][1] != found[2][1]


def test_streams_stand_as_pdfa_has_it(tmp_path: Path) -> None:
    pdf = Pdf.new()
    pages.add_page(pdf, b"0 0 m")
    write_packed(pdf, tmp_path / "a.pdf")
    written = (tmp_path / "a.pdf").read_bytes()
    assert written.startswith(b"%PDF-1.5\n%\xbf\xf7\xa2\xfe\n")  # object streams came with 1.5
    for number in range(written.count(b" 0 obj")):
        before, _, after = written.split(b" 0 obj")[number].rpartition(b"\n"), b"", written.split(b" 0 obj")[number + 1]
        assert before[2].isdigit()
        assert after.startswith(b"\n<<")
        assert after.count(b"\nendstream\nendobj\n") == after.count(b"\nstream\n") == 1


def test_a_linearised_file_has_its_first_page_first(tmp_path: Path) -> None:
    source, target = tmp_path / "source.pdf", tmp_path / "target.pdf"
    source.write_bytes(pages.uncompressed_text(9))
    press(source, target, PressOptions(linearize=True))
    with Pdf.open(target) as pdf:
        assert pdf.is_linearized
        assert pdf.check_pdf_syntax() == []


def test_cross_references_compress_to_almost_nothing(tmp_path: Path) -> None:
    pdf = Pdf.new()
    pages.add_page(pdf, b"")
    pdf.Root.Many = Array([pdf.make_indirect(Dictionary(Number=number)) for number in range(900)])
    write_packed(pdf, tmp_path / "a.pdf")
    written = (tmp_path / "a.pdf").read_bytes()
    table = written[written.rindex(b"stream\n", 0, written.rindex(b"endstream")) + 7 :]
    assert len(zlib.decompressobj().decompress(table)) > 3 * 900
    assert table.index(b"\nendstream") < 100
