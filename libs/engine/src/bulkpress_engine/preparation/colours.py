"""Colours turned gray, where the caller asks for it and no standard is broken by it."""

from pikepdf import Name, Pdf

from bulkpress_engine.errors import ArchivalPdfError
from bulkpress_engine.grayscale import turn_gray
from bulkpress_engine.inspection.pdfa import pdfa_part
from bulkpress_engine.options import Limits, PdfaPolicy, PressOptions
from bulkpress_engine.report import PassReport

NO_GRAY_IN_PDFA = (
    "The document is PDF/A without an output intent, which allows no plain gray. "
    "Use the PDF/A policy `compress`, or leave out grayscale."
)


def turn_gray_if_asked(pdf: Pdf, options: PressOptions, limits: Limits) -> PassReport | None:
    """Turn the document gray. Raises ArchivalPdfError where it could not stay PDF/A (ISO 19005-2, 6.2.4.3)."""
    if not options.grayscale:
        return None
    if options.pdfa is not PdfaPolicy.COMPRESS and pdfa_part(pdf) is not None and Name.OutputIntents not in pdf.Root:
        raise ArchivalPdfError(NO_GRAY_IN_PDFA)
    return turn_gray(pdf, limits)
