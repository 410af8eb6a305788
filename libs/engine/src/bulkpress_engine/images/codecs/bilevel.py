"""One bit a pixel without loss, by whichever codec makes it smallest."""

from bulkpress_engine.images.codecs.ccitt import encode_group4
from bulkpress_engine.images.codecs.jbig2 import encode_jbig2
from bulkpress_engine.images.coded import Coded

SMALL_BYTES = 1024  # JBIG2 spends 60 bytes before the first pixel; what it makes larger, group 4 makes larger still


def encode_bilevel(rows: bytes, width_px: int, height_px: int, *, may_use_jbig2: bool) -> Coded:
    """Rows of bits as PDF stores them (each padded to whole bytes, most significant bit first; 1 is mostly white)."""
    jbig2 = encode_jbig2(rows, width_px, height_px) if may_use_jbig2 else None
    if jbig2 is not None and len(jbig2.data) > SMALL_BYTES:
        return jbig2
    group4 = encode_group4(rows, width_px, height_px)
    return group4 if jbig2 is None or len(group4.data) < len(jbig2.data) else jbig2
