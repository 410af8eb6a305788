"""What the handlers work with. Put together in bootstrap.py, or by a test."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bulkpress_core.domain.errors import SealBrokenError
from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.ports.foreign_objects import ForeignObjects
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.object_store import ObjectStore
from bulkpress_core.ports.task_queue import TaskQueue
from bulkpress_core.ports.virus_scanner import VirusScanner
from bulkpress_core.ports.web import Web
from bulkpress_core.ports.webhook_outbox import WebhookOutbox
from bulkpress_engine import Limits, PressOptions, Report
from bulkpress_engine.audit.found import Audit
from compression_worker.metrics import WorkerMetrics
from compression_worker.options import Unseal
from compression_worker.scratch import Scratch

LONGEST_DELAY = timedelta(hours=1)
TICK_S = 0.25  # how often a press asks whether it should go on


class Presser(Protocol):
    """The engine's Sandbox, as far as the worker uses it."""

    def press(
        self,
        source: Path,
        target: Path,
        options: PressOptions = ...,
        *,
        limits: Limits | None = ...,
        on_tick: Callable[[], None] | None = ...,
        tick_s: float = ...,
    ) -> Report:
        """Press `source` to `target`. Raises EngineError, OSError and whatever `on_tick` raises."""

    def audit(
        self,
        source: Path,
        options: PressOptions = ...,
        *,
        limits: Limits | None = ...,
        folder: Path | None = ...,
        on_tick: Callable[[], None] | None = ...,
        tick_s: float = ...,
    ) -> Audit:
        """Say what fills `source`, writing to `folder` only. Raises as `press` does."""

    def close(self) -> None:
        """End what runs in the background."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when a file is tried again after an error that may pass."""

    max_retries: int
    first_delay: timedelta

    def delay(self, retries: int) -> timedelta:
        """How long to wait before the next, after that many retries: doubled each time, and up to a quarter more, so
        that files that failed together do not come back together."""
        doubled = min(self.first_delay * 2.0 ** min(retries, 32), LONGEST_DELAY)
        return doubled * random.uniform(1.0, 1.25)  # noqa: S311  # spreads load, keeps no secret


def no_unsealing(_sealed: str) -> str:
    """What a worker without a secret does. Raises SealBrokenError."""
    raise SealBrokenError


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports, and the numbers that the handlers go by."""

    jobs: JobStore
    objects: ObjectStore
    queue: TaskQueue
    presser: Presser
    scratch: Scratch
    metrics: WorkerMetrics
    lease: timedelta
    retry: RetryPolicy
    limits: Callable[[Lane], Limits]  # of one press
    max_file_bytes: Callable[[TenantId], int]  # of a file whose size is known only when it is fetched
    fetch_limit_s: Callable[[Lane], float]  # in which it must have come
    web: Web
    outbox: WebhookOutbox
    foreign: ForeignObjects | None = None  # where files may be read and results written to besides
    scanner: VirusScanner | None = None
    passes_unscanned: bool = False  # a file that the scanner gave no verdict on is opened all the same
    unseal: Unseal = no_unsealing
    secrets: Sequence[str] = ()  # of the installation
    upload_idle: timedelta = timedelta(hours=1)  # after which an upload is taken for broken off
    stopping: Callable[[], bool] = lambda: False  # whether files are to be given back now
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
