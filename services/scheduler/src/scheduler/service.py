"""The scheduler's two loops: Celery beat in the main thread, the sweeps beside it."""

import signal
from collections.abc import Callable
from threading import Event, Thread
from types import FrameType

import structlog
from celery.beat import Service

from bulkpress_core.domain.errors import UnavailableError

log = structlog.get_logger(__name__)

STOP_LIMIT_S = 5.0  # a sweep that hangs on a dead connection is left behind


class SweepLoop:
    """Calls `sweep` every `interval_s` seconds in a thread, whatever becomes of each call."""

    def __init__(self, sweep: Callable[[], None], interval_s: float) -> None:
        self._sweep = sweep
        self._interval_s = interval_s
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="sweeps", daemon=True)

    def start(self) -> None:
        """Sweep now and from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no other sweep, and wait a little for one that runs."""
        self._stopped.set()
        self._thread.join(STOP_LIMIT_S)

    def _run(self) -> None:
        while True:
            try:
                self._sweep()
            except UnavailableError as error:
                log.warning("sweep.put_off", error=str(error))
            except Exception:  # whatever it is, the next sweep must come
                log.exception("sweep.failed")
            if self._stopped.wait(self._interval_s):
                return


def run(beat: Service, sweeps: SweepLoop) -> None:
    """Run both loops in this, the main, thread until SIGTERM or SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    sweeps.start()
    try:
        beat.start()  # takes SystemExit for the end
    finally:
        sweeps.stop()
        log.info("scheduler.stopped")


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
