"""Whether pages look the same, within what the level may change."""

from collections.abc import Iterator, Mapping

import numpy as np

from bulkpress_engine.verification.aspects import Aspect
from bulkpress_engine.verification.drawing import Drawing, UndrawableError
from bulkpress_engine.verification.floors import LOSSLESS, Floors
from bulkpress_engine.verification.measures import Differences, differences

AT_MOST, AT_LEAST = "at most", "at least"
LOOKS = {"speck": AT_MOST, "spot": AT_MOST, "patch": AT_MOST, "likeness": AT_LEAST, "ink": AT_LEAST}
COLOURS = {"tint": AT_MOST, "page": AT_MOST, "hue": AT_LEAST}


def compare_rendering(
    ours: Drawing, theirs: Drawing, pages: Mapping[int, Floors], unproven: list[str]
) -> Iterator[tuple[int, str]]:
    """The number and findings of each of `pages` that differs by more than its floors.

    A page that cannot be drawn from the source is added to `unproven`.
    """
    for number, floors in pages.items():
        try:
            before = ours.pixels(number)
        except UndrawableError as error:
            unproven.append(f"{Aspect.RENDERING}: {error}")
            continue
        try:
            after = theirs.pixels(number)
        except UndrawableError as error:
            yield number, f"{Aspect.RENDERING}: {error}"
            continue
        if before.shape != after.shape:
            yield number, f"{Aspect.RENDERING}: page {number + 1} has another size"
        elif not np.array_equal(before, after):  # most pages are the same to the last pixel
            yield from ((number, finding) for finding in _beyond(number, differences(before, after), floors))


def _beyond(number: int, found: Differences, floors: Floors) -> Iterator[str]:
    """What of a page's differences is beyond the floors, in one line each for looks and for colour."""
    if looks := _named(found, floors, LOOKS):
        aspect = Aspect.DRAWING if floors == LOSSLESS else Aspect.RENDERING
        yield f"{aspect}: page {number + 1} looks different: {looks}"
    if colours := _named(found, floors, COLOURS):
        yield f"{Aspect.COLOUR}: page {number + 1} is shifted: {colours}"


def _named(found: Differences, floors: Floors, bounds: Mapping[str, str]) -> str:
    """The measures that are beyond their floors, with both values."""
    beyond = []
    for name, bound in bounds.items():
        value, floor = getattr(found, name), getattr(floors, name)
        if value > floor if bound == AT_MOST else value < floor:
            beyond.append(f"{name} {value:.2f} ({bound} {floor:.2f})")
    return ", ".join(beyond)
