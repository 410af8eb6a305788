"""The preservation contract: what a document is, claims and does, it is, claims and does after every press."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Encryption, Name, Pdf, Stream, String

from bulkpress_engine.options import DEFAULT_LIMITS, Level, PressOptions, SignedPolicy
from bulkpress_engine.press import press_proven
from bulkpress_engine.report import Report, Result
from bulkpress_engine.verification import Verdict, verify
from tests.support.pdf_factory import archival, features, images, interactive, pages, protection, signing
from tests.support.pdfa_rules import violations


def pressed(document: bytes, folder: Path, options: PressOptions) -> tuple[Report, Path]:
    """The document pressed by the plan as asked, which must be proven harmless: nothing steps in for what it spoils."""
    source, target = folder / "source.pdf", folder / "pressed.pdf"
    source.write_bytes(document)
    report = press_proven(source, target, options, DEFAULT_LIMITS, lambda *_, **__: Verdict())
    if report.result is Result.PRESSED:
        assert verify(source, target, options=options).findings == ()
    return report, target


def names_of(tree: Any) -> dict[str, Any]:
    """A name tree of one node."""
    return dict(zip(map(str, tree.Names[::2]), tree.Names[1::2], strict=True))


def check_xfa(pdf: Pdf) -> None:
    packets = pdf.Root.AcroForm.XFA
    assert [packets[1].read_bytes(), packets[3].read_bytes()] == [interactive.XFA_TEMPLATE, interactive.XFA_DATA]
    assert bool(pdf.Root.NeedsRendering)


def check_scripts(pdf: Pdf) -> None:
    assert b"Good day" in names_of(pdf.Root.Names.JavaScript)["greet"].JS.read_bytes()
    assert pdf.Root.OpenAction.JS.read_bytes() == b"greet();"
    assert pdf.pages[1].obj.AA.O.JS.read_bytes() == b"this.zoom = 100;"


def check_portfolio(pdf: Pdf) -> None:
    assert pdf.Root.Collection.D == "order.txt"
    assert {name: file.get_file().read_bytes()[:20] for name, file in pdf.attachments.items()} == {
        "offer.txt": b"what is in offer.txt", "order.txt": b"what is in order.txt"
    }  # fmt: skip


def check_associated_files(pdf: Pdf) -> None:
    for holder, name in ((pdf.Root, "source.csv"), (pdf.pages[0].obj, "table.csv")):
        assert holder.AF[0].EF.F.read_bytes().startswith(b"what is in " + name.encode())


def check_rich_media(pdf: Pdf) -> None:
    video, sound, movie = pdf.pages[0].obj.Annots
    assert b"clip.mp4" in video.RichMediaContent.Assets.Names[1].EF.F.read_bytes()
    assert sound.Sound.read_bytes() == bytes(range(256)) * 4
    assert isinstance(movie.Movie.Poster, Stream)


def check_articles(pdf: Pdf) -> None:
    bead = pdf.Root.Threads[0].F
    assert bead.P.objgen == pdf.pages[0].obj.objgen
    assert bead.N.P.objgen == pdf.pages[1].obj.objgen
    assert bead.N.objgen == pdf.pages[1].obj.B[0].objgen


def check_slides(pdf: Pdf) -> None:
    assert [(str(page.obj.Trans.S), int(page.obj.Dur)) for page in pdf.pages] == [("/Dissolve", 5)] * 2


def check_captured_web_page(pdf: Pdf) -> None:
    assert list(names_of(pdf.Root.Names.URLS)) == ["https://example.org/"]


def check_layered_image(pdf: Pdf) -> None:
    (drawn,) = pdf.pages[0].obj.Resources.XObject.values()
    assert drawn.OC.objgen == pdf.Root.OCProperties.OCGs[0].objgen


def check_dates(pdf: Pdf) -> None:
    said = {key: str(value) for key, value in pdf.docinfo.items()}
    assert said["/CreationDate"] == "D:20200229120000+01'00'"
    assert (said["/ModDate"], said["/CaseNumber"]) == ("D:20210301000000Z", "4711")


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    ("make", "check"),
    [
        (interactive.xfa, check_xfa),
        (interactive.scripts, check_scripts),
        (interactive.portfolio, check_portfolio),
        (interactive.associated_files, check_associated_files),
        (interactive.rich_media, check_rich_media),
        (interactive.articles, check_articles),
        (interactive.slides, check_slides),
        (interactive.captured_web_page, check_captured_web_page),
        (interactive.layered_image, check_layered_image),
        (interactive.dated, check_dates),
    ],
)
def test_what_a_document_does_it_does_after_a_press(
    make: Callable[[], bytes], check: Callable[[Pdf], None], level: Level, tmp_path: Path
) -> None:
    report, target = pressed(make(), tmp_path, PressOptions(level))
    assert report.result is Result.PRESSED
    with Pdf.open(target) as pdf:
        check(pdf)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("part", [1, 2, 3])
def test_pdfa_stays_pdfa(part: int, level: Level, tmp_path: Path) -> None:
    report, target = pressed(archival.pdfa(part), tmp_path, PressOptions(level))
    assert report.result is Result.PRESSED
    assert violations(tmp_path / "source.pdf") == set()
    assert violations(target) == set()


def break_opacity(pdf: Pdf) -> None:
    image = next(iter(pdf.pages[0].obj.Resources.XObject.values()))
    image.SMask = pdf.make_stream(b"")


def drop_profile(pdf: Pdf) -> None:
    del pdf.Root.OutputIntents


def attach(pdf: Pdf) -> None:
    pdf.attachments["more.txt"] = b"more"


@pytest.mark.parametrize(
    ("harm", "clause"),
    [
        (break_opacity, "ISO 19005-1, 6.4"),
        (drop_profile, "ISO 19005-1, 6.2.2"),
        (attach, "ISO 19005-1, 6.1.11"),
    ],
)
def test_the_rules_find_what_is_against_them(harm: Callable[[Pdf], None], clause: str, tmp_path: Path) -> None:
    target = tmp_path / "broken.pdf"
    with Pdf.open(BytesIO(archival.pdfa(1))) as pdf:
        harm(pdf)
        pdf.save(target, compress_streams=False)
    assert clause in {found.partition(": ")[0] for found in violations(target)}


@pytest.mark.parametrize("version", ["PDF/X-1a:2001", "PDF/X-3:2002", "PDF/X-4"])
def test_pdfx_keeps_its_printing_condition(version: str, tmp_path: Path) -> None:
    _, target = pressed(archival.pdfx(version), tmp_path, PressOptions())
    with Pdf.open(BytesIO(archival.pdfx(version))) as before, Pdf.open(target) as after:
        assert after.docinfo.GTS_PDFXVersion == version
        intents = [pdf.Root.OutputIntents[0] for pdf in (before, after)]
        assert intents[0].DestOutputProfile.read_bytes() == intents[1].DestOutputProfile.read_bytes()
        assert intents[1].S == Name.GTS_PDFX
    if version != "PDF/X-4":
        assert b"/ObjStm" not in target.read_bytes()


def test_tags_keep_their_tree_and_their_content(tmp_path: Path) -> None:
    _, target = pressed(features.tagged(), tmp_path, PressOptions())
    with Pdf.open(target) as pdf:
        heading, paragraph = pdf.Root.StructTreeRoot.K
        assert [heading.S, heading.K, paragraph.S, paragraph.K] == [Name.H1, 0, Name.P, 1]
        assert [one.objgen for one in pdf.Root.StructTreeRoot.ParentTree.Nums[1]] == [heading.objgen, paragraph.objgen]
        assert b"/MCID 0" in pdf.pages[0].obj.Contents.read_bytes()


ALGORITHMS = {
    "RC4, 40 bits": Encryption(owner="boss", user="", R=2, aes=False, metadata=False),
    "RC4, 128 bits": Encryption(owner="boss", user="", R=3, aes=False, metadata=False),
    "AES, 128 bits": Encryption(owner="boss", user="", R=4, aes=True),
    "AES, 128 bits, metadata readable": Encryption(owner="boss", user="", R=4, aes=True, metadata=False),
    "AES, 256 bits of Acrobat 9": Encryption(owner="boss", user="", R=5, aes=True),
    "AES, 256 bits": Encryption(owner="boss", user="", R=6, aes=True),
    "AES, 256 bits, metadata readable": Encryption(owner="boss", user="", R=6, aes=True, metadata=False),
}


@pytest.mark.filterwarnings("ignore:Encryption R=5 is deprecated")  # which is why it must be kept, not made
@pytest.mark.parametrize("how", ALGORITHMS.values(), ids=ALGORITHMS.keys())
def test_encryption_stays_as_it_was(how: Encryption, tmp_path: Path) -> None:
    buffer = BytesIO()
    with Pdf.open(BytesIO(images.photo_flate())) as pdf:
        with pdf.open_metadata() as said:
            said["dc:title"] = "A photograph"
        pdf.save(buffer, encryption=how)
    report, target = pressed(buffer.getvalue(), tmp_path, PressOptions())
    assert report.result is Result.PRESSED
    for password in ("", "boss"):
        with Pdf.open(buffer, password=password) as before, Pdf.open(target, password=password) as after:
            assert vars_of(before) == vars_of(after)
            assert before.owner_password_matched == after.owner_password_matched
    readable = b"A photograph" in target.read_bytes()
    assert readable == (b"A photograph" in buffer.getvalue())


def vars_of(pdf: Pdf) -> tuple[Any, ...]:
    """How a document is encrypted, and what it allows."""
    how = pdf.encryption
    return how.R, how.V, how.P, how.bits, how.stream_method, how.string_method, how.file_method, pdf.allow


@pytest.mark.parametrize("policy", [SignedPolicy.KEEP, SignedPolicy.COMPRESS])
def test_a_signed_document_is_kept_or_pressed_as_asked(policy: SignedPolicy, tmp_path: Path) -> None:
    document = signing.signed(plain=pages.uncompressed_text())
    report, target = pressed(document, tmp_path, PressOptions(on_signed=policy))
    kept = policy is SignedPolicy.KEEP
    assert (report.result is Result.KEPT) == kept == (target.read_bytes() == document)
    with Pdf.open(target) as pdf:
        assert pdf.Root.AcroForm.Fields[0].T == "Signature1"


def test_an_empty_signature_field_waits_on(tmp_path: Path) -> None:
    with Pdf.open(BytesIO(features.form())) as pdf:
        field = Dictionary(
            FT=Name.Sig, T=String("here"), Type=Name.Annot, Subtype=Name.Widget, Rect=Array([0, 0, 9, 9])
        )
        pdf.Root.AcroForm.Fields.append(pdf.make_indirect(field))
        buffer = BytesIO()
        pdf.save(buffer)
    _, target = pressed(buffer.getvalue(), tmp_path, PressOptions())
    with Pdf.open(target) as pdf:
        assert pdf.Root.AcroForm.Fields[2].T == "here"
        assert Name.V not in pdf.Root.AcroForm.Fields[2]


def test_the_owners_password_opens_what_it_opened(tmp_path: Path) -> None:
    document = protection.encrypted(plain=images.photo_flate())
    _, target = pressed(document, tmp_path, PressOptions(password=protection.OWNER_PASSWORD))
    with Pdf.open(target, password=protection.USER_PASSWORD) as pdf:
        assert pdf.user_password_matched
