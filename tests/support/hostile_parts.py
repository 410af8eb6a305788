"""More hostile files: sound documents whose fonts, images and character maps are not. `CASES` names them."""

import random
import zlib

from tests.support.hostile_factory import FINE, LIMITED, Case, document, page, page_with_image, stream, zlib_run

GIB, MIB = 2**30, 2**20
NOISE = random.Random(1).randbytes(4000)
TEXT = b"BT /F 12 Tf 20 20 Td (some text) Tj ET"


def _with_font(file_key: bytes, file: bytes, *, subtype: bytes = b"/TrueType", more: bytes = b"") -> bytes:
    """A line of text in a simple font whose file is object 7; `more` are entries of the font."""
    widths = b"/FirstChar 32 /LastChar 126 /Widths [" + b"500 " * 95 + b"]"
    font = b"<< /Type /Font /Subtype %s /BaseFont /Odd /FontDescriptor 6 0 R %s %s >>" % (subtype, widths, more)
    descriptor = (
        b"<< /Type /FontDescriptor /FontName /Odd /Flags 32 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 "
        b"/Descent -200 /CapHeight 700 /StemV 80 /%s 7 0 R >>" % file_key
    )
    return document(page(TEXT, resources=b"/Font << /F 5 0 R >>", more={5: font, 6: descriptor, 7: file}))


def _font_bomb() -> bytes:
    return _with_font(b"FontFile2", stream(zlib_run(b"\0", 2 * GIB), b"/Filter /FlateDecode /Length1 2147483648"))


def _truetype_of_lying_tables() -> bytes:
    """The directory of an OpenType font (ISO/IEC 14496-22, 4.5) whose tables are all of the file, 65535 times."""
    table = b"glyf" + bytes(4) + bytes(4) + b"\x7f\xff\xff\xff"
    return _with_font(b"FontFile2", stream(b"\0\1\0\0\xff\xff" + bytes(6) + table * 2000))


def _cff_of_endless_indexes() -> bytes:
    """A compact font (Adobe TN 5176) that claims 65535 names of 4 GiB each."""
    return _with_font(
        b"FontFile3", stream(b"\1\0\4\4\xff\xff\4" + b"\xff\xff\xff\xf0" * 500, b"/Subtype /Type1C"), subtype=b"/Type1"
    )


def _type1_of_noise() -> bytes:
    clear = b"%!PS-AdobeFont-1.0: Odd\n/FontName /Odd def currentfile eexec\n"
    lengths = b"/Length1 %d /Length2 %d /Length3 0" % (len(clear), len(NOISE))
    return _with_font(b"FontFile", stream(clear + NOISE, lengths), subtype=b"/Type1")


def _type1_without_an_end() -> bytes:
    """PostScript that opens 100,000 procedures and closes none."""
    program = b"%!PS-AdobeFont-1.0: Odd\n/Encoding 256 array\n" + b"{ " * 100_000
    return _with_font(b"FontFile", stream(program, b"/Length1 %d /Length2 0 /Length3 0" % len(program)),
                      subtype=b"/Type1")  # fmt: skip


def _glyphs_that_draw_themselves() -> bytes:
    """A Type 3 font (ISO 32000-2, 9.6.4) whose glyph is written in itself."""
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97 "
        b"/Widths [9] /Encoding << /Differences [97 /a] >> /CharProcs << /a 6 0 R >> "
        b"/Resources << /Font << /F 5 0 R >> >> >>"
    )
    glyph = stream(b"9 0 d0 BT /F 1 Tf (aaaaaaaa) Tj ET")
    return document(page(b"BT /F 9 Tf (a) Tj ET", resources=b"/Font << /F 5 0 R >>", more={5: font, 6: glyph}))


def _to_unicode_bomb() -> bytes:
    """A map of four thousand million codes, and another 100 MB of it below."""
    ranges = (
        b"1 begincodespacerange <00000000> <ffffffff> endcodespacerange\n"
        b"1 beginbfrange <00000000> <ffffffff> <0041> endbfrange\n"
    )
    body = zlib.compress(ranges + b"1 beginbfchar <00> <41> endbfchar\n" * (3 * MIB), 9)
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    cmap = stream(body, b"/Filter /FlateDecode")
    return document(page(TEXT, resources=b"/Font << /F 5 0 R >>", more={5: font, 6: cmap}))


def _cmap_that_uses_itself() -> bytes:
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /Odd /Encoding 6 0 R /DescendantFonts [5 0 R 7 0 R] >>"
    cmap = stream(b"/Odd usecmap", b"/Type /CMap /CMapName /Odd /UseCMap 6 0 R")
    descendant = b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Odd /CIDToGIDMap 6 0 R /W [0 1000000000 500] >>"
    return document(page(TEXT, resources=b"/Font << /F 5 0 R >>", more={5: font, 6: cmap, 7: descendant}))


def _huge_inline_image() -> bytes:
    pixels = zlib.compress(bytes(64 * MIB), 9)
    head = b"BI /W 8192 /H 8192 /BPC 8 /CS /G /F /Fl ID "
    return document(page(b"q 300 0 0 300 0 0 cm " + head + pixels + b" EI Q"))


def _jbig2_that_needs_itself() -> bytes:
    size = b"/Width 4000 /Height 4000 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /JBIG2Decode "
    return page_with_image(size + b"/DecodeParms << /JBIG2Globals 5 0 R >>", NOISE)


def _jbig2_of_a_gigapixel() -> bytes:
    """A page segment (ITU-T T.88, 7.4.8) of 2^31 rows before noise."""
    side = b"\x7f\xff\xff\xff"
    segment = b"\0\0\0\0\x30\0\1\0\0\0\x13" + side + side + bytes(8) + b"\0\0\0"
    size = b"/Width 30000 /Height 30000 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /JBIG2Decode"
    return page_with_image(size, segment + NOISE)


def _largest_scan() -> bytes:
    """81 megapixels of colour, which just may be decoded: the most that a scan can ask for."""
    size = b"/Width 9000 /Height 9000 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode"
    return page_with_image(size, zlib_run(b"\xf0", 3 * 9000 * 9000))


CASES = (
    Case("font_bomb", _font_bomb, LIMITED),
    Case("truetype_of_noise", lambda: _with_font(b"FontFile2", stream(NOISE)), FINE),
    Case("truetype_of_lying_tables", _truetype_of_lying_tables, FINE),
    Case("cff_of_endless_indexes", _cff_of_endless_indexes, FINE),
    Case("type1_of_noise", _type1_of_noise, FINE),
    Case("type1_without_an_end", _type1_without_an_end, FINE),
    Case("glyphs_that_draw_themselves", _glyphs_that_draw_themselves, FINE),
    Case("to_unicode_bomb", _to_unicode_bomb, LIMITED),
    Case("cmap_that_uses_itself", _cmap_that_uses_itself, FINE),
    Case("huge_inline_image", _huge_inline_image, LIMITED),
    Case("jbig2_of_noise", lambda: page_with_image(b"/Width 4000 /Height 4000 /BitsPerComponent 1 /ColorSpace "
         b"/DeviceGray /Filter /JBIG2Decode", NOISE), FINE),
    Case("jbig2_that_needs_itself", _jbig2_that_needs_itself, FINE),
    Case("jbig2_of_a_gigapixel", _jbig2_of_a_gigapixel, FINE),
    Case("jpx_of_noise", lambda: page_with_image(b"/Width 4000 /Height 4000 /Filter /JPXDecode", NOISE), FINE),
    Case("fax_of_noise", lambda: page_with_image(b"/Width 30000 /Height 30000 /BitsPerComponent 1 /ColorSpace "
         b"/DeviceGray /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 30000 >>", NOISE), FINE),
    Case("largest_scan", _largest_scan, LIMITED),
)  # fmt: skip
"""All of them."""
