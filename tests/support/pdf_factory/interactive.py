"""Documents that do things: scripts, XFA, portfolios, multimedia, articles, transitions, captured web pages.

What each needs beyond the page is as small as it can be and still be what the standard describes (ISO 32000-2).
"""

from pikepdf import Array, AttachedFileSpec, Dictionary, Name, NameTree, Object, Pdf, String

from tests.support.pdf_factory.images import flate_image
from tests.support.pdf_factory.pages import add_page, drawn, saved, text_content
from tests.support.pdf_factory.pictures import photo

XFA_TEMPLATE = b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template><!-- as  written --></template></xdp:xdp>'
XFA_DATA = (
    b"<xfa:datasets xmlns:xfa='http://www.xfa.org/schema/xfa-data/1.0/'><name>Ada\r\nLovelace</name></xfa:datasets>"
)


def xfa() -> bytes:
    """A form in XFA (Annex K), its packets in two streams."""
    pdf = _with_pages(2)
    packets = [String("template"), pdf.make_stream(XFA_TEMPLATE), String("datasets"), pdf.make_stream(XFA_DATA)]
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=Array(packets))
    pdf.Root.NeedsRendering = True
    return saved(pdf)


def scripts() -> bytes:
    """JavaScript of the document, on opening, and of a page (12.6.4.17)."""
    pdf = _with_pages(2)
    tree = NameTree.new(pdf)
    tree["greet"] = _script(pdf, b"function greet() { app.alert('Good day'); }")
    pdf.Root.Names = Dictionary(JavaScript=tree.obj)
    pdf.Root.OpenAction = _script(pdf, b"greet();")
    pdf.pages[1].obj.AA = Dictionary(O=_script(pdf, b"this.zoom = 100;"))
    return saved(pdf)


def portfolio() -> bytes:
    """A collection of two files with a column of its own (12.3.5)."""
    pdf = _with_pages(1)
    for name in ("offer.txt", "order.txt"):
        pdf.attachments[name] = _file(pdf, name)
    column = Dictionary(Subtype=Name.F, N=String("Name"), O=1)
    pdf.Root.Collection = Dictionary(View=Name.D, Schema=Dictionary(FileName=column), D=String("order.txt"))
    return saved(pdf)


def associated_files() -> bytes:
    """Files associated with the document and with a page (14.13)."""
    pdf = _with_pages(1)
    pdf.Root.AF = Array([_file(pdf, "source.csv").obj])
    pdf.pages[0].obj.AF = Array([_file(pdf, "table.csv").obj])
    return saved(pdf)


def rich_media() -> bytes:
    """A video in a rich-media annotation (13.7.2), a sound (13.3) and a movie with its poster (13.4)."""
    pdf = _with_pages(1)
    video = _file(pdf, "clip.mp4")
    asset = pdf.make_indirect(video.obj)
    content = Dictionary(
        Assets=Dictionary(Names=Array([String("clip.mp4"), asset])),
        Configurations=Array([Dictionary(Subtype=Name.Video, Instances=Array([Dictionary(Asset=asset)]))]),
    )
    sound = pdf.make_stream(bytes(range(256)) * 4, R=8000, Type=Name.Sound)
    movie = Dictionary(F=String("film.avi"), Poster=flate_image(pdf, photo(60, 40)))
    pdf.pages[0].obj.Annots = Array([
        _annotation(pdf, "RichMedia", RichMediaContent=content, RichMediaSettings=Dictionary()),
        _annotation(pdf, "Sound", Sound=sound),
        _annotation(pdf, "Movie", Movie=movie, A=True),
    ])  # fmt: skip
    return saved(pdf)


def articles() -> bytes:
    """A thread of two beads, one on each page (12.4.3)."""
    pdf = _with_pages(2)
    thread = pdf.make_indirect(Dictionary(Type=Name.Thread, I=Dictionary(Title=String("The story"))))
    beads = [
        pdf.make_indirect(Dictionary(Type=Name.Bead, P=page.obj, R=Array([50, 50, 500, 700]), T=thread))
        for page in pdf.pages
    ]
    for bead, other, page in zip(beads, reversed(beads), pdf.pages, strict=True):
        bead.N = bead.V = other
        page.obj.B = Array([bead])
    thread.F = beads[0]
    pdf.Root.Threads = Array([thread])
    return saved(pdf)


def slides() -> bytes:
    """Pages with transitions and times to show them (12.4.4)."""
    pdf = _with_pages(2)
    for page in pdf.pages:
        page.obj.Trans, page.obj.Dur = Dictionary(S=Name.Dissolve, D=2), 5
    pdf.Root.PageMode = Name.FullScreen
    return saved(pdf)


def captured_web_page() -> bytes:
    """A page that was captured from the web (14.10)."""
    pdf = _with_pages(1)
    urls = NameTree.new(pdf)
    content = Dictionary(Type=Name.SpiderContentSet, S=Name.SPS, ID=String("id"), O=Array([pdf.pages[0].obj]))
    urls["https://example.org/"] = pdf.make_indirect(content)
    pdf.Root.Names = Dictionary(URLS=urls.obj)
    pdf.Root.SpiderInfo = Dictionary(V=1)
    return saved(pdf)


def layered_image() -> bytes:
    """A photograph that belongs to a layer by its own /OC, without marked content around it (8.11.3.3)."""
    pdf = Pdf.new()
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Aerial view")))
    image = flate_image(pdf, photo(600, 450))
    image.OC = layer
    add_page(pdf, drawn("Im0", x_pt=50, y_pt=50, width_pt=144, height_pt=108), xobjects={"Im0": image})
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(ON=Array([layer]), Order=Array([layer])))
    return saved(pdf)


def dated() -> bytes:
    """A document whose information dictionary has dates and an entry of its own (14.3.3)."""
    pdf = _with_pages(1)
    for key, value in {"Title": "Minutes", "Author": "Ada", "CreationDate": "D:20200229120000+01'00'",
                       "ModDate": "D:20210301000000Z", "CaseNumber": "4711"}.items():  # fmt: skip
        pdf.docinfo[f"/{key}"] = String(value)
    return saved(pdf)


def _with_pages(count: int) -> Pdf:
    pdf = Pdf.new()
    for number in range(1, count + 1):
        add_page(pdf, text_content(number))
    return pdf


def _script(pdf: Pdf, script: bytes) -> Object:
    return pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=pdf.make_stream(script)))


def _file(pdf: Pdf, name: str) -> AttachedFileSpec:
    when = "D:20260101000000Z"
    data = f"what is in {name}\n".encode() * 20
    return AttachedFileSpec(pdf, data, filename=name, mime_type="text/plain", creation_date=when, mod_date=when)


def _annotation(pdf: Pdf, subtype: str, **entries: object) -> Object:
    made = Dictionary(Type=Name.Annot, Subtype=Name(f"/{subtype}"), Rect=Array([50, 50, 150, 120]))
    for key, value in entries.items():
        made[f"/{key}"] = value
    return pdf.make_indirect(made)
