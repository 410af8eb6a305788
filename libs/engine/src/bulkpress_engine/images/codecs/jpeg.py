"""JPEG: decoded and coded by libjpeg-turbo (through Pillow), packed tighter without loss by mozjpeg.

Pillow inverts four-component JPEGs both ways, after Photoshop's habit; a PDF takes components as they are
(ISO 32000-2, 7.4.8), so they are inverted back here.
"""

from io import BytesIO

import mozjpeg_lossless_optimization as mozjpeg
from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from bulkpress_engine.images.codecs.jpeg_tables import PHOTO, Chroma, Way
from bulkpress_engine.images.errors import UndecodableImageError

DRAFT_MARGIN = 2  # shrunk while decoding to no less than this times the size wanted, and resampled from there
END_OF_IMAGE = b"\xff\xd9"


def decode_jpeg(data: bytes, at_least: tuple[int, int]) -> Image.Image:
    """The pixels, as L, RGB or CMYK; possibly shrunk, but never below `at_least`. Raises UndecodableImageError."""
    try:
        image = JpegImageFile(BytesIO(data))
        image.draft(None, (at_least[0] * DRAFT_MARGIN, at_least[1] * DRAFT_MARGIN))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise UndecodableImageError(str(error)) from error
    if image.mode not in {"L", "RGB", "CMYK"}:
        raise UndecodableImageError(f"a JPEG of mode {image.mode}")
    return ImageChops.invert(image) if image.mode == "CMYK" else image


def encode_jpeg(image: Image.Image, quality: int, way: Way = PHOTO) -> bytes:
    """A progressive JPEG of an L, RGB or CMYK image, `quality` 1..100 on the IJG scale."""
    return bytes(mozjpeg.optimize(baseline_jpeg(image, quality, way)))


def baseline_jpeg(image: Image.Image, quality: int, way: Way) -> bytes:
    """`encode_jpeg` with the same pixels, quickly and larger."""
    file = BytesIO()
    upright = ImageChops.invert(image) if image.mode == "CMYK" else image
    chroma = way.chroma if image.mode == "RGB" else Chroma.FULL
    upright.save(file, "JPEG", qtables=way.tables(quality, len(image.getbands())), subsampling=int(chroma))
    return file.getvalue()


def repack_jpeg(data: bytes) -> bytes:
    """The same coefficients in fewer bytes, progressive and without markers. Raises UndecodableImageError."""
    if END_OF_IMAGE not in data[-64:]:
        raise UndecodableImageError("the JPEG ends early")
    try:
        return bytes(mozjpeg.optimize(data))
    except ValueError as error:
        raise UndecodableImageError(str(error)) from error
