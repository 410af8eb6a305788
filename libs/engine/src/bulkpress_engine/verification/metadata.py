"""What a document says about itself: all of it stays, but for what the caller asked to be taken out."""

from collections.abc import Iterator

from pikepdf import Pdf, Stream

from bulkpress_engine.options import PdfaPolicy, PressOptions
from bulkpress_engine.preparation.claims import TITLE, binding
from bulkpress_engine.verification.canonical import Spelling, entry, is_dictionary, items

XMP_BYTES = 4 << 20
# The title, and claims to PDF/A (ISO 19005), PDF/UA (ISO 14289) and PDF/X (ISO 15930).
XMP_CLAIMS = (
    "dc:title", "pdfaid:part", "pdfaid:conformance", "pdfuaid:part", "pdfxid:GTS_PDFXVersion", "pdfx:GTS_PDFXVersion",
)  # fmt: skip
TOLD_BY_OBJECTS = frozenset({"/Metadata", "/Thumb"})
"""Entries by which objects tell of themselves, which go with the document's own metadata."""


def metadata(pdf: Pdf, spelling: Spelling) -> Iterator[str]:
    """/Info, output intents, and of XMP the title and claims to follow a standard."""
    said = entry(pdf.trailer, "/Info")
    yield from (f"{key} {spelling.of(said[key])}" for key in sorted(said.keys() if is_dictionary(said) else ()))
    yield from (spelling.of(intent) for intent in items(entry(pdf.Root, "/OutputIntents")))
    xmp = entry(pdf.Root, "/Metadata")
    if isinstance(xmp, Stream) and len(xmp.read_raw_bytes()) < XMP_BYTES:
        claims = pdf.open_metadata()
        yield from (f"{claim} {claims[claim]}" for claim in XMP_CLAIMS if claims.get(claim))


def metadata_expected(pdf: Pdf, spelling: Spelling, *, options: PressOptions) -> Iterator[str]:
    """The same of a source, without what a press by these options takes out."""
    gone: tuple[str, ...] = ("pdfaid:",) if options.pdfa is PdfaPolicy.COMPRESS else ()
    if options.strip_metadata:
        bound = binding(pdf)
        said = entry(pdf.trailer, "/Info")
        gone += tuple(f"{key} " for key in (said.keys() if is_dictionary(said) else ()) if key not in bound.info_keys)
        gone += () if TITLE in bound.properties else ("dc:title ",)
    yield from (fact for fact in metadata(pdf, spelling) if not fact.startswith(gone))
