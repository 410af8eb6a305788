"""What lua/place.lua replies, as a place in the queue."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bulkpress_core.domain.queueing import QueuePlace


def place_of(lanes: Sequence[Any]) -> QueuePlace | None:
    """The place of a job that waits in these lanes; None if it waits in none, or one of its files was claimed."""
    if not lanes:
        return None
    return QueuePlace(
        position=1 + min(int(first) for first, *_ in lanes),
        files_ahead=sum(int(others) for _, others, *_ in lanes),
        starts_in=_soonest([_time(cost, rate) for _, _, cost, _, rate in lanes]),
        ends_in=_latest([_time(cost, rate) for _, _, _, cost, rate in lanes]),
    )


def _time(cost: bytes, rate: bytes) -> timedelta | None:
    """How long a lane of that rate takes for that cost."""
    return timedelta(milliseconds=float(cost) / float(rate)) if rate and float(rate) > 0 else None


def _soonest(times: Sequence[timedelta | None]) -> timedelta | None:
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None


def _latest(times: Sequence[timedelta | None]) -> timedelta | None:
    known = [time for time in times if time is not None]
    return max(known) if len(known) == len(times) else None
