"""Images that a codec for one bit a pixel holds already: decoded strictly, and coded anew by whichever is smallest."""

from pikepdf import Dictionary, Name

from bulkpress_engine.filters import Decoded
from bulkpress_engine.images.codecs.bilevel import encode_bilevel
from bulkpress_engine.images.codecs.jbig2 import decode_ccitt, decode_jbig2
from bulkpress_engine.images.coded import Coded
from bulkpress_engine.images.errors import UndecodableImageError
from bulkpress_engine.images.facts import Coding, ImageFacts, whole

DEFAULT_COLUMNS = 1728  # of CCITTFaxDecode (ISO 32000-2, table 11): an A4 page by fax
INVERTED = bytes(255 - value for value in range(256))


def repack_two_level(coded: Decoded, facts: ImageFacts, *, may_use_jbig2: bool) -> Coded:
    """The same samples in fewer bytes, so that /Decode and the colour space keep their meaning.

    Raises UndecodableImageError for data that is damaged in the least: readers differ in how they mend it.
    """
    if facts.coding is Coding.CCITT:
        rows = _ccitt_rows(coded.data, coded.codec_parms, facts)
    else:
        rows = decode_jbig2(coded.data, facts.width_px, facts.height_px)
    return encode_bilevel(rows, facts.width_px, facts.height_px, may_use_jbig2=may_use_jbig2)


def _ccitt_rows(data: bytes, parms: Dictionary | None, facts: ImageFacts) -> bytes:
    """The samples that CCITTFaxDecode gives (ISO 32000-2, 7.4.6)."""
    said = Dictionary() if parms is None else parms
    rows_said = whole(said.get(Name.Rows, 0))
    if said.get(Name.Columns, DEFAULT_COLUMNS) != facts.width_px or 0 < rows_said < facts.height_px:
        raise UndecodableImageError("the filter's parameters are not of the image's size")
    rows = decode_ccitt(
        data,
        facts.width_px,
        facts.height_px,
        k=whole(said.get(Name.K, 0)),
        is_byte_aligned=bool(said.get(Name.EncodedByteAlign, False)),
    )
    return rows.translate(INVERTED) if said.get(Name.BlackIs1, False) else rows
