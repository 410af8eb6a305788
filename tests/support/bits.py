"""Rows of bits as PDF stores them, made and compared."""

import numpy as np
from PIL import Image


def rows_of(picture: Image.Image) -> bytes:
    """The samples of a picture of mode "1": 1 is white."""
    assert picture.mode == "1"
    return picture.tobytes()


def pixels_of(rows: bytes, width_px: int) -> list[list[int]]:
    """The pixels of rows of bits, without what pads the rows."""
    packed = np.frombuffer(rows, np.uint8).reshape(-1, (width_px + 7) // 8)
    pixels: list[list[int]] = np.unpackbits(packed, axis=1)[:, :width_px].tolist()
    return pixels
