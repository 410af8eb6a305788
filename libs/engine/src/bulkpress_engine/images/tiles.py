"""A few tiles of a picture that stand for all of it, so that candidates are judged without coding the whole."""

import numpy as np
from PIL import Image

TILE_PX = 64  # a multiple of 16: tiles side by side share no block of a JPEG, not even of halved chroma
ACROSS, DOWN = 4, 3  # tiles in a sample
ROW_STEP = 4  # of the rows, one in so many tells how detailed a tile is


def sampled(image: Image.Image) -> Image.Image:
    """The most detailed tiles and some from all degrees of detail, side by side; a small picture as it is."""
    columns, rows = image.width // TILE_PX, image.height // TILE_PX
    if columns * rows <= ACROSS * DOWN:
        return image
    sample = Image.new(image.mode, (ACROSS * TILE_PX, DOWN * TILE_PX))
    for number, tile in enumerate(_chosen(_detail(image, columns, rows))):
        left, top = tile % columns * TILE_PX, tile // columns * TILE_PX
        box = (left, top, left + TILE_PX, top + TILE_PX)
        sample.paste(image.crop(box), (number % ACROSS * TILE_PX, number // ACROSS * TILE_PX))
    return sample


def _detail(image: Image.Image, columns: int, rows: int) -> list[float]:
    """The mean step between neighbours in each tile, row by row of tiles."""
    detail: list[float] = []
    for row in range(rows):
        band = image.crop((0, row * TILE_PX, columns * TILE_PX, (row + 1) * TILE_PX)).convert("L")
        levels = np.asarray(band)[::ROW_STEP].astype(np.int16)
        steps = np.abs(np.diff(levels, axis=1, prepend=levels[:, :1]))
        detail += steps.reshape(len(steps), columns, TILE_PX).mean(axis=(0, 2)).tolist()
    return detail


def _chosen(detail: list[float]) -> list[int]:
    """Half the sample from the top, half evenly from the rest; in the order of their places."""
    ranked = sorted(range(len(detail)), key=lambda tile: (-detail[tile], tile))
    half = ACROSS * DOWN // 2
    rest = ranked[half:]
    return sorted(ranked[:half] + [rest[number * (len(rest) - 1) // (half - 1)] for number in range(half)])
