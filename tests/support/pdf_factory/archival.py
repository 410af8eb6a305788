"""Documents that follow a standard for keeping or printing: PDF/A (ISO 19005) and PDF/X (15930).

They hold what such files hold, and no text, since that would need an embedded font; veraPDF finds the PDF/A ones valid.
"""

import io

from pikepdf import Array, AttachedFileSpec, Dictionary, Name, ObjectStreamMode, Page, Pdf, String

from tests.support.pdf_factory.colours import srgb_profile
from tests.support.pdf_factory.images import flate_image
from tests.support.pdf_factory.pages import drawn, saved
from tests.support.pdf_factory.pictures import photo

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 pdfaid:part="{part}" pdfaid:conformance="B">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Kept for fifty years</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def pdfa(part: int) -> bytes:
    """PDF/A-1b, 2b or 3b: two photographs, the same one twice; from part 2 on with transparency, in 3 with a file."""
    pdf = Pdf.new()
    pictures = {f"Im{number}": flate_image(pdf, photo(600, 450, seed=number // 2)) for number in range(3)}
    content = b"".join(
        drawn(name, x_pt=50, y_pt=50 + 200 * number, width_pt=144, height_pt=108)
        for number, name in enumerate(pictures)
    )
    if part > 1:
        pictures["Im0"].SMask = flate_image(pdf, photo(600, 450, seed=9).convert("L"))
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, 595, 842]),
        Resources=Dictionary(XObject=Dictionary({f"/{name}": image for name, image in pictures.items()})),
        Contents=pdf.make_stream(b"0.2 0.4 0.6 rg 300 400 200 200 re f\n" + content),
    )
    pdf.pages.append(Page(pdf.make_indirect(page)))
    pdf.Root.Metadata = pdf.make_stream(XMP.format(part=part).encode(), Type=Name.Metadata, Subtype=Name.XML)
    pdf.docinfo.Title = String("Kept for fifty years")
    intent = _intent(pdf, Name.GTS_PDFA1)
    if part == 1:  # which knows version 2 of ICC profiles, and no later (ISO 19005-1, 6.2.2)
        profile = intent.DestOutputProfile.read_bytes()
        intent.DestOutputProfile.write(profile[:8] + b"\2\x40" + profile[10:])
    pdf.Root.OutputIntents = Array([intent])
    if part == 3:
        when = "D:20260101000000Z"
        file = AttachedFileSpec(pdf, b"a,b\n" * 400, filename="table.csv", mime_type="text/csv", creation_date=when,
                                mod_date=when, relationship=Name.Data)  # fmt: skip
        pdf.attachments["table.csv"] = file
        pdf.Root.AF = Array([file.obj])
    return _saved_as(pdf, "1.4" if part == 1 else "1.7")


def pdfx(version: str) -> bytes:
    """PDF/X of a version such as `PDF/X-1a:2001`: a photograph, a trim box, and the intended printing condition."""
    pdf = Pdf.new()
    image = flate_image(pdf, photo(600, 450).convert("CMYK"))
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, 595, 842]),
        TrimBox=Array([10, 10, 585, 832]),
        Resources=Dictionary(XObject=Dictionary(Im0=image)),
        Contents=pdf.make_stream(drawn("Im0", x_pt=50, y_pt=50, width_pt=144, height_pt=108)),
    )
    pdf.pages.append(Page(pdf.make_indirect(page)))
    pdf.docinfo.GTS_PDFXVersion = String(version)
    pdf.docinfo.Trapped = Name("/False")
    intent = _intent(pdf, Name.GTS_PDFX)
    intent.RegistryName = String("http://www.color.org")
    pdf.Root.OutputIntents = Array([intent])
    return saved(pdf)


def _intent(pdf: Pdf, kind: Name) -> Dictionary:
    return Dictionary(
        Type=Name.OutputIntent,
        S=kind,
        OutputConditionIdentifier=String("sRGB"),
        Info=String("sRGB"),
        DestOutputProfile=srgb_profile(pdf),
    )


def _saved_as(pdf: Pdf, version: str) -> bytes:
    buffer = io.BytesIO()
    pdf.save(buffer, static_id=True, object_stream_mode=ObjectStreamMode.disable, force_version=version)
    return buffer.getvalue()
