"""One bit a pixel without loss, by whichever codec makes it smallest."""

from bulkpress_engine.images.codecs.ccitt import encode_group4
from bulkpress_engine.images.coded import Coded


def encode_bilevel(rows: bytes, width_px: int, height_px: int, *, may_use_jbig2: bool) -> Coded:  # noqa: ARG001 - for the codec that is yet to come
    """Rows of bits as PDF stores them (each padded to whole bytes, most significant bit first; 1 is mostly white)."""
    return encode_group4(rows, width_px, height_px)
