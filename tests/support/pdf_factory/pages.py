"""The ground of every made PDF: pages, content, fonts, and saving without taking away what a compressor should find."""

import io
from collections.abc import Mapping

from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Page, Pdf

from tests.support.pdf_factory.pictures import SENTENCES

A4_PT = (595.0, 842.0)
A6_PT = (298.0, 420.0)


def saved(pdf: Pdf, *, recompress: bool = True) -> bytes:
    """The document's bytes, the same each time: no object streams, so that there is something left to gain."""
    buffer = io.BytesIO()
    pdf.save(buffer, static_id=True, object_stream_mode=ObjectStreamMode.disable, compress_streams=recompress)
    return buffer.getvalue()


def add_page(
    pdf: Pdf,
    content: bytes,
    *,
    xobjects: Mapping[str, Object] | None = None,
    patterns: Mapping[str, Object] | None = None,
    size_pt: tuple[float, float] = A4_PT,
) -> Page:
    """Append a page; Helvetica is there as /F1, XObjects and patterns under the names given without their slash."""
    resources = Dictionary(Font=Dictionary(F1=standard_font(pdf)))
    if xobjects:
        resources.XObject = Dictionary({f"/{name}": made for name, made in xobjects.items()})
    if patterns:
        resources.Pattern = Dictionary({f"/{name}": made for name, made in patterns.items()})
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *size_pt]),
        Resources=resources,
        Contents=pdf.make_stream(content),
    )
    pdf.pages.append(Page(pdf.make_indirect(page)))
    return pdf.pages[-1]


def standard_font(pdf: Pdf, name: str = "Helvetica") -> Object:
    """One of the standard 14 fonts, which need not be embedded (ISO 32000-2, 9.6.2.2)."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{name}"), Encoding=Name.WinAnsiEncoding)
    return pdf.make_indirect(font)


def drawn(name: str, *, x_pt: float, y_pt: float, width_pt: float, height_pt: float) -> bytes:
    """Content that draws XObject `name`, an image or another thing of one unit's size, into a box."""
    return f"q {width_pt} 0 0 {height_pt} {x_pt} {y_pt} cm /{name} Do Q\n".encode()


def written(text: str, *, x_pt: float = 50, y_pt: float = 780, size_pt: float = 12) -> bytes:
    """Content that writes one line of Latin-1 text in /F1."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 {size_pt} Tf {x_pt} {y_pt} Td ({escaped}) Tj ET\n".encode("latin-1")


def text_content(number: int, *, lines: int = 40) -> bytes:
    """A page's worth of text: a heading with the page's number and `lines` lines, different on each page."""
    body = b"".join(
        written(f"{line + 1}. {SENTENCES[(line * 5 + number) % len(SENTENCES)]}", y_pt=750 - 17 * line, size_pt=10)
        for line in range(lines)
    )
    return written(f"Page {number}", size_pt=18) + body


def text(pages: int = 1) -> bytes:
    """Plain text in Helvetica: A4 pages, about 2 kB each when compressed, nothing lossy to gain."""
    pdf = Pdf.new()
    for number in range(1, pages + 1):
        add_page(pdf, text_content(number))
    return saved(pdf)


def uncompressed_text(pages: int = 3) -> bytes:
    """Plain text whose content streams carry no filter: about 3.5 kB a page, most of it to be gained losslessly."""
    pdf = Pdf.new()
    for number in range(1, pages + 1):
        add_page(pdf, text_content(number))
    return saved(pdf, recompress=False)


def many_pages(pages: int = 500) -> bytes:
    """A document of many short pages, each 200 x 200 pt with one line on it."""
    pdf = Pdf.new()
    for number in range(1, pages + 1):
        add_page(pdf, written(f"Page {number}", x_pt=20, y_pt=100), size_pt=(200, 200))
    return saved(pdf)


def rotated_and_cropped() -> bytes:
    """Three A4 pages: turned by 90 degrees, with a CropBox, and with a UserUnit of 2 (ISO 32000-2, 7.7.3.3)."""
    pdf = Pdf.new()
    turned, cropped, doubled = (add_page(pdf, text_content(number)) for number in (1, 2, 3))
    turned.obj.Rotate = 90
    cropped.obj.CropBox = Array([40, 400, 500, 820])
    doubled.obj.UserUnit = 2
    return saved(pdf)
