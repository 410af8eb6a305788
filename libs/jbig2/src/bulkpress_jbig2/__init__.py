"""JBIG2 (ITU-T T.88), encoded and decoded as PDF embeds it (ISO 32000-2, 7.4.7): always without loss.

A page is one generic region; and where that is smaller, its letters are instances of symbols, each either equal to its
symbol or refined to the very pixels that it has. Symbols never stand in for letters that differ from them. Read is what
is written: no Huffman coding, no halftone regions, no symbols from other streams. Samples are those of PDF's
JBIG2Decode: rows padded to whole bytes, most significant bit first, 0 is black. Bits behind the last pixel of a row
count for nothing, and are 1 in what is decoded. What JBIG2 replaces can be read too: CCITT groups 3 and 4. The work is
done in C, without the interpreter's lock.
"""

from bulkpress_jbig2.errors import NotBuiltError, UndecodableError

__all__ = ["IS_AVAILABLE", "NotBuiltError", "UndecodableError", "decode", "decode_ccitt", "encode", "is_coding_of"]

try:
    from bulkpress_jbig2 import _codec
except ModuleNotFoundError:  # installed without a C compiler
    IS_AVAILABLE = False
else:
    IS_AVAILABLE = True


def encode(samples: bytes, width_px: int, height_px: int) -> bytes:
    """The segments of a page of this size: what a stream with JBIG2Decode and no JBIG2Globals holds.

    Raises NotBuiltError where `IS_AVAILABLE` is False, ValueError for sizes that are out of range or do not fit the
    length of `samples`, MemoryError.
    """
    if not IS_AVAILABLE:
        raise NotBuiltError
    return _codec.encode(samples, width_px, height_px)


def decode(data: bytes, width_px: int, height_px: int) -> bytes:
    """The samples of a page that must be of this size.

    Raises NotBuiltError where `IS_AVAILABLE` is False, UndecodableError, ValueError for sizes that are out of
    range, MemoryError.
    """
    if not IS_AVAILABLE:
        raise NotBuiltError
    return _codec.decode(data, width_px, height_px)


def is_coding_of(data: bytes, samples: bytes, width_px: int, height_px: int) -> bool:
    """Whether `data` decodes to exactly these pixels; the samples are not made anew, so it takes less memory to ask.

    Raises NotBuiltError where `IS_AVAILABLE` is False, ValueError for sizes that are out of range, MemoryError.
    """
    if not IS_AVAILABLE:
        raise NotBuiltError
    return _codec.is_coding_of(data, samples, width_px, height_px)


def decode_ccitt(data: bytes, width_px: int, height_px: int, *, k: int, is_byte_aligned: bool = False) -> bytes:
    """The samples of a picture in CCITT coding; `k` and `is_byte_aligned` as in ISO 32000-2, table 11.

    0 is black, as where BlackIs1 is false. Strict: UndecodableError where a row is missing or is not exactly as long as
    the picture is wide. Raises NotBuiltError, ValueError and MemoryError as `decode` does.
    """
    if not IS_AVAILABLE:
        raise NotBuiltError
    return _codec.decode_ccitt(data, width_px, height_px, k, is_byte_aligned)
