"""Celery beat inside this process: its schedule in memory, its first run at once."""

from collections.abc import Callable
from functools import partial

import structlog
from celery import Celery
from celery.beat import Scheduler, Service

from bulkpress_core.domain.errors import QueueUnavailableError
from bulkpress_core.ports.task_queue import TaskQueue

log = structlog.get_logger(__name__)

LONGEST_SLEEP_S = 5.0  # beat's own is five minutes, too long to tell sleep from death


class MemoryScheduler(Scheduler):  # type: ignore[misc]  # Celery has no types
    """A schedule that starts with everything due and waits for a broker that is away.

    A file would keep the times of the last runs, but not past the end of a container; without one, a scheduler
    restarted more often than hourly would never clean up. So every periodic task may run once too often.
    """

    def __init__(self, *args: object, queue: TaskQueue, on_tick: Callable[[], None], **kwargs: object) -> None:
        self._queue = queue
        self._on_tick = on_tick
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Install the app's schedule, each entry as if its last run were one interval ago."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now() - entry.schedule.run_every

    def tick(self) -> float:
        """Send what is due; return the seconds until something may be due again."""
        self._on_tick()
        try:
            self._queue.check()
        except QueueUnavailableError as error:  # to send and fail would count as a run
            log.warning("beat.waits", error=str(error))
            return LONGEST_SLEEP_S
        return float(super().tick())


def beat_service(app: Celery, queue: TaskQueue, on_tick: Callable[[], None]) -> Service:
    """Celery beat, to be run by `start` in the main thread until SystemExit; `on_tick` is called every few seconds."""
    scheduler = partial(MemoryScheduler, queue=queue, on_tick=on_tick)
    return Service(app, max_interval=LONGEST_SLEEP_S, scheduler_cls=scheduler)
