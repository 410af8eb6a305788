"""What programs keep in a document for themselves."""

from pikepdf import Dictionary, Name, Pdf, Stream

from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.options import Limits, Step
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

PRIVATE = (Name.PieceInfo,)  # page-piece dictionaries (ISO 32000-2, 14.5)
PRIVATE_TO_PAGES = (Name.PieceInfo, Name.Thumb)  # and thumbnails (12.3.4), which readers draw by themselves


def strip_private_data(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:  # noqa: ARG001
    """Remove /PieceInfo wherever it is, and the thumbnails of pages."""
    changed = 0
    for holder in () if Step.STRUCTURE in plan.without else pdf.objects:
        if isinstance(holder, Dictionary | Stream):
            is_page = holder.get(Name.Type) == Name.Page
            private = [key for key in (PRIVATE_TO_PAGES if is_page else PRIVATE) if key in holder]
            for key in private:
                del holder[key]
            changed += bool(private)
    return PassReport("strip_private_data", objects_changed=changed)
