"""One bit a pixel without loss, by whichever codec makes it smallest."""

from bulkpress_engine.images.codecs.ccitt import encode_group4
from bulkpress_engine.images.codecs.jbig2 import encode_jbig2
from bulkpress_engine.images.coded import Coded


def encode_bilevel(rows: bytes, width_px: int, height_px: int, *, may_use_jbig2: bool) -> Coded:
    """Rows of bits as PDF stores them (each padded to whole bytes, most significant bit first; 1 is mostly white)."""
    candidates = [encode_group4(rows, width_px, height_px)]
    if may_use_jbig2 and (jbig2 := encode_jbig2(rows, width_px, height_px)):
        candidates.append(jbig2)
    return min(candidates, key=lambda coded: len(coded.data))
