"""Documents with what a reader would miss: forms, links, outlines, tags, attachments, layers, labels; and with what
nobody would: private data and unreferenced objects. Unless said otherwise, A4 pages of text, about 3 kB each."""

import zlib
from collections.abc import Mapping

from pikepdf import (
    Array,
    AttachedFileSpec,
    Dictionary,
    Name,
    NumberTree,
    Object,
    OutlineItem,
    Page,
    Pdf,
    String,
    make_page_destination,
)

from tests.support.pdf_factory.colours import srgb_profile
from tests.support.pdf_factory.pages import add_page, saved, standard_font, text_content, written


def form() -> bytes:
    """One page with a text field ("name" = "Ada Lovelace") and a ticked box ("agreed"), with appearances (12.7)."""
    pdf = Pdf.new()
    page = add_page(pdf, written("Name:", y_pt=700) + written("I agree:", y_pt=650))
    font = standard_font(pdf)
    text_look = _appearance(pdf, b"/Tx BMC q BT /F1 12 Tf 2 5 Td (Ada Lovelace) Tj ET Q EMC", (200, 20), font)
    name = _widget(page, (120, 695, 320, 715), FT=Name.Tx, T=String("name"), V=String("Ada Lovelace"))
    name.DA = String("/F1 12 Tf 0 g")
    name.AP = Dictionary(N=text_look)
    on = _appearance(pdf, b"q 0 0 20 20 re S 3 3 m 17 17 l S 3 17 m 17 3 l S Q", (20, 20), font)
    off = _appearance(pdf, b"q 0 0 20 20 re S Q", (20, 20), font)
    agreed = _widget(page, (120, 645, 140, 665), FT=Name.Btn, T=String("agreed"), V=Name.Yes)
    agreed.AS = Name.Yes
    agreed.AP = Dictionary(N=Dictionary(Yes=on, Off=off))
    fields = [pdf.make_indirect(name), pdf.make_indirect(agreed)]
    page.obj.Annots = Array(fields)
    resources = Dictionary(Font=Dictionary(F1=font))
    pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=Array(fields), DR=resources, DA=String("/F1 0 Tf 0 g")))
    return saved(pdf)


def links() -> bytes:
    """Two pages: a link to a web address, one to the second page, one to a named destination (12.5.6.5)."""
    pdf = Pdf.new()
    first, second = add_page(pdf, text_content(1)), add_page(pdf, text_content(2))
    _name_destination(pdf, "chapter-2", second)
    web = _link((50, 700, 250, 720), A=Dictionary(S=Name.URI, URI=String("https://example.org/manual")))
    inner = _link((50, 670, 250, 690), Dest=make_page_destination(pdf, 1))
    named = _link((50, 640, 250, 660), Dest=String("chapter-2"))
    first.obj.Annots = Array([pdf.make_indirect(link) for link in (web, inner, named)])
    return saved(pdf)


def outline() -> bytes:
    """Three pages and an outline of two chapters, the first with a section (12.3.3)."""
    pdf = Pdf.new()
    for number in (1, 2, 3):
        add_page(pdf, text_content(number))
    with pdf.open_outline() as made:
        chapter = OutlineItem("Chapter 1", 0)
        chapter.children.append(OutlineItem("Section 1.1", 1))
        made.root.extend([chapter, OutlineItem("Chapter 2", 2)])
    return saved(pdf)


def named_destinations() -> bytes:
    """Three pages, each a named destination "page-N" in the name tree (12.3.2.4)."""
    pdf = Pdf.new()
    for number in (1, 2, 3):
        _name_destination(pdf, f"page-{number}", add_page(pdf, text_content(number)))
    return saved(pdf)


def tagged() -> bytes:
    """A tagged page: a heading and a paragraph as marked content, with structure tree, language and title (14.7)."""
    pdf = Pdf.new()
    content = (
        b"/H1 <</MCID 0>> BDC\n" + written("A heading", size_pt=18) + b"EMC\n"
        b"/P <</MCID 1>> BDC\n" + written("A paragraph.", y_pt=740) + b"EMC\n"
    )
    page = add_page(pdf, content)
    page.obj.StructParents = 0
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    elements = Array(
        [
            pdf.make_indirect(Dictionary(Type=Name.StructElem, S=kind, P=root, Pg=page.obj, K=number))
            for number, kind in enumerate((Name.H1, Name.P))
        ]
    )
    root.K = elements
    root.ParentTree = pdf.make_indirect(Dictionary(Nums=Array([0, elements])))
    pdf.Root.StructTreeRoot = root
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    pdf.Root.Lang = String("en-GB")
    pdf.docinfo.Title = "A tagged page"
    return saved(pdf)


def attachments() -> bytes:
    """A page with two attached files: "figures.csv" and "raw.bin", 4 kB (7.11.4)."""
    pdf = Pdf.new()
    add_page(pdf, text_content(1))
    when = "D:20260101000000Z"
    for name, data, mime_type in (
        ("figures.csv", b"month,boxes\nMay,12\nJune,15\n", "text/csv"),
        ("raw.bin", bytes(range(256)) * 16, "application/octet-stream"),
    ):
        file = AttachedFileSpec(pdf, data, filename=name, mime_type=mime_type, creation_date=when, mod_date=when)
        pdf.attachments[name] = file
    return saved(pdf)


def page_labels() -> bytes:
    """Four pages labelled i, ii, 1, 2 (12.4.2)."""
    pdf = Pdf.new()
    for number in (1, 2, 3, 4):
        add_page(pdf, text_content(number))
    labels = NumberTree.new(pdf)
    labels[0] = Dictionary(S=Name.r)
    labels[2] = Dictionary(S=Name.D)
    pdf.Root.PageLabels = labels.obj
    return saved(pdf)


def layers() -> bytes:
    """A page with two layers, "Plan" shown and "Notes" hidden (8.11)."""
    pdf = Pdf.new()
    content = (
        b"/OC /Plan BDC\n" + written("The plan") + b"EMC\n/OC /Notes BDC\n" + written("The notes", y_pt=740) + b"EMC\n"
    )
    page = add_page(pdf, content)
    plan, notes = (pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(name))) for name in ("Plan", "Notes"))
    page.obj.Resources.Properties = Dictionary(Plan=plan, Notes=notes)
    default = Dictionary(ON=Array([plan]), OFF=Array([notes]), Order=Array([plan, notes]))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([plan, notes]), D=default)
    return saved(pdf)


def private_data(bytes_each: int = 20_000) -> bytes:
    """Two pages and a catalogue, each with private data of an editing program under /PieceInfo (14.5)."""
    pdf = Pdf.new()
    for number in (1, 2):
        add_page(pdf, text_content(number))
    for number, holder in enumerate([pdf.Root, *(page.obj for page in pdf.pages)]):
        noise = zlib.compress(bytes([number, *range(1, 251)]) * (bytes_each // 251), 0)
        data = Dictionary(LastModified=String("D:20260101000000Z"), Private=pdf.make_stream(noise))
        holder.PieceInfo = Dictionary(DrawingProgram=data)
    return saved(pdf, recompress=False)


def unreferenced_objects(bytes_each: int = 20_000) -> bytes:
    """A page and an old revision's leavings: a stream that nothing refers to, kept in the file by hand.

    A writer would drop it, so it goes in between the last object and the cross-reference table, which is found anew.
    """
    pdf = Pdf.new()
    add_page(pdf, text_content(1))
    made = saved(pdf)
    table_at = made.rindex(b"xref\n", 0, made.rindex(b"startxref"))
    table, rest = made[table_at:].split(b"trailer", 1)
    count = int(table.split()[2])
    waste = bytes(range(65, 91)) * (bytes_each // 26)
    orphan = b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (count, len(waste), waste)
    entries = table.replace(b"0 %d\n" % count, b"0 %d\n" % (count + 1), 1) + b"%010d 00000 n \n" % table_at
    trailer = rest.replace(b"/Size %d" % count, b"/Size %d" % (count + 1), 1)
    head, _ = trailer.rsplit(b"startxref", 1)
    end = b"startxref\n%d\n%%%%EOF\n" % (table_at + len(orphan))
    return made[:table_at] + orphan + entries + b"trailer" + head + end


def pdfa_claim() -> bytes:
    """A page whose XMP says it is PDF/A-2b, with an output intent; a claim, not a validated document."""
    pdf = Pdf.new()
    add_page(pdf, b"0.2 0.4 0.6 rg 100 400 300 200 re f\n")
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:part"] = "2"
        metadata["pdfaid:conformance"] = "B"
        metadata["dc:title"] = "Kept for fifty years"
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB"),
        DestOutputProfile=srgb_profile(pdf),
    )
    pdf.Root.OutputIntents = Array([intent])
    return saved(pdf)


def _widget(page: Page, rect_pt: tuple[int, int, int, int], **entries: Object) -> Dictionary:
    widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array(rect_pt), F=4, P=page.obj)
    return _with(widget, entries)


def _link(rect_pt: tuple[int, int, int, int], **entries: Object) -> Dictionary:
    return _with(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array(rect_pt), Border=Array([0, 0, 1])), entries)


def _with(made: Dictionary, entries: Mapping[str, Object]) -> Dictionary:
    for name, value in entries.items():
        made[f"/{name}"] = value
    return made


def _appearance(pdf: Pdf, content: bytes, size_pt: tuple[int, int], font: Object) -> Object:
    return pdf.make_stream(
        content,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, *size_pt]),
        Resources=Dictionary(Font=Dictionary(F1=font)),
    )


def _name_destination(pdf: Pdf, name: str, page: Page) -> None:
    if Name.Names not in pdf.Root:
        pdf.Root.Names = Dictionary(Dests=Dictionary(Names=Array([])))
    pdf.Root.Names.Dests.Names.extend([String(name), Array([page.obj, Name.Fit])])
