"""What the caller asks to be changed in a document, done before it is inspected, so that all later steps see it done.

Nothing of it is given up where a proof finds harm: the proof knows what was asked.
"""

from collections.abc import Callable

from pikepdf import Pdf

from bulkpress_engine.options import PressOptions
from bulkpress_engine.preparation.archival import drop_pdfa_claim
from bulkpress_engine.preparation.metadata import strip_metadata
from bulkpress_engine.report import PassReport

Preparation = Callable[[Pdf, PressOptions], PassReport | None]
"""Does what the options ask for; None where they do not."""

PREPARATIONS: tuple[Preparation, ...] = (drop_pdfa_claim, strip_metadata)


def prepared(pdf: Pdf, options: PressOptions) -> tuple[PassReport, ...]:
    """Change `pdf` as the options ask, and say what was done."""
    reports = (prepare(pdf, options) for prepare in PREPARATIONS)
    return tuple(one for one in reports if one is not None)
