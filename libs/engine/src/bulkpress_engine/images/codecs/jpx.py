"""JPEG 2000: decoded by OpenJPEG (through Pillow), never written; at equal quality JPEG is smaller (engine study)."""

import struct
from io import BytesIO

from PIL import Image
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from bulkpress_engine.images.errors import UndecodableImageError

SIZ = b"\xff\x4f\xff\x51"  # start of codestream and image size (ISO/IEC 15444-1, A.5.1)
MODES = {1: "L", 3: "RGB"}
SIMPLE_BOXES_ONLY = (b"pclr", b"cdef", b"cmap")  # palettes and channel definitions (ISO/IEC 15444-1, I.5.3)


def decode_jpx(data: bytes, size: tuple[int, int], components: int) -> Image.Image:
    """The pixels as L or RGB, if the codestream's own header agrees with `size` and `components` at 8 bits.

    Raises UndecodableImageError otherwise, before anything is decoded.
    """
    if _header(data) != (size, components, 8) or components not in MODES:
        raise UndecodableImageError("the codestream is not what the image's dictionary says")
    if any(box in data[:4096] for box in SIMPLE_BOXES_ONLY):
        raise UndecodableImageError("channels are mapped inside the JPEG 2000 file")
    try:
        image = Jpeg2KImageFile(BytesIO(data))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise UndecodableImageError(str(error)) from error
    if image.mode != MODES[components] or image.size != size:
        raise UndecodableImageError(f"decoded to {image.size} of mode {image.mode}")
    return image


def _header(data: bytes) -> tuple[tuple[int, int], int, int] | None:
    """Size, components and bits of the codestream; None where they are not all plain."""
    at = data.find(SIZ)
    if at < 0 or len(data) < at + 44:
        return None
    right, bottom, left, top = struct.unpack(">IIII", data[at + 8 : at + 24])
    components = int.from_bytes(data[at + 40 : at + 42])
    depths = set(data[at + 42 : at + 42 + 3 * components : 3])
    if len(depths) != 1:
        return None
    return (right - left, bottom - top), components, depths.pop() + 1
