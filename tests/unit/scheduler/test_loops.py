"""The scheduler's loops: they go on whatever happens, and their health can be felt."""

from threading import Event

import pytest

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.adapters.memory_queue import MemoryTaskQueue
from bulkpress_core.domain.errors import QueueUnavailableError, StateUnavailableError
from bulkpress_core.domain.lanes import TaskName
from bulkpress_core.settings import Settings
from scheduler.beat import LONGEST_SLEEP_S, MemoryScheduler
from scheduler.pulse import Pulse
from scheduler.service import SweepLoop

LONG_S = 10.0


class AwayQueue(MemoryTaskQueue):
    """A broker that cannot be reached."""

    def check(self) -> None:
        """Say so."""
        raise QueueUnavailableError


class SentScheduler(MemoryScheduler):
    """Keeps what it would send."""

    def __init__(self, queue: MemoryTaskQueue) -> None:
        self.sent: list[str] = []
        self.ticks = 0
        app = make_celery(Settings(bulkpress_cleanup_interval_s=3600))
        super().__init__(app, queue=queue, on_tick=self.count)
        self.__dict__["producer"] = None  # the real one would look for a broker

    def count(self) -> None:
        """Note a tick."""
        self.ticks += 1

    def apply_entry(self, entry: object, producer: object = None) -> None:
        """Keep the name of the task."""
        self.sent.append(entry.task)  # type: ignore[attr-defined]  # Celery has no types


@pytest.mark.parametrize("error", [StateUnavailableError(), ValueError("a defect")])
def test_sweeps_go_on_after_one_that_failed(error: Exception) -> None:
    calls: list[int] = []
    again = Event()

    def sweep_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error
        again.set()

    loop = SweepLoop(sweep_once, 0.001)
    loop.start()
    assert again.wait(LONG_S)
    loop.stop()


def test_cleaning_is_due_at_once_and_then_after_its_interval() -> None:
    beat = SentScheduler(MemoryTaskQueue())
    beat.tick()
    beat.tick()
    assert beat.sent == [TaskName.CLEANUP_EXPIRED_JOBS]
    assert beat.ticks == 2


def test_nothing_is_taken_for_sent_while_the_broker_is_away() -> None:
    beat = SentScheduler(AwayQueue())
    assert beat.tick() == LONGEST_SLEEP_S
    assert beat.sent == []
    beat._queue = MemoryTaskQueue()
    beat.tick()
    assert beat.sent == [TaskName.CLEANUP_EXPIRED_JOBS]


def test_a_pulse_that_stopped_is_felt() -> None:
    Pulse(longest_gap_s=LONG_S).check()
    with pytest.raises(RuntimeError, match="more than -1 s"):
        Pulse(longest_gap_s=-1).check()
