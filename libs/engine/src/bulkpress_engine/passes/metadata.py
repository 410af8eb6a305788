"""What programs keep in a document for themselves."""

from pikepdf import Dictionary, Name, Pdf, Stream

from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.options import Limits, Step
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport

PRIVATE = (Name.PieceInfo,)  # page-piece dictionaries (ISO 32000-2, 14.5)
END_OF_PACKET = b"<?xpacket end="
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


def trim_padding(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:  # noqa: ARG001
    """Remove the space in the document's XMP that lets programs change it in place: up to 4 kB, and never compressed.

    It stays readable by programs that do not know PDF (ISO 32000-2, 14.3.2), so it is not deflated. UTF-16 is left.
    """
    metadata = pdf.Root.get(Name.Metadata)
    if Step.STRUCTURE in plan.without or not isinstance(metadata, Stream) or Name.Filter in metadata:
        return PassReport("trim_padding")
    packet = metadata.read_raw_bytes()
    content, found, end = packet.rpartition(END_OF_PACKET)
    trimmed = content.rstrip() + b"\n" + found + end.rstrip() if found else packet
    saved = len(packet) - len(trimmed)
    if saved <= 0:
        return PassReport("trim_padding")
    metadata.write(trimmed)
    return PassReport("trim_padding", objects_changed=1, bytes_saved=saved)
