"""Documents that open and are still not to be changed."""

from pikepdf import Pdf

from bulkpress_engine.encryption import can_keep_encryption
from bulkpress_engine.errors import ArchivalPdfError, SignedPdfError
from bulkpress_engine.inspection.pdfa import pdfa_part
from bulkpress_engine.options import PdfaPolicy, PressOptions, SignedPolicy
from bulkpress_engine.report import Reason
from bulkpress_engine.signatures import is_signed


def reason_to_keep(pdf: Pdf, options: PressOptions) -> Reason | None:
    """Why the original must stay, whatever the plan; None where there is no reason.

    Raises SignedPdfError and ArchivalPdfError.
    """
    if options.pdfa is PdfaPolicy.REFUSE and pdfa_part(pdf) is not None:
        raise ArchivalPdfError
    if options.on_signed is not SignedPolicy.COMPRESS and is_signed(pdf):
        if options.on_signed is SignedPolicy.REFUSE:
            raise SignedPdfError
        return Reason.SIGNED
    return None if can_keep_encryption(pdf) else Reason.ENCRYPTION_NOT_KEPT
