"""Writing the pressed document: as small as its standard allows, encrypted as it was, the same bytes each time."""

import re
import warnings
from pathlib import Path

from pikepdf import Name, ObjectStreamMode, Pdf, StreamDecodeLevel
from pikepdf.exceptions import PageCopyWarning

from bulkpress_engine.planning import Plan

PLAIN_VERSION = re.compile(r"[0-9]\.[0-9]{1,2}")
LATEST_OF_OLD = "1.7"  # for a header that names no version


def save(pdf: Pdf, target: Path, plan: Plan) -> None:
    """Write the document to `target`. Raises PdfError and OSError.

    The first half of /ID stays and the second follows from the content (ISO 32000-2, 14.4). An encrypted document keeps
    its keys, passwords and permissions; AES starts every string at random, so its bytes differ from press to press.
    """
    # A trailer that qpdf had to reconstruct has no /Size, and qpdf writes only what is there; it corrects the value.
    if Name.Size not in pdf.trailer:
        pdf.trailer.Size = 1
    # With object streams qpdf would still compare versions, and give up on a number beyond its integers.
    version = "" if PLAIN_VERSION.fullmatch(pdf.pdf_version) else LATEST_OF_OLD
    mode = ObjectStreamMode.generate if plan.object_streams and not version else ObjectStreamMode.disable
    with warnings.catch_warnings():
        # Widgets that no form knows were there before: they are kept as they are, and are no news.
        warnings.simplefilter("ignore", PageCopyWarning)
        if pdf.is_encrypted:
            pdf.save(
                target, encryption=True, fix_metadata_version=False, object_stream_mode=mode, force_version=version
            )
        else:
            pdf.save(
                target,
                # Streams are as the passes left them. qpdf decodes none, or a filter bomb would go off here.
                stream_decode_level=StreamDecodeLevel.none,
                fix_metadata_version=False,  # it replaces XMP that it cannot read
                object_stream_mode=mode,
                force_version=version,
                deterministic_id=True,
            )
