"""Flate with what makes it small: few colours as a palette, few levels in few bits, many with a PNG predictor."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bulkpress_engine.filters import deflated
from bulkpress_engine.images.codecs.predictors import Rows, RowSource, best_predictor, predicted, stored_rows
from bulkpress_engine.images.coded import Coded, Space
from bulkpress_engine.images.pictures import Picture, bands

MAX_PALETTE = 256
Colours = Sequence[tuple[int, ...]]


def encode_samples(samples: bytes, size: tuple[int, int], components: int, bits: int, level: int) -> Coded:
    """The very samples, whatever they mean; `level` is libdeflate's, 1..12."""
    return _with_predictor(stored_rows(samples, *size, components, bits), size, components, bits, level)


def encode_pixels(picture: Picture, level: int) -> Coded:
    """All components in eight bits each."""
    components = len(picture.mode)

    def read(first: int, last: int) -> Rows:
        return np.asarray(picture.band(first, last)).reshape(last - first, -1)

    source = RowSource(picture.size[1], picture.size[0] * components, components, read)
    return _with_predictor(source, picture.size, components, 8, level)


def encode_palette(picture: Picture, colours: Colours, level: int) -> Coded:
    """Indexes of 1, 2, 4 or 8 bits into the picture's colours (ISO 32000-2, 8.6.6.3)."""
    bits = next(bits for bits in (1, 2, 4, 8) if len(colours) <= 1 << bits)
    return Coded(
        data=deflated(indexes_of(picture, colours, bits), level),
        width_px=picture.size[0],
        height_px=picture.size[1],
        bits=bits,
        filter="/FlateDecode",
        space=Space.PALETTE,
        palette=np.array(colours, dtype=np.uint8).tobytes(),
        colours=len(colours),
        is_exact=True,
    )


def encode_gray_levels(picture: Picture, bits: int, level: int) -> Coded:
    """Levels of gray in 1, 2 or 4 bits; all of them must be among those that so many bits have."""
    data = deflated(gray_levels_of(picture, bits), level)
    return Coded(data, *picture.size, bits, "/FlateDecode", is_exact=True)


def bits_for(levels: Sequence[int]) -> int:
    """The fewest bits that have each of these levels of gray: 0 and 255 are in one bit, 17 is not in two."""
    return next(bits for bits in (1, 2, 4, 8) if not np.any(np.array(levels) % _step(bits)))


def gray_levels_of(picture: Picture, bits: int) -> bytes:
    """Rows of levels of gray, each padded to whole bytes."""
    levels = (np.asarray(picture.band(first, last)) // _step(bits) for first, last in bands(picture))
    return b"".join(_packed(band, bits) for band in levels)


def indexes_of(picture: Picture, colours: Colours, bits: int) -> bytes:
    """Rows of indexes into the colours, each padded to whole bytes."""
    keys = _keys(np.array(colours, dtype=np.uint8))
    order = np.argsort(keys)
    numbers = order.astype(np.uint8)
    packed = bytearray()
    for first, last in bands(picture):
        pixels = np.asarray(picture.band(first, last)).reshape(last - first, picture.size[0], -1)
        packed += _packed(numbers[np.searchsorted(keys[order], _keys(pixels))], bits)
    return bytes(packed)


def _step(bits: int) -> int:
    """How far the levels of so many bits are apart, on the scale of eight."""
    return int(255 // ((1 << bits) - 1))


def _keys(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """One number for each pixel, in the order of its components."""
    key = pixels[..., 0].astype(np.uint32)
    for component in range(1, pixels.shape[-1]):
        key = key << np.uint32(8) | pixels[..., component]
    return key


def _packed(numbers: Rows, bits: int) -> bytes:
    """Rows of numbers with 8 // bits of them in a byte, each row padded."""
    if bits == 8:
        return numbers.tobytes()
    spread = np.unpackbits(numbers[..., None], axis=2)[:, :, 8 - bits :]
    return np.packbits(spread.reshape(len(numbers), -1), axis=1).tobytes()


def _with_predictor(source: RowSource, size: tuple[int, int], components: int, bits: int, level: int) -> Coded:
    kind = best_predictor(source)
    if kind is None:
        data, parms = b"".join(source.read(*band).tobytes() for band in source.bands()), {}
    else:
        data = bytes(predicted(source, kind))
        parms = {"/Predictor": 15, "/Colors": components, "/BitsPerComponent": bits, "/Columns": size[0]}
    return Coded(deflated(data, level), *size, bits, "/FlateDecode", parms, is_exact=True)
