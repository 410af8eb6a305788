"""Which part of PDF/A a document claims to follow (ISO 19005-1, 6.7.11)."""

import re

from pikepdf import Name, Pdf, Stream

from bulkpress_engine.filters import UndecodableStreamError, content_bytes

MAX_METADATA_BYTES = 16 * 2**20
NAMESPACE = b"http://www.aiim.org/pdfa/ns/id/"
STRICTEST_PART = 1
PART = re.compile(rb":part\s*=\s*[\"']\s*(\d)|:part(?:\s[^<>]*)?>\s*(\d)")  # as an attribute, or as an element


def pdfa_part(pdf: Pdf) -> int | None:
    """The part of ISO 19005 that the XMP names; None without a claim, the strictest for one nobody can read."""
    metadata = pdf.Root.get(Name.Metadata)
    if not isinstance(metadata, Stream):
        return None
    try:
        return claimed_part(content_bytes(metadata, MAX_METADATA_BYTES))
    except UndecodableStreamError:
        return STRICTEST_PART


def claimed_part(xmp: bytes) -> int | None:
    """The part that this XMP packet names, whatever its encoding: UTF-16 is read by leaving out the zeros."""
    plain = xmp.replace(b"\x00", b"")
    if NAMESPACE not in plain:
        return None
    match = PART.search(plain)
    return int(match[1] or match[2]) if match else STRICTEST_PART
