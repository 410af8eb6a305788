"""From the signal that tells a worker to stop to the files that it gives back."""

import mmap
from threading import Timer

import structlog

log = structlog.get_logger(__name__)


class StopFlag:
    """Raised in the main process, seen in all processes of its pool: one byte of memory that they share.

    Nothing that a killed process could leave locked; it must be made before the pool is forked.
    """

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 1)
        self._timer: Timer | None = None

    def __call__(self) -> bool:
        """Whether files are to be given back now."""
        return self._shared[0] != 0

    def raise_after(self, grace_s: float) -> None:
        """Let running files go on that long. Being told twice changes nothing."""
        if self._timer is None:
            self._timer = Timer(grace_s, self._raise)
            self._timer.daemon = True
            self._timer.start()

    def cancel(self) -> None:
        """All files have ended in time."""
        if self._timer is not None:
            self._timer.cancel()

    def _raise(self) -> None:
        self._shared[0] = 1
        log.warning("worker.gives_back")
