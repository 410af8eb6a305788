"""Documents that say who made them: in /Info, XMP, thumbnails, private data, and inside their images."""

import io
import struct

from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from tests.support.pdf_factory.images import image_object, page_of
from tests.support.pdf_factory.pages import saved
from tests.support.pdf_factory.pictures import photo

AUTHOR = b"Ada Lovelace"
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 {claims}>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Notes &amp; sketches</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li></rdf:Seq></dc:creator>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""

SPACES = 'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'


def telling(*, claims: str = "", shows_title: bool = False) -> bytes:
    """One page with a photograph in JPEG, and its author in every place that metadata may be in."""
    pdf = Pdf.new()
    image = telling_jpeg(pdf)
    image.Metadata = _metadata(pdf, XMP.format(claims=""))
    page_of(pdf, image, width_pt=288, height_pt=216)
    page = pdf.pages[0].obj
    page.Metadata = _metadata(pdf, XMP.format(claims=""))
    page.PieceInfo = Dictionary(Sketcher=Dictionary(Private=String(AUTHOR.decode())))
    page.LastModified = String("D:20260101000000Z")
    page.Thumb = pdf.make_stream(
        bytes(48), Width=4, Height=4, ColorSpace=Name.DeviceRGB, BitsPerComponent=8, Author=String(AUTHOR.decode())
    )
    pdf.Root.Metadata = _metadata(pdf, XMP.format(claims=f"{SPACES} {claims}" if claims else ""))
    pdf.docinfo.Title, pdf.docinfo.Author = String("Notes & sketches"), String(AUTHOR.decode())
    pdf.docinfo.Diary = String(AUTHOR.decode())
    if shows_title:
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    return saved(pdf)


def telling_jpeg(pdf: Pdf) -> Stream:
    """A photograph with EXIF, XMP and a comment, a colour profile's segment, and a preview after its end."""
    file = io.BytesIO()
    photo(640, 480).save(file, "JPEG", quality=60)
    data = file.getvalue()
    told = [(0xE1, b"Exif\0\0" + AUTHOR), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + AUTHOR), (0xED, AUTHOR),
            (0xFE, AUTHOR), (0xE2, b"ICC_PROFILE\0\1\1" + bytes(128))]  # fmt: skip
    segments = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in told)
    image = image_object(pdf, b"", 640, 480, Name.DeviceRGB)
    image.write(data[:2] + segments + data[2:] + AUTHOR, filter=Name.DCTDecode)
    return image


def named_metadata() -> bytes:
    """A page whose form goes by the name of Metadata in its resources."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    form = pdf.make_stream(b"0 0 100 100 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 100, 100]))
    page.obj.Resources = Dictionary(XObject=Dictionary(Metadata=form))
    page.obj.Contents = pdf.make_stream(b"/Metadata Do\n" + b"% nothing\n" * 100)
    return saved(pdf, recompress=False)


def _metadata(pdf: Pdf, packet: str) -> Stream:
    return pdf.make_stream(packet.encode(), Type=Name.Metadata, Subtype=Name.XML)
