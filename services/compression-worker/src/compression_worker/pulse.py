"""Whether the loop that takes messages still turns: what a liveness probe asks, since a thread beside it answers."""

import time
from collections.abc import Callable
from typing import Any

from celery import bootsteps

BEATS_EVERY_S = 2.0
SILENT_FOR_S = 60.0  # nothing in the loop blocks for long; a machine that swaps may


class StoppedPulseError(Exception):
    """The loop that takes messages hangs."""


class Pulse:
    """The time of the loop's last turn. It beats only while the worker is connected: an outage is no illness."""

    def __init__(self, silent_for_s: float = SILENT_FOR_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._silent_for_s = silent_for_s
        self._clock = clock
        self._beat_at: float | None = None

    def beat(self) -> None:
        """The loop turns."""
        self._beat_at = self._clock()

    def rest(self) -> None:
        """No loop turns now, and none should."""
        self._beat_at = None

    def check(self) -> None:
        """Raises StoppedPulseError when the loop should turn and has not for too long."""
        beat_at = self._beat_at
        if beat_at is not None and (silent_s := self._clock() - beat_at) > self._silent_for_s:
            raise StoppedPulseError(
                f"the loop that takes messages has stood still for {silent_s:.0f} s: restart this worker; "
                "its files go back to their lanes when their leases end"
            )


def pulse_step(pulse: Pulse) -> type[bootsteps.ConsumerStep]:
    """A step of Celery's consumer that beats from its loop, from each connection's beginning to its end."""

    class PulseStep(bootsteps.ConsumerStep):  # type: ignore[misc]  # Celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            """Begin with a beat, so that a loop that never turns is found too."""
            pulse.beat()
            self._timer = parent.timer.call_repeatedly(BEATS_EVERY_S, pulse.beat)

        def stop(self, parent: Any) -> None:
            """The connection ends, or the worker does."""
            del parent
            if timer := getattr(self, "_timer", None):
                timer.cancel()
            pulse.rest()

    return PulseStep
