"""What holds of every bitmap and of any bytes: exact there and back, and never more than a coded error."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from bulkpress_jbig2 import UndecodableError, decode, decode_ccitt, encode
from tests.support.bits import fax_coded, pixels_of

SIDES = some.integers(1, 70)


@some.composite
def bitmaps(draw: some.DrawFn) -> tuple[bytes, int, int]:
    """Rows of bits with their width and height: noise of any density, often with equal rows."""
    width_px, height_px = draw(SIDES), draw(SIDES)
    dice = np.random.default_rng(draw(some.integers(0, 2**32)))
    bits = dice.random((height_px, width_px)) < draw(some.floats(0, 1))
    repeated = dice.integers(0, height_px, height_px) if draw(some.booleans()) else np.arange(height_px)
    return np.packbits(bits[np.sort(repeated)], axis=1).tobytes(), width_px, height_px


@some.composite
def lettered(draw: some.DrawFn) -> tuple[bytes, int, int]:
    """A page on which a few shapes occur again and again, with pixels wrong here and there, also over its edges."""
    dice = np.random.default_rng(draw(some.integers(0, 2**32)))
    width_px, height_px = draw(some.integers(60, 400)), draw(some.integers(60, 300))
    wrong = draw(some.sampled_from([0, 0.02, 0.1]))
    page = np.zeros((height_px + 64, width_px + 64), bool)
    shapes = [dice.random(dice.integers(4, 32, 2)) < 0.8 for _ in range(draw(some.integers(1, 6)))]
    for _ in range(draw(some.integers(2, 60))):
        shape = shapes[dice.integers(len(shapes))]
        top, left = dice.integers(0, height_px + 32), dice.integers(0, width_px + 32)
        page[top : top + shape.shape[0], left : left + shape.shape[1]] |= shape ^ (dice.random(shape.shape) < wrong)
    bits = page[32 : 32 + height_px, 32 : 32 + width_px] ^ draw(some.booleans())
    return np.packbits(bits, axis=1).tobytes(), width_px, height_px


@given(bitmaps() | lettered())
def test_every_bitmap_comes_back(bitmap: tuple[bytes, int, int]) -> None:
    rows, width_px, height_px = bitmap
    decoded = decode(encode(rows, width_px, height_px), width_px, height_px)
    assert pixels_of(decoded, width_px) == pixels_of(rows, width_px)


@given(
    bitmaps() | lettered(),
    some.lists(some.tuples(some.integers(0, 2000), some.integers(0, 255)), min_size=1, max_size=4),
)
def test_damaged_data_gives_pixels_or_an_error(bitmap: tuple[bytes, int, int], hits: list[tuple[int, int]]) -> None:
    rows, width_px, height_px = bitmap
    data = bytearray(encode(rows, width_px, height_px))
    for place, value in hits:
        data[place % len(data)] = value
    expect_samples_or_error(bytes(data), width_px, height_px)


@given(bitmaps() | lettered(), some.integers(0, 2000))
def test_data_cut_short_gives_pixels_or_an_error(bitmap: tuple[bytes, int, int], length: int) -> None:
    rows, width_px, height_px = bitmap
    data = encode(rows, width_px, height_px)
    expect_samples_or_error(data[: length % len(data)], width_px, height_px)


@given(some.binary(max_size=200), SIDES, SIDES)
def test_any_bytes_give_pixels_or_an_error(data: bytes, width_px: int, height_px: int) -> None:
    expect_samples_or_error(data, width_px, height_px)


def expect_samples_or_error(data: bytes, width_px: int, height_px: int) -> None:
    """Decode; whatever comes out has the size asked for."""
    try:
        samples = decode(data, width_px, height_px)
    except UndecodableError:
        return
    assert len(samples) == (width_px + 7) // 8 * height_px


@given(some.binary(max_size=200), SIDES, SIDES, some.integers(-1, 1), some.booleans())
def test_any_bytes_read_as_fax_coding_give_pixels_or_an_error(
    data: bytes, width_px: int, height_px: int, k: int, is_byte_aligned: bool
) -> None:
    try:
        samples = decode_ccitt(data, width_px, height_px, k=k, is_byte_aligned=is_byte_aligned)
    except UndecodableError:
        return
    assert len(samples) == (width_px + 7) // 8 * height_px


@given(bitmaps(), some.sampled_from(["group3", "group4"]), some.data())
def test_fax_coding_comes_back_and_damaged_gives_pixels_or_an_error(
    bitmap: tuple[bytes, int, int], coding: str, more: some.DataObject
) -> None:
    rows, width_px, height_px = bitmap
    data = bytearray(fax_coded(Image.frombytes("1", (width_px, height_px), rows), coding))
    k = -1 if coding == "group4" else 0
    samples = decode_ccitt(bytes(data), width_px, height_px, k=k)
    assert pixels_of(samples, width_px) == pixels_of(rows, width_px)
    data[more.draw(some.integers(0, len(data) - 1))] ^= more.draw(some.integers(1, 255))
    try:
        decode_ccitt(bytes(data), width_px, height_px, k=k)
    except UndecodableError:
        return
