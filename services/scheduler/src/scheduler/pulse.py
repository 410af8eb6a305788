"""Whether something that should happen again and again still does."""

import time


class Pulse:
    """Taken by whoever does the work, felt by the health check."""

    def __init__(self, longest_gap_s: float) -> None:
        self._longest_gap_s = longest_gap_s
        self._last = time.monotonic()

    def beat(self) -> None:
        """Note that it happened now."""
        self._last = time.monotonic()

    def check(self) -> None:
        """Raise RuntimeError when it has not happened for longer than it may."""
        gap_s = time.monotonic() - self._last
        if gap_s > self._longest_gap_s:
            raise RuntimeError(f"nothing for {gap_s:.0f} s, which is more than {self._longest_gap_s:.0f} s")
