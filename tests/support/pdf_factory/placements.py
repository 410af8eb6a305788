"""Images that are not simply drawn on a page: in forms, patterns, appearances, twice, in two sizes, or not at all.

Every image is a photograph of 800 x 600 px in DCT (about 100 kB) drawn on 200 x 150 pt (288 dpi) unless said otherwise.
"""

from collections.abc import Mapping

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import jpeg_image
from tests.support.pdf_factory.pages import A4_PT, add_page, drawn, saved, written

BOX = {"width_pt": 200.0, "height_pt": 150.0}


def photo_object(pdf: Pdf, *, seed: int = 11) -> Stream:
    """The photograph that this module places."""
    return jpeg_image(pdf, pictures.photo(800, 600, seed=seed))


def form_object(pdf: Pdf, content: bytes, xobjects: Mapping[str, Object]) -> Stream:
    """A form XObject with a box of 200 x 150 pt (ISO 32000-2, 8.10)."""
    return pdf.make_stream(
        content,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 200, 150]),
        Resources=Dictionary(XObject=Dictionary({f"/{name}": made for name, made in xobjects.items()})),
    )


def in_nested_forms(depth: int = 3) -> bytes:
    """A photograph drawn in a form in a form ..., `depth` deep."""
    pdf = Pdf.new()
    inner = form_object(pdf, drawn("Im0", x_pt=0, y_pt=0, **BOX), {"Im0": photo_object(pdf)})
    for _ in range(depth - 1):
        inner = form_object(pdf, b"q /Fm0 Do Q\n", {"Fm0": inner})
    add_page(pdf, b"q 1 0 0 1 100 400 cm /Fm0 Do Q\n", xobjects={"Fm0": inner})
    return saved(pdf)


def in_tiling_pattern() -> bytes:
    """A photograph drawn only by a tiling pattern that fills a rectangle (8.7.3)."""
    pdf = Pdf.new()
    pattern = pdf.make_stream(
        drawn("Im0", x_pt=0, y_pt=0, **BOX),
        Type=Name.Pattern,
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=Array([0, 0, 200, 150]),
        XStep=200,
        YStep=150,
        Resources=Dictionary(XObject=Dictionary(Im0=photo_object(pdf))),
    )
    add_page(pdf, b"/Pattern cs /P0 scn 50 300 450 400 re f\n", patterns={"P0": pattern})
    return saved(pdf)


def in_annotation_appearance() -> bytes:
    """A photograph drawn only by the appearance of a stamp annotation (12.5.5)."""
    pdf = Pdf.new()
    page = add_page(pdf, written("Approved, see the stamp."))
    appearance = form_object(pdf, drawn("Im0", x_pt=0, y_pt=0, **BOX), {"Im0": photo_object(pdf)})
    stamp = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Stamp,
        Rect=Array([100, 400, 300, 550]),
        F=4,
        AP=Dictionary(N=appearance),
    )
    page.obj.Annots = Array([pdf.make_indirect(stamp)])
    return saved(pdf)


def same_image_twice() -> bytes:
    """Two pages, each with its own copy of the same photograph, byte for byte."""
    pdf = Pdf.new()
    for _ in range(2):
        add_page(pdf, drawn("Im0", x_pt=100, y_pt=400, **BOX), xobjects={"Im0": photo_object(pdf)})
    return saved(pdf)


def small_and_large() -> bytes:
    """One photograph drawn at 2880 dpi and over the page's width at about 115 dpi: the large one counts."""
    pdf = Pdf.new()
    photo = photo_object(pdf)
    thumbnail = drawn("Im0", x_pt=30, y_pt=760, width_pt=20, height_pt=15)
    large = drawn("Im0", x_pt=47, y_pt=100, width_pt=500, height_pt=375)
    add_page(pdf, thumbnail + large, xobjects={"Im0": photo})
    return saved(pdf)


def turned_and_skewed() -> bytes:
    """A photograph drawn turned by 30 degrees, and once more skewed: its size on paper is not its bounding box."""
    pdf = Pdf.new()
    turned = b"q 173.2 100 -75 129.9 200 450 cm /Im0 Do Q\n"
    skewed = b"q 200 0 60 150 100 200 cm /Im0 Do Q\n"
    add_page(pdf, turned + skewed, xobjects={"Im0": photo_object(pdf)})
    return saved(pdf)


def named_but_not_drawn() -> bytes:
    """A page whose resources name a photograph that its content never draws."""
    pdf = Pdf.new()
    add_page(pdf, written("Nothing to be seen."), xobjects={"Im0": photo_object(pdf)})
    return saved(pdf)


def inline_image() -> bytes:
    """A grey image of 16 x 16 px inside the content stream (8.9.7)."""
    pdf = Pdf.new()
    samples = bytes(range(256)).hex().encode()
    content = b"q 200 0 0 200 100 400 cm BI /W 16 /H 16 /CS /G /BPC 8 /F /AHx ID " + samples + b"> EI Q\n"
    add_page(pdf, content, size_pt=A4_PT)
    return saved(pdf)
