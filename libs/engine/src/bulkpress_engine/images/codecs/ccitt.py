"""CCITT group 4 (ITU-T T.6), coded by libtiff (through Pillow): one bit a pixel, without loss."""

from io import BytesIO

from PIL import Image, TiffImagePlugin
from PIL.TiffImagePlugin import TiffImageFile

from bulkpress_engine.images.coded import Coded

ROWS_PER_STRIP, STRIP_OFFSETS, STRIP_BYTE_COUNTS = 278, 273, 279


def encode_group4(rows: bytes, width_px: int, height_px: int) -> Coded:
    """Rows of bits, each padded to whole bytes, as CCITT group 4; a 1 is coded as white, which most pixels are."""
    image = Image.frombytes("1", (width_px, height_px), rows, "raw", "1;I")
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[ROWS_PER_STRIP] = height_px  # one strip: PDF has no notion of several
    file = BytesIO()
    image.save(file, "TIFF", compression="group4", tiffinfo=tags)
    with TiffImageFile(BytesIO(file.getvalue())) as tiff:
        ((offset,), (length,)) = tiff.tag_v2[STRIP_OFFSETS], tiff.tag_v2[STRIP_BYTE_COUNTS]
    data = file.getvalue()[offset : offset + length]
    parms = {"/K": -1, "/Columns": width_px, "/Rows": height_px}
    return Coded(data, width_px, height_px, 1, "/CCITTFaxDecode", parms, is_exact=True)
