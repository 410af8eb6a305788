"""A target size: the finest place on the axis of quality whose result is no larger, searched from the source each time.

No press takes the result of another, so loss does not pile up; each is proven harmless by the floors of its place, and
a place whose proof fails counts with the size of what its ladder came to.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bulkpress_engine.axis import COARSEST, LEVEL_AT, LOSSLESS, at_position
from bulkpress_engine.composition import composition
from bulkpress_engine.errors import EncryptedPdfError
from bulkpress_engine.kinds import Kind
from bulkpress_engine.opening import opened
from bulkpress_engine.options import Level, Limits, PressOptions
from bulkpress_engine.report import UNTOUCHED, Report, Result, TargetOutcome, TargetReport

MAX_PRESSES = 6
GOOD_ENOUGH = 0.97  # of the target: what is between is not worth another press
NARROW = 0.02  # of the axis: nobody sees the difference
INWARD = 0.05  # no trial nearer to either end of its bracket than this share of it
CENTRED = 0.99  # of the target is aimed at, to end just below it
RETREAT = (LEVEL_AT[Level.HIGH], LEVEL_AT[Level.MEDIUM])  # where the coarsest does harm, these may not


Press = Callable[[Path, Path, PressOptions, Limits], Report]
"""Presses a source into a draft, which may be left unwritten when the report says that the original is kept."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One press of the search: how large its result is, and whether the ladder had to go down a step."""

    position: float
    size: int
    fell_back: bool = False

    @classmethod
    def of(cls, report: Report, position: float) -> "Trial":
        """What a report says of the press at this position."""
        return cls(position, report.bytes_out, bool(report.fallbacks))


def press_to_size(press: Press, source: Path, draft: Path, options: PressOptions, limits: Limits) -> Report:
    """Press `source` into `draft` with at most MAX_PRESSES presses; the report says how near the target it came.

    Raises an EngineError.
    """
    target_bytes = options.target_bytes or 0
    trial_draft = draft.with_name(f"{draft.name}.trial")
    report = press(source, draft, at_position(options, LOSSLESS), limits)
    best = Trial.of(report, LOSSLESS)
    trials = [best]
    try:
        while report.reason not in UNTOUCHED and (position := next_position(trials, target_bytes)) is not None:
            tried = press(source, trial_draft, at_position(options, position), limits)
            trials.append(Trial.of(tried, position))
            if is_better(trials[-1], best, target_bytes):
                report, best = tried, trials[-1]
                trial_draft.replace(draft)
    finally:
        trial_draft.unlink(missing_ok=True)
    made = TargetReport(
        TargetOutcome.MET if best.size <= target_bytes else TargetOutcome.CLOSEST,
        target_bytes,
        round(best.position, 4),
        len(trials),
        _composition_of(draft if report.result is Result.PRESSED else source, options, limits),
    )
    return replace(report, target=made)


def next_position(trials: Sequence[Trial], target_bytes: int) -> float | None:
    """Where to press next, after `trials`, the first of which is lossless; None when the search is over."""
    fitting = [trial for trial in trials if trial.size <= target_bytes]
    if len(trials) >= MAX_PRESSES or any(trial.position == LOSSLESS for trial in fitting):
        return None
    if not fitting:
        return _further_down(trials)
    coarse = min(fitting, key=lambda trial: trial.position)
    fine = max((trial for trial in trials if trial.position < coarse.position), key=lambda trial: trial.position)
    if coarse.size >= GOOD_ENOUGH * target_bytes or coarse.position - fine.position <= NARROW:
        return None
    return _between(fine, coarse, CENTRED * target_bytes)


def is_better(one: Trial, other: Trial, target_bytes: int) -> bool:
    """Whether one result is preferred: first what fits, of that the finer, of the rest the smaller."""
    if one.size <= target_bytes and other.size <= target_bytes:
        return (one.position, one.size) < (other.position, other.size)
    return (one.size, one.position) < (other.size, other.position)


def _further_down(trials: Sequence[Trial]) -> float | None:
    """Nothing fits yet: try the coarsest, and while proofs fail there, what is less coarse."""
    if trials[-1].position == LOSSLESS:
        return COARSEST
    if not trials[-1].fell_back:
        return None
    return next((position for position in RETREAT if position < trials[-1].position), None)


def _between(fine: Trial, coarse: Trial, wanted_bytes: float) -> float:
    """Where the size would be as wanted if its logarithm fell evenly, not too near to what is known already."""
    drop = math.log(fine.size / coarse.size)
    share = math.log(fine.size / wanted_bytes) / drop
    share = min(max(share, INWARD), 1 - INWARD)
    return fine.position + share * (coarse.position - fine.position)


def _composition_of(path: Path, options: PressOptions, limits: Limits) -> dict[str, int]:
    """Bytes by kind of a file; nothing is known of one that only its reader's password opens."""
    size = path.stat().st_size
    try:
        with opened(path, options.password, limits) as pdf:
            return {kind.value: count for kind, count in composition(pdf, size).items()}
    except EncryptedPdfError:
        return {Kind.OTHER.value: size}
