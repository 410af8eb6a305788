"""A worker on a real job store: bells in memory, objects in a folder, a presser that does as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import redis
from prometheus_client import CollectorRegistry

from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.adapters.memory_queue import MemoryTaskQueue
from bulkpress_core.adapters.public_http import PublicHttp
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.redis_webhooks import RedisWebhookOutbox
from bulkpress_core.domain.jobs import Job, JobFile, JobId, Purpose, TenantId, new_job_id
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.settings import Settings
from bulkpress_engine import Limits, PressOptions, Report
from bulkpress_engine.audit.found import Audit
from bulkpress_engine.report import PassReport, Reason, Result
from compression_worker.deps import Deps, RetryPolicy
from compression_worker.metrics import WorkerMetrics
from compression_worker.opening import open_job
from compression_worker.options import press_limits
from compression_worker.scratch import Scratch

START = datetime(2100, 1, 1, 12, tzinfo=UTC)  # far off: Redis forgets what is past
PRESSED = b"%PDF-1.7 small"
MAX_FILE_BYTES = 100_000_000


@dataclass
class FakePresser:
    """Writes PRESSED, or does what `behave` does instead."""

    behave: Callable[[Path, Path], Report] | None = None
    options: list[PressOptions] = field(default_factory=list)
    limits: list[Limits | None] = field(default_factory=list)

    def press(
        self,
        source: Path,
        target: Path,
        options: PressOptions = PressOptions(),  # noqa: B008  # frozen
        *,
        limits: Limits | None = None,
        on_tick: Callable[[], None] | None = None,
        tick_s: float = 1.0,
    ) -> Report:
        """Do as told."""
        self.options.append(options)
        self.limits.append(limits)
        if self.behave is not None:
            return self.behave(source, target)
        target.write_bytes(PRESSED)
        passes = (PassReport("images", decisions={"recode": 2}),)
        return Report(Result.PRESSED, Reason.COMPRESSED, source.stat().st_size, len(PRESSED), passes=passes)

    def audit(
        self,
        source: Path,
        options: PressOptions = PressOptions(),  # noqa: B008  # frozen
        *,
        limits: Limits | None = None,
        folder: Path | None = None,
        on_tick: Callable[[], None] | None = None,
        tick_s: float = 1.0,
    ) -> Audit:
        """Do as told, or find nothing but structure."""
        self.options.append(options)
        self.limits.append(limits)
        if self.behave is not None:
            self.behave(source, source)
        size = source.stat().st_size
        return Audit(size, 1, {"structure": size}, {"low": size, "medium": size, "high": 1})

    def close(self) -> None:
        """Nothing runs."""


@dataclass
class Worker:
    """The fakes, and the shortest way to give them work."""

    deps: Deps
    jobs: RedisJobStore
    objects: FolderObjectStore
    queue: MemoryTaskQueue
    presser: FakePresser
    registry: CollectorRegistry
    scratch_root: Path
    time: datetime = START
    stopping: bool = False

    def hand_in(self, *contents: bytes, **how: Any) -> JobId:
        """A job handed in with files of these contents."""
        job_id = self.receive(*contents, **how)
        self.jobs.seal(job_id, JobOptions(), now=self.time)
        return job_id

    def receive(
        self,
        *contents: bytes,
        expires_in: timedelta = timedelta(hours=1),
        digest: str = "",
        tenant: str = "acme",
        purpose: Purpose = Purpose.COMPRESS,
    ) -> JobId:
        """A job whose upload has not ended; with a `digest`, its files are told to be the same."""
        job = Job(new_job_id(), TenantId(tenant), self.time, self.time + expires_in, purpose=purpose)
        self.jobs.create(job)
        for number, content in enumerate(contents):
            key = f"{job.source_prefix}source/{number}.pdf"
            with self.objects.writer(key) as writer:
                writer.write(content)
                writer.commit()
            file = JobFile(number, f"{number}.pdf", len(content), key, float(len(content)), digest)
            self.jobs.add_files(job.id, [file])
        return job.id

    def opened(self, *contents: bytes, **how: Any) -> JobId:
        """A job whose files are in the lane."""
        job_id = self.hand_in(*contents, **how)
        open_job(job_id, self.deps)
        return job_id

    def file(self, job_id: JobId, number: int = 0) -> JobFile:
        """A file of the job as it stands."""
        return self.jobs.files(job_id)[number]

    def sweep_at(self, time: datetime, *, max_attempts: int = 3) -> None:
        """Let time pass and the scheduler sweep."""
        self.time = time
        self.jobs.sweep(now=time, max_attempts=max_attempts)

    def left_in_scratch(self) -> list[Path]:
        """What was forgotten in the scratch folder."""
        return list(self.scratch_root.iterdir())

    def keys(self, job_id: JobId) -> list[str]:
        """All object keys of a job."""
        return list(self.objects.keys(f"acme/{job_id}/"))


@pytest.fixture
def worker(tmp_path: Path, redis_client: redis.Redis) -> Worker:
    """A worker with two retries, the first after a minute, and leases of a minute."""
    jobs, objects, queue = RedisJobStore(redis_client), FolderObjectStore(tmp_path / "objects"), MemoryTaskQueue()
    presser, registry, scratch_root = FakePresser(), CollectorRegistry(), tmp_path / "scratch"
    deps = Deps(
        jobs=jobs,
        objects=objects,
        queue=queue,
        presser=presser,
        scratch=Scratch(scratch_root),
        metrics=WorkerMetrics(registry),
        web=PublicHttp([ip_network("127.0.0.0/8")]),
        outbox=RedisWebhookOutbox(redis_client),
        secrets=["s" * 32],
        lease=timedelta(minutes=1),
        retry=RetryPolicy(max_retries=2, first_delay=timedelta(minutes=1)),
        limits=partial(press_limits, Settings()),
        max_file_bytes=lambda _: MAX_FILE_BYTES,
        fetch_limit_s=lambda _: 10.0,
        stopping=lambda: made.stopping,
        now=lambda: made.time,
    )
    made = Worker(deps, jobs, objects, queue, presser, registry, scratch_root)
    return made
