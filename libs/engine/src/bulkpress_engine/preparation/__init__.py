"""What is changed in a document before it is inspected, so that all later steps see it done.

The caller asks for it: it is not given up where a proof finds harm, for the proof knows what was asked.
"""

from collections.abc import Callable

from pikepdf import Pdf

from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.preparation.archival import drop_pdfa_claim
from bulkpress_engine.preparation.colours import turn_gray_if_asked
from bulkpress_engine.preparation.metadata import strip_metadata
from bulkpress_engine.report import PassReport

Preparation = Callable[[Pdf, PressOptions, Limits], PassReport | None]
"""Does what the options ask for; None where they do not."""

PREPARATIONS: tuple[Preparation, ...] = (
    drop_pdfa_claim,
    strip_metadata,
    turn_gray_if_asked,
)


def prepared(pdf: Pdf, options: PressOptions, limits: Limits) -> tuple[PassReport, ...]:
    """Change `pdf` as the options ask, and say what was done. Raises ArchivalPdfError."""
    reports = (prepare(pdf, options, limits) for prepare in PREPARATIONS)
    return tuple(one for one in reports if one is not None)
