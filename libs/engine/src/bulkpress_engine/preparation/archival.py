"""The claim to follow PDF/A, taken out of a document that need not follow it any longer."""

import re

from pikepdf import Pdf

from bulkpress_engine.inspection.pdfa import claimed_part
from bulkpress_engine.options import Limits, PdfaPolicy, PressOptions
from bulkpress_engine.preparation.claims import ARCHIVAL, PDFA
from bulkpress_engine.report import PassReport

DECLARATION = re.compile(rb"\s+xmlns:[\w.-]+\s*=\s*([\"'])" + re.escape(PDFA.encode()) + rb"\1")


def drop_pdfa_claim(pdf: Pdf, options: PressOptions, limits: Limits) -> PassReport | None:  # noqa: ARG001
    """Remove the PDF/A identification (ISO 19005-2, 6.6.4) from the XMP, where the claim may go.

    The output intent stays: it says what colours mean.
    """
    if options.pdfa is not PdfaPolicy.COMPRESS:
        return None
    xmp = pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
    claimed = [key for key in ARCHIVAL.keys() if key in xmp]  # noqa: SIM118  (not a dict)
    if not claimed:
        return PassReport("drop_pdfa_claim")
    with xmp:
        for key in claimed:
            del xmp[key]
    packet = pdf.Root.Metadata.read_bytes()
    plain = DECLARATION.sub(b"", packet)
    if claimed_part(plain) is None:  # nothing else is of that namespace, whose declaration reads as half a claim
        pdf.Root.Metadata.write(plain)
    return PassReport("drop_pdfa_claim", objects_changed=1)
