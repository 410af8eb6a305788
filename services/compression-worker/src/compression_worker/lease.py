"""Holding the lease on a file for as long as it is being worked on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

import structlog

from bulkpress_core.domain.errors import LeaseLostError, UnavailableError
from bulkpress_core.domain.jobs import Claim
from bulkpress_core.ports.job_store import JobStore

log = structlog.get_logger(__name__)

RENEWALS_PER_LEASE = 3  # two may fail before the file is taken for lost
LONGEST_UNAWARE_S = 1.0  # how long a file may be pressed on after its job was cancelled


class StoppingError(Exception):
    """The worker has been told to stop, and waited for the file as long as it may."""


class HeldLease:
    """Renews a claim's lease from a thread of its own, through download, press and upload alike.

    A job store that is away is asked again: the lease is lost only when the store says so.
    """

    def __init__(
        self,
        jobs: JobStore,
        claim: Claim,
        lease: timedelta,
        now: Callable[[], datetime],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._jobs = jobs
        self._claim = claim
        self._lease = lease
        self._now = now
        self._stopping = stopping
        self._lost = False
        self._done = Event()
        self._thread = Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()

    def check(self) -> None:
        """Raise LeaseLostError if the file is no longer this worker's, StoppingError if it is to be given back."""
        if self._lost:
            raise LeaseLostError
        if self._stopping():
            raise StoppingError

    def _renew(self) -> None:
        pause_s = min(self._lease.total_seconds() / RENEWALS_PER_LEASE, LONGEST_UNAWARE_S)
        while not self._done.wait(pause_s):
            try:
                self._jobs.renew(self._claim, now=self._now(), lease=self._lease)
            except LeaseLostError:
                self._lost = True
                return
            except UnavailableError as error:
                log.warning("lease.not_renewed", error=str(error))
