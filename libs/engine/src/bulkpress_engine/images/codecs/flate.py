"""Flate with what makes it small: few colours as a palette, many with the PNG filter that suits them best."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from bulkpress_engine.filters import deflated
from bulkpress_engine.images.coded import Coded, Space

Rows = NDArray[np.uint8]
MAX_PALETTE = 256
BAND_ROWS = 256  # worked on at once, so that memory follows the width of an image and not its area
SAMPLE_ROWS = 96  # enough to tell which filter suits


def encode_flate(image: Image.Image, level: int, *, may_turn_gray: bool, may_use_palette: bool = True) -> Coded:
    """An L, RGB or CMYK image without loss; `level` is libdeflate's, 1..12."""
    space = Space.SAME
    if image.mode != "CMYK" and (colours := image.getcolors(MAX_PALETTE)):
        levels = sorted(colour for _, colour in colours)
        if may_use_palette:
            return _with_palette(image, levels, level)
        if image.mode == "L" and (bits := _bits_for(levels)) < 8:
            return _with_fewer_bits(image, bits, level)
    if image.mode == "RGB" and may_turn_gray and _is_gray(image):
        image, space = image.getchannel(0), Space.DEVICE_GRAY
    return _with_filter(image, level, space)


def _is_gray(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return not ImageChops.difference(red, green).getbbox() and not ImageChops.difference(red, blue).getbbox()


def _with_palette(image: Image.Image, colours: Sequence[tuple[int, ...] | float], level: int) -> Coded:
    """Indexes of 1, 2, 4 or 8 bits into the colours, in ascending order (ISO 32000-2, 8.6.6.3)."""
    entries = np.array(colours, dtype=np.uint8).reshape(len(colours), -1)
    bits = next(bits for bits in (1, 2, 4, 8) if len(colours) <= 1 << bits)
    keys = _keys(entries)
    packed = (
        _packed(np.searchsorted(keys, _keys(_rows(image, first, last))).astype(np.uint8), bits)
        for first, last in _bands(image)
    )
    return Coded(
        data=deflated(b"".join(packed), level),
        width_px=image.width,
        height_px=image.height,
        bits=bits,
        filter="/FlateDecode",
        space=Space.PALETTE,
        palette=entries.tobytes(),
        colours=len(colours),
        is_exact=True,
    )


def _bits_for(levels: Sequence[float | tuple[int, ...]]) -> int:
    """The fewest bits that have each of these levels of gray: 0 and 255 are in one bit, 17 is not in two."""
    return next(bits for bits in (1, 2, 4, 8) if not np.any(np.array(levels) % _step(bits)))


def _step(bits: int) -> int:
    """How far the levels of so many bits are apart, on the scale of eight."""
    return int(255 // ((1 << bits) - 1))


def _with_fewer_bits(image: Image.Image, bits: int, level: int) -> Coded:
    packed = (_packed(_rows(image, first, last)[..., 0] // _step(bits), bits) for first, last in _bands(image))
    data = deflated(b"".join(packed), level)
    return Coded(data, image.width, image.height, bits, "/FlateDecode", is_exact=True)


def _keys(pixels: Rows) -> NDArray[np.uint32]:
    """One number for each pixel, in the order of its components."""
    key = pixels[..., 0].astype(np.uint32)
    for component in range(1, pixels.shape[-1]):
        key = key << np.uint32(8) | pixels[..., component]
    return key


def _packed(indexes: Rows, bits: int) -> bytes:
    """Rows of indexes with 8 // bits of them in a byte, each row padded."""
    if bits == 8:
        return indexes.tobytes()
    spread = np.unpackbits(indexes[..., None], axis=2)[:, :, 8 - bits :]
    return np.packbits(spread.reshape(len(indexes), -1), axis=1).tobytes()


def _rows(image: Image.Image, first: int, last: int) -> Rows:
    """Rows `first` to `last` of the image, of shape (rows, width, components)."""
    return np.asarray(image.crop((0, first, image.width, last))).reshape(last - first, image.width, -1)


def _bands(image: Image.Image) -> Iterator[tuple[int, int]]:
    """First and last row of each band."""
    for first in range(0, image.height, BAND_ROWS):
        yield first, min(first + BAND_ROWS, image.height)


def _with_filter(image: Image.Image, level: int, space: Space) -> Coded:
    kind = _best_filter(image)
    data = bytearray()
    for first, last in _bands(image):
        data += _rows(image, first, last).tobytes() if kind is None else _filtered(image, first, last, kind)
    components = len(image.getbands())
    parms = {"/Predictor": 15, "/Colors": components, "/BitsPerComponent": 8, "/Columns": image.width}
    return Coded(
        data=deflated(data, level),
        width_px=image.width,
        height_px=image.height,
        bits=8,
        filter="/FlateDecode",
        parms={} if kind is None else parms,
        space=space,
        is_exact=True,
    )


def _best_filter(image: Image.Image) -> int | None:
    """The PNG filter type that makes a sample of rows smallest, or None for none at all."""
    first = max(0, (image.height - SAMPLE_ROWS) // 2)
    last = min(image.height, first + SAMPLE_ROWS)
    sizes: dict[int | None, int] = {None: len(zlib.compress(_rows(image, first, last).tobytes(), 1))}
    for kind in FILTER_TYPES:
        sizes[kind] = len(zlib.compress(_filtered(image, first, last, kind), 1))
    return min(sizes, key=lambda kind: (sizes[kind], -1 if kind is None else kind))


SUB, UP, AVERAGE, PAETH = 1, 2, 3, 4
FILTER_TYPES = (SUB, UP, AVERAGE, PAETH)


def _filtered(image: Image.Image, first: int, last: int, kind: int) -> bytes:
    """Rows `first` to `last` with a PNG filter applied, its type before each row (ISO/IEC 15948, clause 9)."""
    with_above = _rows(image, max(first - 1, 0), last)
    here = with_above[1:] if first else with_above
    left = np.zeros_like(here)
    left[:, 1:] = here[:, :-1]
    above = np.zeros_like(here)
    above[0 if first else 1 :] = with_above[:-1]
    if kind == SUB:
        guess = left
    elif kind == UP:
        guess = above
    elif kind == AVERAGE:
        guess = ((left.astype(np.uint16) + above) >> 1).astype(np.uint8)
    else:
        guess = _paeth(left, above)
    rows = (here - guess).reshape(len(here), -1)
    return np.insert(rows, 0, kind, axis=1).tobytes()


def _paeth(left: Rows, above: Rows) -> Rows:
    """Whichever of left, above and above left is nearest to left + above - above left (ISO/IEC 15948, 9.4)."""
    corner = np.zeros_like(above)
    corner[:, 1:] = above[:, :-1]
    a, b, c = left.astype(np.int16), above.astype(np.int16), corner.astype(np.int16)
    near_a, near_b, near_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    is_a = (near_a <= near_b) & (near_a <= near_c)
    return np.where(is_a, left, np.where(near_b <= near_c, above, corner))
