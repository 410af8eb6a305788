"""Rows of bits as PDF stores them, made and compared."""

from io import BytesIO

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

ROWS_PER_STRIP, STRIP_OFFSETS, STRIP_BYTE_COUNTS, T4_OPTIONS = 278, 273, 279, 292  # TIFF 6.0, section 8 and 11


def rows_of(picture: Image.Image) -> bytes:
    """The samples of a picture of mode "1": 1 is white."""
    assert picture.mode == "1"
    return picture.tobytes()


def pixels_of(rows: bytes, width_px: int) -> list[list[int]]:
    """The pixels of rows of bits, without what pads the rows."""
    packed = np.frombuffer(rows, np.uint8).reshape(-1, (width_px + 7) // 8)
    pixels: list[list[int]] = np.unpackbits(packed, axis=1)[:, :width_px].tolist()
    return pixels


def fax_coded(picture: Image.Image, coding: str, options: int | None = None) -> bytes:
    """A picture of mode "1" in a CCITT coding by Pillow's name, white as PDF has it; `options` are TIFF's T4Options."""
    tags = {ROWS_PER_STRIP: picture.height} | ({} if options is None else {T4_OPTIONS: options})
    file = BytesIO()
    image = Image.frombytes("1", picture.size, picture.tobytes(), "raw", "1;I")
    image.save(file, "TIFF", compression=coding, tiffinfo=tags)
    with TiffImageFile(BytesIO(file.getvalue())) as tiff:
        ((offset,), (length,)) = tiff.tag_v2[STRIP_OFFSETS], tiff.tag_v2[STRIP_BYTE_COUNTS]
    return file.getvalue()[offset : offset + length]
