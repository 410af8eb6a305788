"""Documents that open and are still not to be changed."""

from pikepdf import Pdf

from bulkpress_engine.encryption import can_keep_encryption
from bulkpress_engine.errors import SignedPdfError
from bulkpress_engine.options import PressOptions, SignedPolicy
from bulkpress_engine.report import Reason
from bulkpress_engine.signatures import is_signed


def reason_to_keep(pdf: Pdf, options: PressOptions) -> Reason | None:
    """Why the original must stay, whatever the plan; None where there is no reason. Raises SignedPdfError."""
    if options.on_signed is not SignedPolicy.COMPRESS and is_signed(pdf):
        if options.on_signed is SignedPolicy.REFUSE:
            raise SignedPdfError
        return Reason.SIGNED
    return None if can_keep_encryption(pdf) else Reason.ENCRYPTION_NOT_KEPT
