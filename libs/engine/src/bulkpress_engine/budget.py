"""A budget over many files: each gets the place on the axis of quality at which all fit together and lose least.

Loss grows with the square of the position, so that two files a little coarser are better than one that is much coarser.
Quality is spent where it costs least: steps along the axis are taken in order of the bytes that they save for the loss
they bring (the method of Lagrange multipliers on convex curves; Everett, Operations Research 11, 1963).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bulkpress_engine.axis import LEVEL_AT
from bulkpress_engine.options import Level
from bulkpress_engine.report import TargetOutcome


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the axis, 0..1, and how large the result is there, as estimated or measured."""

    position: float
    size: int

    @property
    def loss(self) -> float:
        """How much worse than lossless, on a scale that all files share."""
        return self.position**2


@dataclass(frozen=True, slots=True)
class Allotment:
    """A place for each file, in the order they were given. CLOSEST: even at their floors they exceed the budget."""

    outcome: TargetOutcome
    places: tuple[Place, ...]

    @property
    def total_bytes(self) -> int:
        """What all results come to."""
        return sum(place.size for place in self.places)


def curve_of(estimates: Mapping[str, int]) -> tuple[Place, ...]:
    """The places of which an audit says how large the result is there."""
    return tuple(Place(LEVEL_AT[Level(level)], size) for level, size in estimates.items())


def allot(curves: Sequence[Sequence[Place]], budget_bytes: int) -> Allotment:
    """A place for each file, such that they fit `budget_bytes` together with the least sum of losses.

    A curve is what is known of one file, in any order, at least one place; the coarsest that is smaller than all finer
    ones is its floor. Between two places sizes are taken to lie no higher than on a straight line over loss.
    """
    hulls = [convex_hull(curve) for curve in curves]
    places = [hull[0] for hull in hulls]
    excess = sum(place.size for place in places) - budget_bytes
    steps = [(file, fine, coarse) for file, hull in enumerate(hulls) for fine, coarse in pairwise(hull)]
    for file, fine, coarse in sorted(steps, key=lambda step: (-_saved_for_loss(step[1], step[2]), step[0])):
        if excess <= 0:
            break
        places[file] = _part_of_the_way(fine, coarse, excess)
        excess -= fine.size - places[file].size
    return Allotment(TargetOutcome.CLOSEST if excess > 0 else TargetOutcome.MET, tuple(places))


def convex_hull(curve: Sequence[Place]) -> list[Place]:
    """From the finest place to the smallest, those that no mixture beats: each step saves less for its loss."""
    hull: list[Place] = []
    for place in sorted(curve, key=lambda one: (one.position, one.size)):
        if hull and place.size >= hull[-1].size:
            continue  # coarser and no smaller
        while len(hull) > 1 and _saved_for_loss(hull[-2], hull[-1]) <= _saved_for_loss(hull[-1], place):
            hull.pop()
        hull.append(place)
    return hull


def _saved_for_loss(fine: Place, coarse: Place) -> float:
    return (fine.size - coarse.size) / (coarse.loss - fine.loss)


def _part_of_the_way(fine: Place, coarse: Place, bytes_to_save: int) -> Place:
    """The place towards `coarse` that saves so many bytes, or `coarse` where that does not suffice."""
    share = bytes_to_save / (fine.size - coarse.size)
    if share >= 1:
        return coarse
    return Place(math.sqrt(fine.loss + share * (coarse.loss - fine.loss)), fine.size - bytes_to_save)
