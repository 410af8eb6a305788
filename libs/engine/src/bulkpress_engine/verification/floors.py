"""How far two drawings of a page may differ before it counts as harm. Measured on real documents; see the tests.

Differences are of mean colours over square tiles, in levels of 0..255. The smaller the tile, the more a lossy codec may
shift it; a black, blank or inverted image shifts even the smallest beyond what the coarsest quality does.
"""

import math
from dataclasses import dataclass

from bulkpress_engine.axis import image_level
from bulkpress_engine.options import Level, PressOptions


@dataclass(frozen=True, slots=True)
class Floors:
    """The most that may differ, by size of tile; the least `likeness` and `hue`, -1..1, and the least `ink`, 0..1."""

    speck: float  # 2 px, grey: a full stop gone
    spot: float  # 8 px: an icon gone black
    patch: float  # 32 px: a picture gone blank
    tint: float  # 32 px, colour against grey: a picture gone grey, or with its channels swapped
    page: float  # the whole page: a colour profile lost
    likeness: float  # 32 px, at half the resolution: a picture replaced or beyond recognition
    hue: float  # the same for colours: a coloured drawing gone from a ground as bright as it
    ink: float  # the whole page, where it is inked: text beyond reading


LOSSLESS = Floors(speck=48, spot=8, patch=4, tint=4, page=1, likeness=0.95, hue=0.9, ink=0.98)
# Level low. Where JPEG 2000 becomes JPEG, ink is .984 though hardly a level differs: pdfium shrinks each its own way.
FAITHFUL = Floors(speck=48, spot=16, patch=4, tint=4, page=1, likeness=0.9, hue=0.8, ink=0.98)
LEGIBLE_DPI = 150  # up to which text in a scan reads as before
INK_AT_BEST, INK_BY_DPI, INK_BY_STEP = 0.92, 0.0025, 0.11


def floors_for(options: PressOptions) -> Floors:
    """The floors for pages whose images may have changed, loosened by what the asked JPEG quality does to a block."""
    level = image_level(options)
    if level is None:
        return LOSSLESS
    if options.level is Level.LOW:
        return FAITHFUL
    quality = level.jpeg_quality
    step = _block_error(quality)
    coarseness = INK_BY_DPI * max(0, LEGIBLE_DPI - level.target_dpi) + INK_BY_STEP * max(0.0, step - 0.5)
    return Floors(
        speck=math.inf,  # a codec may lose one, and text in images is more than specks
        spot=45 + 5 * step,
        patch=20 + 2.5 * step,
        tint=8 + 2.5 * step,
        page=4 + 2 * step,
        likeness=max(0.0, (0.6 if quality >= 20 else 0.4) - 0.025 * step),
        hue=max(0.0, 0.5 - 0.1 * step),
        ink=max(0.0, INK_AT_BEST - coarseness),
    )


def _block_error(quality: int) -> float:
    """How far the mean of an 8 x 8 block may be off, in levels: half the coarsest step of its DC coefficient.

    The step is 16 at quality 50 and scales as in the IJG's library (ITU-T T.81, Annex K.1); the coefficient is eight
    times the mean.
    """
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    return min(255.0, max(1.0, 16 * percent / 100)) / 16
