"""Whether a document claims to follow a part of PDF/X that is older than object streams (ISO 15930-1, -3, -4, -6)."""

from pikepdf import Dictionary, Name, Pdf, String

BEFORE_OBJECT_STREAMS = ("PDF/X-1", "PDF/X-2", "PDF/X-3")  # PDF 1.3 and 1.4; PDF/X-4 is PDF 1.6 and says so in XMP


def is_early_pdfx(pdf: Pdf) -> bool:
    """Whether the document information names PDF/X-1, X-1a, X-2 or X-3, of any year."""
    info = pdf.trailer.get(Name.Info)
    version = info.get(Name.GTS_PDFXVersion) if isinstance(info, Dictionary) else None
    return isinstance(version, String) and str(version).startswith(BEFORE_OBJECT_STREAMS)
