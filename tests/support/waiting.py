"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LIMIT_S = 120.0  # only a test that fails waits that long


def until(condition: Callable[[], T | None], what: str = "", *, limit_s: float = LIMIT_S) -> T:
    """The first truthy value of `condition`, asked again and again; fails, by `what`, when there is none in time."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {limit_s:g} s in vain until {what or getattr(condition, '__qualname__', condition)}")
