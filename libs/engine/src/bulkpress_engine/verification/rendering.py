"""Whether pages look the same, within what the level may change."""

from collections.abc import Iterable, Iterator

import numpy as np

from bulkpress_engine.verification.aspects import Aspect
from bulkpress_engine.verification.drawing import Drawing, UndrawableError
from bulkpress_engine.verification.floors import Floors
from bulkpress_engine.verification.measures import Differences, differences


def compare_rendering(
    ours: Drawing, theirs: Drawing, pages: Iterable[int], floors: Floors, unproven: list[str]
) -> Iterator[str]:
    """A finding for each of `pages` that differs by more than `floors`.

    A page that cannot be drawn from the source is added to `unproven`.
    """
    for number in pages:
        try:
            before = ours.pixels(number)
        except UndrawableError as error:
            unproven.append(f"{Aspect.RENDERING}: {error}")
            continue
        try:
            after = theirs.pixels(number)
        except UndrawableError as error:
            yield f"{Aspect.RENDERING}: {error}"
            continue
        if before.shape != after.shape:
            yield f"{Aspect.RENDERING}: page {number + 1} has another size"
        elif not np.array_equal(before, after):  # most pages are the same to the last pixel
            yield from _beyond(number, differences(before, after), floors)


def _beyond(number: int, found: Differences, floors: Floors) -> Iterator[str]:
    """What of a page's differences is beyond the floors, in one line each for looks and for colour."""
    looks = [
        f"{name} {value:.2f} ({bound} {floor:.2f})"
        for name, value, floor, bound, is_beyond in (
            ("spot", found.spot, floors.spot, "at most", found.spot > floors.spot),
            ("patch", found.patch, floors.patch, "at most", found.patch > floors.patch),
            ("likeness", found.likeness, floors.likeness, "at least", found.likeness < floors.likeness),
        )
        if is_beyond
    ]
    if looks:
        yield f"{Aspect.RENDERING}: page {number + 1} looks different: {', '.join(looks)}"
    if found.tint > floors.tint or found.page > floors.page:
        yield (
            f"{Aspect.COLOUR}: page {number + 1} is shifted: tint {found.tint:.2f} (at most {floors.tint:.2f}), "
            f"page {found.page:.2f} (at most {floors.page:.2f})"
        )
