"""What programs keep in a document for themselves."""

from collections.abc import Iterator

from pikepdf import Dictionary, Name, Pdf, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes
from bulkpress_engine.inspection import DocumentFacts
from bulkpress_engine.objects import streams_of
from bulkpress_engine.options import Limits, Step
from bulkpress_engine.planning import Plan
from bulkpress_engine.report import PassReport
from bulkpress_engine.xmp import trimmed, without_private

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


def trim_metadata(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits) -> PassReport:
    """Remove from XMP the room that it keeps for changes, and what editing programs keep in it for themselves.

    In PDF/A only the document's own loses its room: what may stand in it, and how, is for the standard to say.
    """
    saved = changed = 0
    for metadata in () if Step.STRUCTURE in plan.without else _metadata(pdf, facts):
        try:
            packet = content_bytes(metadata, limits.stream_bytes)
        except UndecodableStreamError:
            continue
        left = trimmed(packet if facts.pdfa_part else without_private(packet))
        if len(left) < len(packet):
            saved += len(metadata.read_raw_bytes())
            metadata.write(left)  # recompress_streams deflates it where it may
            saved -= len(left)
            changed += 1
    return PassReport("trim_metadata", changed, max(0, saved))


def _metadata(pdf: Pdf, facts: DocumentFacts) -> Iterator[Stream]:
    """The XMP that may be changed."""
    own = pdf.Root.get(Name.Metadata)
    if not facts.pdfa_part:
        yield from (stream for stream in streams_of(pdf, facts.streams) if stream.get(Name.Type) == Name.Metadata)
    elif isinstance(own, Stream) and Name.Filter not in own:
        yield own
