"""Quantisation tables for JPEG (ITU-T T.81, annex K), and the ways of coding that are tried on an image."""

from dataclasses import dataclass
from enum import IntEnum

Table = tuple[int, ...]  # 64 steps, row by row

PHOTO_LUMA: Table = (
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
PHOTO_CHROMA: Table = (
    17, 18, 24, 47, 99, 99, 99, 99,
    18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99,
    *[99] * 32,
)  # fmt: skip
# Edges of text are of all frequencies at once: where the fine ones are coarsened, each letter gets a halo.
TEXT_LUMA: Table = tuple(16 + (row**2 + column**2) // 3 for row in range(8) for column in range(8))


class Chroma(IntEnum):
    """Resolution of the two colour components, by Pillow's numbers."""

    FULL = 0  # 4:4:4
    HALF = 2  # 4:2:0: half as many each way


def percent_of(quality: int) -> int:
    """How coarse the IJG library's tables are at a quality of 1..100, in hundredths of annex K's."""
    return 5000 // quality if quality < 50 else max(1, 200 - 2 * quality)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of coding a JPEG, at whatever quality."""

    chroma: Chroma
    luma_table: Table
    chroma_table: Table = PHOTO_CHROMA

    def tables(self, quality: int, components: int) -> list[list[int]]:
        """The tables scaled to a quality of 1..100 as the IJG library does."""
        percent = percent_of(quality)
        chosen = [self.luma_table, self.chroma_table][: 2 if components == 3 else 1]
        return [[max(1, min(255, (step * percent + 50) // 100)) for step in table] for table in chosen]


PHOTO = Way(Chroma.HALF, PHOTO_LUMA)
TEXT = Way(Chroma.HALF, TEXT_LUMA)
FULL_COLOUR = Way(Chroma.FULL, TEXT_LUMA)
