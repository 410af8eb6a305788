"""Metadata removed: what says who made a document, when, and with what."""

from collections import Counter

from pikepdf import Dictionary, Name, Pdf, Stream

from bulkpress_engine.objects import Container, reachable_containers
from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.preparation.claims import binding, packet_of
from bulkpress_engine.preparation.image_metadata import strip_image
from bulkpress_engine.report import PassReport

PRIVATE = (Name.PieceInfo, Name.LastModified)  # page-piece dictionaries and their dates (ISO 32000-2, 14.5)


def strip_metadata(pdf: Pdf, options: PressOptions, limits: Limits) -> PassReport | None:  # noqa: ARG001
    """Remove /Info, XMP, private data, thumbnails, and what is inside images, but for what binds the document.

    Claims to follow a standard stay, with what the standard asks for, and so does a title that readers show. What
    belongs to the content stays too: authors of comments, attached files, tags.
    """
    if not options.strip_metadata:
        return None
    counts: Counter[str] = Counter()
    saved = _strip_document(pdf, counts)
    for holder in list(reachable_containers(pdf)):
        if isinstance(holder, Dictionary | Stream) and not _is_catalog(pdf, holder):
            counts["private"] += _strip_object(holder)
        if isinstance(holder, Stream):
            gained = strip_image(holder)
            counts["images"] += gained > 0
            saved += gained
    return PassReport(
        "strip_metadata", sum(counts.values()), saved, {name: count for name, count in counts.items() if count}
    )


def _strip_document(pdf: Pdf, counts: Counter[str]) -> int:
    """Cut /Info and the document's XMP down to what binds it; the bytes of XMP that went."""
    bound = binding(pdf)
    info = pdf.trailer.get(Name.Info)
    if isinstance(info, Dictionary):
        gone = [key for key in info.keys() if key not in bound.info_keys]  # noqa: SIM118  (not a dict)
        for key in gone:
            del info[key]
        if not len(info):
            del pdf.trailer[Name.Info]
        counts["info"] += len(gone)
    metadata = pdf.Root.get(Name.Metadata)
    if metadata is None:
        return 0
    counts["xmp"] += 1
    before = len(metadata.read_raw_bytes()) if isinstance(metadata, Stream) else 0
    if not bound.properties or not isinstance(metadata, Stream):
        del pdf.Root[Name.Metadata]
        return before
    packet = packet_of(bound.properties)
    metadata.write(packet)
    return before - len(packet)


def _is_catalog(pdf: Pdf, holder: Container) -> bool:
    return holder.is_indirect and holder.objgen == pdf.Root.objgen


def _strip_object(holder: Dictionary | Stream) -> int:
    """Remove what an object says about itself; how many entries went."""
    gone = [key for key in PRIVATE if key in holder]
    metadata = holder.get(Name.Metadata)
    # A resource may have that name, or a glyph: only what is metadata goes (14.3.2).
    if isinstance(metadata, Stream) and metadata.get(Name.Subtype) == Name.XML:
        gone.append(Name.Metadata)
    if holder.get(Name.Type) == Name.Page and Name.Thumb in holder:
        gone.append(Name.Thumb)
    for key in gone:
        del holder[key]
    return len(gone)
