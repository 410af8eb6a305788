"""The two colour layers: what colour the ink has, and what the paper would look like without it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from bulkpress_engine.images.layers.grids import Bits, Levels, filled

Colour = tuple[int, ...]
TRUSTED = 8.0  # a pixel of which one in so many parts is shown is known from these parts alone
FLAT_INK_LEVELS = 6.0  # standard deviation of the ink's levels below which it is one colour


def mask_picture(mask: Bits) -> Image.Image:
    """The mask as a picture of mode L: 255 where it is set."""
    return Image.fromarray(mask.view(np.uint8) * np.uint8(255))


def ground(picture: Image.Image, shown: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture (L or RGB) at a smaller size, from those pixels where `shown` (L) is 255; gaps filled."""
    steps = max(1, min(picture.width // size[0], picture.height // size[1]))
    share = _levels(shown.reduce(steps)) / 255
    trust = np.minimum(1, TRUSTED * share) / np.maximum(share, 1 / 255)
    planes = [
        filled(_levels(ImageChops.multiply(plane, shown).reduce(steps)) * trust, share * trust)
        for plane in picture.split()
    ]
    made = [Image.fromarray(np.clip(plane + 0.5, 0, 255).astype(np.uint8)) for plane in planes]
    whole = Image.merge(picture.mode, made) if len(made) > 1 else made[0]
    return whole if whole.size == size else whole.resize(size, Image.Resampling.BICUBIC)


def one_colour(ink: Image.Image, mask: Image.Image) -> Colour | None:
    """The colour of all ink, if there is but one. `ink` is the ground made of it."""
    weights = np.asarray(mask.resize(ink.size, Image.Resampling.BOX), np.float32).ravel()
    values: NDArray[np.float32] = np.asarray(ink, np.float32).reshape(len(weights), -1)
    mean = np.average(values, axis=0, weights=weights)
    deviation = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights)).max()
    return tuple(round(float(level)) for level in mean) if deviation < FLAT_INK_LEVELS else None


def _levels(picture: Image.Image) -> Levels:
    return np.asarray(picture, np.float32)
