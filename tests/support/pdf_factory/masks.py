"""Images with every kind of mask (ISO 32000-2, 8.9.6 and 11.6.5), each over a striped ground that shows through."""

import numpy as np
from pikepdf import Array, Name, Object, Pdf
from PIL import Image

from tests.support.pdf_factory import pictures
from tests.support.pdf_factory.images import flate_image, jpeg_image, raw_image
from tests.support.pdf_factory.pages import add_page, drawn, saved

SIZE_PX = (800, 600)  # on 200 x 150 pt: 288 dpi
STRIPES = b"".join(b"0.2 0.5 0.9 rg %d 0 10 150 re f\n" % x for x in range(0, 200, 20))


def soft_mask(mask_px: tuple[int, int] = (300, 200)) -> bytes:
    """A photograph in DCT, faded by an SMask that has a size of its own (11.6.5.2)."""
    pdf = Pdf.new()
    image = jpeg_image(pdf, _photo())
    image.SMask = flate_image(pdf, _fade(mask_px))
    return _shown(pdf, image)


def flat_soft_mask() -> bytes:
    """A photograph in Flate whose SMask is opaque everywhere: it says nothing."""
    pdf = Pdf.new()
    image = flate_image(pdf, _photo())
    image.SMask = flate_image(pdf, Image.new("L", SIZE_PX, 255))
    return _shown(pdf, image)


def matte() -> bytes:
    """A photograph in Flate blended beforehand with white, as its SMask's /Matte says (11.6.5.2)."""
    pdf = Pdf.new()
    fade = _fade(SIZE_PX)
    alpha = np.asarray(fade, dtype=np.float32)[..., None] / 255
    blended = np.asarray(_photo(), dtype=np.float32) * alpha + 255 * (1 - alpha)
    image = flate_image(pdf, Image.fromarray(blended.astype(np.uint8)))
    mask = flate_image(pdf, fade)
    mask.Matte = Array([1, 1, 1])
    image.SMask = mask
    return _shown(pdf, image)


def colour_key_mask() -> bytes:
    """A photograph in Flate of which very dark pixels are see-through (8.9.6.4)."""
    pdf = Pdf.new()
    image = flate_image(pdf, _photo())
    image.Mask = Array([0, 90, 0, 90, 0, 90])
    return _shown(pdf, image)


def explicit_mask() -> bytes:
    """A photograph in DCT cut out by a stencil of its own size (8.9.6.3)."""
    pdf = Pdf.new()
    image = jpeg_image(pdf, _photo())
    image.Mask = _stencil(pdf)
    return _shown(pdf, image)


def stencil_mask() -> bytes:
    """Text as a 1-bit ImageMask, painted in the colour of the moment (8.9.6.2)."""
    pdf = Pdf.new()
    return _shown(pdf, _stencil(pdf))


def _stencil(pdf: Pdf) -> Object:
    text = pictures.bilevel_scan(*SIZE_PX, seed=3, font_px=40)
    stencil = raw_image(pdf, text.tobytes(), *SIZE_PX, Name.DeviceGray, bits=1)
    del stencil.ColorSpace
    stencil.ImageMask = True
    return stencil


def _photo() -> Image.Image:
    return pictures.photo(*SIZE_PX, seed=5)


def _fade(size_px: tuple[int, int]) -> Image.Image:
    """Opaque in the middle, see-through at the rim."""
    columns, rows = np.meshgrid(np.linspace(-1, 1, size_px[0]), np.linspace(-1, 1, size_px[1]))
    return Image.fromarray((np.clip(1.3 - np.hypot(columns, rows), 0, 1) * 255).astype(np.uint8))


def _shown(pdf: Pdf, image: Object) -> bytes:
    content = STRIPES + b"0.6 0 0.1 rg\n" + drawn("Im0", x_pt=0, y_pt=0, width_pt=200, height_pt=150)
    add_page(pdf, content, xobjects={"Im0": image}, size_pt=(200, 150))
    return saved(pdf)
