"""Writing the pressed document: as small as its standard allows, encrypted as it was, the same bytes each time."""

import re
import warnings
from pathlib import Path
from typing import Any

from pikepdf import Name, ObjectStreamMode, Pdf, StreamDecodeLevel
from pikepdf.exceptions import PageCopyWarning

from bulkpress_engine.planning import Plan
from bulkpress_engine.writing import TooManyObjectsError, write_packed

PLAIN_VERSION = re.compile(r"[0-9]\.[0-9]{1,2}")
LATEST_OF_OLD = "1.7"  # for a header that names no version


def save(pdf: Pdf, target: Path, plan: Plan) -> None:
    """Write the document to `target`. Raises PdfError and OSError.

    The first half of /ID stays and the second follows from the content (ISO 32000-2, 14.4). An encrypted document keeps
    its keys, passwords and permissions; AES starts every string at random, so its bytes differ from press to press.
    """
    # With object streams qpdf would still compare versions, and give up on a number beyond its integers.
    version = "" if PLAIN_VERSION.fullmatch(pdf.pdf_version) else LATEST_OF_OLD
    may_pack = plan.object_streams and not version
    if may_pack and not plan.linearize and not pdf.is_encrypted:
        try:
            write_packed(pdf, target)
        except TooManyObjectsError:
            pass
        else:
            return
    _save_by_qpdf(pdf, target, version, may_pack=may_pack, linearize=plan.linearize)


def _save_by_qpdf(pdf: Pdf, target: Path, version: str, *, may_pack: bool, linearize: bool) -> None:
    """Save what qpdf writes and we do not: encrypted, linearised, without object streams, or of very many objects."""
    # A trailer that qpdf had to reconstruct has no /Size, and qpdf writes only what is there; it corrects the value.
    if Name.Size not in pdf.trailer:
        pdf.trailer.Size = 1
    how: dict[str, Any] = {
        "fix_metadata_version": False,  # it replaces XMP that it cannot read
        "object_stream_mode": ObjectStreamMode.generate if may_pack else ObjectStreamMode.disable,
        "force_version": version,
        "linearize": linearize,
    }
    if pdf.is_encrypted:
        how |= {"encryption": True}
    else:
        # Streams are as the passes left them. qpdf decodes none, or a filter bomb would go off here.
        how |= {"stream_decode_level": StreamDecodeLevel.none, "deterministic_id": True}
    with warnings.catch_warnings():
        # Widgets that no form knows were there before: they are kept as they are, and are no news.
        warnings.simplefilter("ignore", PageCopyWarning)
        pdf.save(target, **how)
