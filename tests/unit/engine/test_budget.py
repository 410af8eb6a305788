"""A budget over many files: kept where it can be, with the least loss, and never with more loss for more bytes."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bulkpress_engine.budget import Place, allot, convex_hull, curve_of
from bulkpress_engine.report import TargetOutcome

POSITIONS = some.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
CURVES = some.lists(
    some.dictionaries(POSITIONS, some.integers(0, 1_000), min_size=1, max_size=4).map(
        lambda sizes: [Place(position, size) for position, size in sizes.items()]
    ),
    min_size=1,
    max_size=4,
)
BUDGETS = some.integers(0, 4_000)
ROUNDING = 1e-9


def loss_of(places: Sequence[Place]) -> float:
    """The sum that an allotment keeps small."""
    return sum(place.loss for place in places)


def least_loss(curves: Sequence[Sequence[Place]], budget_bytes: int) -> float | None:
    """By trying all there is: the least loss within the budget; None where nothing is within it."""
    fitting = [all_ for all_ in product(*curves) if sum(place.size for place in all_) <= budget_bytes]
    return min(map(loss_of, fitting)) if fitting else None


@given(curves=CURVES, budget=BUDGETS)
def test_a_budget_is_kept_where_it_can_be_and_floors_are_given_where_not(
    curves: list[list[Place]], budget: int
) -> None:
    made = allot(curves, budget)
    floors = sum(min(place.size for place in curve) for curve in curves)
    assert len(made.places) == len(curves)
    assert (made.outcome is TargetOutcome.MET) is (floors <= budget)
    assert made.total_bytes <= budget if floors <= budget else made.total_bytes == floors


@given(curves=CURVES, budget=BUDGETS)
def test_no_choice_of_known_places_loses_less(curves: list[list[Place]], budget: int) -> None:
    made = allot(curves, budget)
    if (least := least_loss(curves, budget)) is not None:
        assert loss_of(made.places) <= least + ROUNDING


@given(curves=CURVES, budget=BUDGETS)
def test_where_all_end_on_known_places_trying_all_finds_nothing_else(curves: list[list[Place]], budget: int) -> None:
    hulls = [convex_hull(curve) for curve in curves]
    made = allot(curves, budget)
    if all(place in hull for place, hull in zip(made.places, hulls, strict=True)):
        least = least_loss(hulls, made.total_bytes)
        assert least == pytest.approx(loss_of(made.places), abs=ROUNDING)


@given(curves=CURVES, one=BUDGETS, other=BUDGETS)
def test_with_more_bytes_no_file_is_coarser(curves: list[list[Place]], one: int, other: int) -> None:
    tight, wide = (allot(curves, budget).places for budget in sorted((one, other)))
    for coarse, fine in zip(tight, wide, strict=True):
        assert fine.position <= coarse.position + ROUNDING


@given(curves=CURVES, budget=BUDGETS)
def test_no_file_is_finer_or_coarser_than_is_known_of_it(curves: list[list[Place]], budget: int) -> None:
    for place, curve in zip(allot(curves, budget).places, curves, strict=True):
        positions = [one.position for one in curve]
        assert min(positions) - ROUNDING <= place.position <= max(positions) + ROUNDING


def test_quality_is_taken_where_it_saves_most() -> None:
    photos = [Place(0.0, 1_000), Place(0.5, 200), Place(0.75, 150)]
    fonts = [Place(0.0, 1_000), Place(0.5, 990), Place(0.75, 985)]
    made = allot([photos, fonts], 1_200)
    assert made.places == (Place(0.5, 200), Place(0.0, 1_000))


def test_like_files_share_what_must_be_lost() -> None:
    curve = [Place(0.0, 1_000), Place(0.5, 500), Place(1.0, 400)]
    made = allot([curve, curve], 1_000)
    assert made.places == (Place(0.5, 500), Place(0.5, 500))


def test_the_last_step_goes_no_further_than_it_must() -> None:
    made = allot([[Place(0.0, 1_000), Place(1.0, 0)]], 750)
    assert made.places == (Place(0.5, 750),)


def test_no_files_fit_any_budget() -> None:
    assert allot([], 0).outcome is TargetOutcome.MET


def test_an_audit_gives_the_places_of_the_levels() -> None:
    assert curve_of({"low": 9, "medium": 5, "high": 4}) == (Place(0.2, 9), Place(0.5, 5), Place(0.75, 4))
