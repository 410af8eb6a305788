"""Pages in gray: what a source would look like, and whether a result does."""

import numpy as np
from numpy.typing import NDArray

from bulkpress_engine.grayscale.colours import BLACK_INK
from bulkpress_engine.grayscale.shown import luma
from bulkpress_engine.verification.drawing import Drawing


class InItsGray(Drawing):
    """A document that should be gray, drawn with whatever colour is left in it.

    Black ink is drawn as a very dark gray, and is black where all is gray: of what is so dark nothing is told apart.
    """

    def pixels(self, number: int) -> NDArray[np.uint8]:
        """As `Drawing.pixels`, with no pixel darker than black ink."""
        return np.maximum(super().pixels(number), np.uint8(BLACK_INK))


class InGray(Drawing):
    """A document in colour, drawn in gray."""

    def pixels(self, number: int) -> NDArray[np.uint8]:
        """As `Drawing.pixels`, in three equal components, and with no pixel darker than black ink."""
        gray = np.maximum(luma(super().pixels(number)), np.uint8(BLACK_INK))
        return np.repeat(gray[:, :, None], 3, axis=2)
