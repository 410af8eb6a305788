"""How gray colours are, as readers show them: asked of pdfium, which draws the proof as well.

Gray is the luma of what is shown, as for JPEG and television (ITU-R BT.601): 0.299 red, 0.587 green, 0.114 blue.
"""

import io
import math

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream
from PIL import Image

from bulkpress_engine.filters import deflated

Levels = NDArray[np.uint8]
BACKGROUND = (255, 0, 255, 255)  # what is left where nothing could be drawn
MOST_PIXELS = 40_000_000  # drawn at once, at four bytes each
IMAGE_ENTRIES = (
    Name.Filter, Name.DecodeParms, Name.Width, Name.Height, Name.ColorSpace, Name.BitsPerComponent, Name.Decode,
)  # fmt: skip


class UnshownError(Exception):
    """Pdfium does not show it."""


def samples_shown(pdf: Pdf, space: Object, samples: Levels) -> Levels:
    """The gray of `samples`, colours x components of 8 bits, as an image in `space` means them. Raises UnshownError."""
    count, components = samples.shape
    width = math.ceil(math.sqrt(count))
    height = math.ceil(count / width)
    padded = np.zeros((width * height, components), np.uint8)
    padded[:count] = samples
    image = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, BitsPerComponent=8)
    image.write(deflated(padded.tobytes(), 1), filter=Name.FlateDecode)
    image[Name.ColorSpace] = space
    return _drawn(image, "XObject", f"{width} 0 0 {height} 0 0 cm /X Do", (width, height)).reshape(-1)[:count]


def image_shown(pdf: Pdf, image: Stream) -> Levels:
    """The gray of an image's own pixels, height x width, whatever hides them. Raises UnshownError."""
    width, height = int(image[Name.Width]), int(image[Name.Height])
    if width * height > MOST_PIXELS:
        raise UnshownError("more pixels than are drawn at once")
    plain = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Image)
    plain.write(image.read_raw_bytes())
    for key in IMAGE_ENTRIES:
        if key in image:
            plain[key] = image[key]
    return _drawn(plain, "XObject", f"{width} 0 0 {height} 0 0 cm /X Do", (width, height))


def shading_shown(pdf: Pdf, shading: Dictionary, size: tuple[int, int]) -> Levels:
    """The gray of a shading drawn on a page of `size` points, height x width. Raises UnshownError."""
    return _drawn(pdf.make_indirect(shading), "Shading", "/X sh", size)


def _drawn(resource: Object, category: str, content: str, size: tuple[int, int]) -> Levels:
    """A page of `size` points, one pixel each, that draws the resource /X of another document."""
    with Pdf.new() as scratch:
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *size]),
            Resources=Dictionary({f"/{category}": Dictionary(X=scratch.copy_foreign(resource))}),
            Contents=scratch.make_stream(content.encode()),
        )
        scratch.pages.append(Page(scratch.make_indirect(page)))
        file = io.BytesIO()
        scratch.save(file, compress_streams=False, stream_decode_level=None)
    try:
        with pdfium.PdfDocument(file.getvalue()) as document:
            bitmap = document[0].render(scale=1, fill_color=BACKGROUND, rev_byteorder=True, may_draw_forms=False)
            pixels = np.array(bitmap.to_numpy()[:, :, :3])
    except (pdfium.PdfiumError, ValueError) as error:
        raise UnshownError(str(error)) from error
    if pixels.shape[:2] != (size[1], size[0]) or (pixels == BACKGROUND[:3]).all():
        raise UnshownError("it is not drawn")
    return luma(pixels)


def luma(pixels: NDArray[np.uint8]) -> Levels:
    """The gray of pixels, height x width x RGB."""
    return np.asarray(Image.fromarray(pixels).convert("L"))
