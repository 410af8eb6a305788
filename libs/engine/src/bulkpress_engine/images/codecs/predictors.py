"""PNG's predictors (ISO/IEC 15948, clause 9; ISO 32000-2, 7.4.4.4), whatever the bytes mean, chosen by a sample."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.uint8]  # of shape (rows, bytes in a row)
BAND_BYTES = 2**20
SAMPLE_BYTES = 512 * 2**10  # enough to tell which predictor suits
NONE, SUB, UP, AVERAGE, PAETH = range(5)
EACH_ROW_ITS_OWN = 5  # not PNG's: whichever of the others leaves the least in a row


@dataclass(frozen=True, slots=True)
class RowSource:
    """Rows of bytes, read as they are needed: `read(first, last)` gives rows `first` to before `last`."""

    height_px: int
    row_bytes: int
    pixel_bytes: int  # from a sample to the one left of it; 1 where samples are smaller than a byte
    read: Callable[[int, int], Rows]

    def bands(self, first: int = 0, last: int | None = None) -> Iterator[tuple[int, int]]:
        """First row and row after the last of each band."""
        end = self.height_px if last is None else last
        step = max(1, BAND_BYTES // self.row_bytes)
        for begin in range(first, end, step):
            yield begin, min(begin + step, end)


def stored_rows(samples: bytes, width_px: int, height_px: int, components: int, bits: int) -> RowSource:
    """Samples as PDF stores them (ISO 32000-2, 8.9.5.2); there must be enough of them."""
    length = (width_px * components * bits + 7) // 8
    rows = np.frombuffer(samples, dtype=np.uint8, count=length * height_px).reshape(height_px, length)
    return RowSource(height_px, length, max(1, components * bits // 8), lambda first, last: rows[first:last])


def best_predictor(source: RowSource) -> int | None:
    """The predictor that makes a sample of rows smallest, or None for none at all."""
    wanted = max(2, SAMPLE_BYTES // source.row_bytes)
    first = max(0, (source.height_px - wanted) // 2)
    last = min(source.height_px, first + wanted)
    sizes: dict[int | None, int] = {None: len(zlib.compress(source.read(first, last).tobytes(), 1))}
    for kind in (SUB, UP, AVERAGE, PAETH, EACH_ROW_ITS_OWN):
        sizes[kind] = len(zlib.compress(predicted(source, kind, first, last), 1))
    return min(sizes, key=lambda kind: (sizes[kind], -1 if kind is None else kind))


def predicted(source: RowSource, kind: int, first: int = 0, last: int | None = None) -> bytearray:
    """The rows with a predictor applied, its number before each of them."""
    data = bytearray()
    for begin, end in source.bands(first, last):
        data += _band(source, begin, end, kind).tobytes()
    return data


def _band(source: RowSource, first: int, last: int, kind: int) -> Rows:
    with_above = source.read(max(first - 1, 0), last)
    here = with_above[1:] if first else with_above
    above = with_above[:-1] if first else np.concatenate([np.zeros_like(here[:1]), here[:-1]])
    if kind != EACH_ROW_ITS_OWN:
        return np.insert(here - _guess(here, above, source.pixel_bytes, kind), 0, kind, axis=1)
    best = np.insert(here, 0, NONE, axis=1)
    least = _what_is_left(here)
    for candidate in (SUB, UP, AVERAGE, PAETH):
        left_over = here - _guess(here, above, source.pixel_bytes, candidate)
        rest = _what_is_left(left_over)
        better = rest < least
        best[better, 0], best[better, 1:] = candidate, left_over[better]
        least = np.minimum(least, rest)
    return best


def _what_is_left(rows: Rows) -> NDArray[np.int64]:
    """The sum of each row's bytes as signed differences: small where a predictor suits (ISO/IEC 15948, 12.7)."""
    return np.asarray(np.minimum(rows, np.negative(rows)).sum(axis=1, dtype=np.int64))


def _guess(here: Rows, above: Rows, pixel_bytes: int, kind: int) -> Rows:
    if kind == UP:
        return above
    left = _shifted(here, pixel_bytes)
    if kind == SUB:
        return left
    if kind == AVERAGE:
        return ((left.astype(np.uint16) + above) >> 1).astype(np.uint8)
    return _paeth(left, above, _shifted(above, pixel_bytes))


def _shifted(rows: Rows, pixel_bytes: int) -> Rows:
    """Each byte's neighbour to the left; 0 before the first."""
    shifted = np.zeros_like(rows)
    shifted[:, pixel_bytes:] = rows[:, :-pixel_bytes]
    return shifted


def _paeth(left: Rows, above: Rows, corner: Rows) -> Rows:
    """Whichever of left, above and above left is nearest to left + above - above left (ISO/IEC 15948, 9.4)."""
    a, b, c = left.astype(np.int16), above.astype(np.int16), corner.astype(np.int16)
    near_a, near_b, near_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    is_a = (near_a <= near_b) & (near_a <= near_c)
    return np.where(is_a, left, np.where(near_b <= near_c, above, corner))
