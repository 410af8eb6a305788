"""Pictures read in bands of rows, so that the memory for working on one follows its width and not its area."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import Protocol

from PIL import Image, ImageChops

from bulkpress_engine.images.codecs.samples import decode_samples, row_bytes
from bulkpress_engine.images.colour import Colour
from bulkpress_engine.images.errors import UndecodableImageError

BAND_BYTES = 4 * 2**20
LANCZOS_REACH = 3  # source pixels each way that one pixel is made of, times how much smaller it gets


class Picture(Protocol):
    """Pixels of mode L, RGB or CMYK."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def mode(self) -> str:
        """As Pillow names it."""

    def band(self, first: int, last: int) -> Image.Image:
        """Rows `first` to before `last`."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A picture that is in memory whole."""

    image: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    @property
    def mode(self) -> str:
        """As Pillow names it."""
        return self.image.mode

    def band(self, first: int, last: int) -> Image.Image:
        """Rows `first` to before `last`."""
        return self.image.crop((0, first, self.image.width, last))


class Stored:
    """A picture in memory as PDF stores its samples, three bytes or less a pixel where Pillow takes four."""

    def __init__(self, samples: bytes, size: tuple[int, int], bits: int, colour: Colour) -> None:
        """Raises UndecodableImageError for too few samples, or such as cannot be understood."""
        self._row_bytes = row_bytes(size[0], colour.components, bits)
        if len(samples) < self._row_bytes * size[1] or min(size) < 1:
            raise UndecodableImageError(f"{len(samples)} bytes of samples for {size[0]} x {size[1]}")
        self.size, self._samples, self._bits, self._colour = size, samples, bits, colour
        self.mode = self.band(0, 1).mode

    def band(self, first: int, last: int) -> Image.Image:
        """Rows `first` to before `last`."""
        rows = self._samples[first * self._row_bytes : last * self._row_bytes]
        return decode_samples(rows, (self.size[0], last - first), self._bits, self._colour)


class Red:
    """The first component of another picture: the gray of one whose components are equal."""

    mode = "L"

    def __init__(self, picture: Picture) -> None:
        self._picture, self.size = picture, picture.size

    def band(self, first: int, last: int) -> Image.Image:
        """Rows `first` to before `last`."""
        return self._picture.band(first, last).getchannel(0)


def bands(picture: Picture) -> Iterator[tuple[int, int]]:
    """First row and row after the last of each band."""
    width_px, height_px = picture.size
    step = max(1, BAND_BYTES // (width_px * 4))
    for first in range(0, height_px, step):
        yield first, min(first + step, height_px)


def few_colours(picture: Picture, most: int) -> list[tuple[int, ...]] | None:
    """All colours in ascending order, or None for more than `most`."""
    found: set[tuple[int, ...]] = set()
    for first, last in bands(picture):
        colours = picture.band(first, last).getcolors(most)
        if colours is None:
            return None
        found.update(colour if isinstance(colour, tuple) else (int(colour),) for _, colour in colours)
        if len(found) > most:
            return None
    return sorted(found)


def is_gray(picture: Picture) -> bool:
    """Whether the three components of each pixel are equal."""
    return picture.mode == "RGB" and all(_is_gray(picture.band(first, last)) for first, last in bands(picture))


def _is_gray(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return not ImageChops.difference(red, green).getbbox() and not ImageChops.difference(red, blue).getbbox()


def resized(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """The picture resampled to `size`, as if at once."""
    if isinstance(picture, Loaded) and size == picture.size:
        return picture.image
    (width_px, height_px), small = picture.size, Image.new(picture.mode, size)
    scale = height_px / size[1]
    reach = ceil(LANCZOS_REACH * max(scale, 1.0)) + 1
    step = max(1, int(BAND_BYTES / (width_px * 4 * scale)))
    for top in range(0, size[1], step):
        bottom = min(top + step, size[1])
        first, last = max(0, floor(top * scale) - reach), min(height_px, ceil(bottom * scale) + reach)
        box = (0.0, top * scale - first, float(width_px), min(bottom * scale, height_px) - first)
        band = picture.band(first, last).resize((size[0], bottom - top), Image.Resampling.LANCZOS, box=box)
        small.paste(band, (0, top))
    return small
