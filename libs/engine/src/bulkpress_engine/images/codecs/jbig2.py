"""JBIG2 (ITU-T T.88) and the CCITT codings it replaces: one bit a pixel, without loss.

JBIG2's 1 is black where PDF's samples have 0, and PDF's filter turns it round (ISO 32000-2, 7.4.7); `bulkpress_jbig2`
deals in PDF's samples, so that nothing is turned round here.
"""

from collections.abc import Callable

import bulkpress_jbig2
from bulkpress_engine.images.coded import Coded
from bulkpress_engine.images.errors import UndecodableImageError

HAS_JBIG2 = bulkpress_jbig2.IS_AVAILABLE  # there was a C compiler where it was installed
MAX_ROW_PX = 10**6  # wider is no scan, and CCITT's rows take memory


def encode_jbig2(rows: bytes, width_px: int, height_px: int) -> Coded | None:
    """Rows of bits, each padded to whole bytes, as JBIG2.

    None where the codec was not built, or if the data does not decode to these very rows.
    """
    if not HAS_JBIG2:
        return None
    data = bulkpress_jbig2.encode(rows, width_px, height_px)
    if not bulkpress_jbig2.is_coding_of(data, rows, width_px, height_px):
        return None
    return Coded(data, width_px, height_px, 1, "/JBIG2Decode", is_exact=True)


def decode_jbig2(data: bytes, width_px: int, height_px: int) -> bytes:
    """Rows of bits. Raises UndecodableImageError for damaged data and for JBIG2 of a kind that is not written here."""
    return _decoded(lambda: bulkpress_jbig2.decode(data, width_px, height_px))


def decode_ccitt(data: bytes, width_px: int, height_px: int, *, k: int, is_byte_aligned: bool) -> bytes:
    """Rows of bits, 0 is black. Raises UndecodableImageError for damaged data, also where a row is missing."""
    if width_px > MAX_ROW_PX:
        raise UndecodableImageError(f"a row of {width_px} pixels")
    return _decoded(
        lambda: bulkpress_jbig2.decode_ccitt(data, width_px, height_px, k=k, is_byte_aligned=is_byte_aligned)
    )


def _decoded(decode: Callable[[], bytes]) -> bytes:
    try:
        return decode()
    except (bulkpress_jbig2.NotBuiltError, ValueError, OverflowError) as error:
        raise UndecodableImageError(str(error)) from error
