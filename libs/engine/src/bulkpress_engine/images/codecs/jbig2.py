"""JBIG2 (ITU-T T.88), generic regions only: one bit a pixel, without loss.

Its 1 is black where PDF's samples have 0, and PDF's filter turns it round (ISO 32000-2, 7.4.7); `bulkpress_jbig2`
deals in PDF's samples, so that nothing is turned round here.
"""

import bulkpress_jbig2
from bulkpress_engine.images.coded import Coded
from bulkpress_engine.images.errors import UndecodableImageError


def encode_jbig2(rows: bytes, width_px: int, height_px: int) -> Coded | None:
    """Rows of bits, each padded to whole bytes, as one generic region.

    None where the codec was not built, or if the data does not decode to these very rows.
    """
    if not bulkpress_jbig2.IS_AVAILABLE:
        return None
    data = bulkpress_jbig2.encode(rows, width_px, height_px)
    if not are_same_pixels(bulkpress_jbig2.decode(data, width_px, height_px), rows, width_px):
        return None
    return Coded(data, width_px, height_px, 1, "/JBIG2Decode", is_exact=True)


def decode_jbig2(data: bytes, width_px: int, height_px: int) -> bytes:
    """Rows of bits. Raises UndecodableImageError for damaged data and for all but generic regions."""
    if not bulkpress_jbig2.IS_AVAILABLE:
        raise UndecodableImageError("JBIG2 is read only where its codec was built")
    try:
        return bulkpress_jbig2.decode(data, width_px, height_px)
    except bulkpress_jbig2.UndecodableJbig2Error as error:
        raise UndecodableImageError(str(error)) from error


def are_same_pixels(one: bytes, other: bytes, width_px: int) -> bool:
    """Whether rows of bits are equal, whatever stands behind the last pixel of each."""
    if len(one) != len(other):
        return False
    row_bytes, spare_bits = (width_px + 7) // 8, -width_px % 8
    if spare_bits == 0 or one == other:
        return one == other
    last, drop = slice(row_bytes - 1, None, row_bytes), bytes(value >> spare_bits for value in range(256))
    blank = bytes(len(one[last]))
    bodies = [bytearray(one), bytearray(other)]
    ends = [body[last].translate(drop) for body in bodies]
    for body in bodies:
        body[last] = blank
    return ends[0] == ends[1] and bodies[0] == bodies[1]
