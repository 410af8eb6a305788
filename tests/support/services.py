"""The worker and the scheduler as processes of their own, on a real Valkey and a folder of objects."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import pytest

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.adapters.celery_queue import CeleryTaskQueue
from bulkpress_core.adapters.connect import object_store, redis_client
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.errors import UnavailableError
from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobId, JobState, TenantId, new_job_id
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.settings import Settings
from tests.support.waiting import until

DEADLINE_S = 120.0
WORKER = [sys.executable, "-m", "compression_worker"]
SCHEDULER = [sys.executable, "-m", "scheduler"]


class Service:
    """One service: a process and all that it started, told by the folder they work in, which is theirs alone."""

    def __init__(self, command: Sequence[str], env: dict[str, str], folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def members(self) -> list[psutil.Process]:
        """All processes of the service that run, orphans too."""
        return [process for process in psutil.process_iter() if self._is_member(process)]

    def logged(self, words: str) -> bool:
        """Whether the log holds these words."""
        return words in self.log.read_text()

    def kill(self) -> None:
        """SIGKILL for all of its processes at once, as the kernel does to a container that is out of memory."""
        for process in self.members():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def end(self, number: signal.Signals = signal.SIGTERM, *, deadline_s: float = DEADLINE_S) -> int:
        """Tell the main process to end, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(deadline_s)

    def _is_member(self, process: psutil.Process) -> bool:
        try:
            return process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(self.folder)
        except psutil.Error:  # gone, or another user's
            return False


class System:
    """A system on one Redis: services to start, jobs to hand in. Kills what still runs in the end."""

    def __init__(self, folder: Path, redis_url: str, **overrides: str) -> None:
        self.folder = folder.resolve()
        folder.mkdir(exist_ok=True)
        self.scratch = folder / "scratch"
        self._values = {
            "celery_broker_url": redis_url,
            "celery_result_backend": redis_url,
            "bulkpress_store": str(folder / "store"),
            "bulkpress_scratch": str(self.scratch),
            "bulkpress_worker_metrics_port": "0",
            "bulkpress_scheduler_metrics_port": "0",
            "bulkpress_lease_s": "3",
            "bulkpress_sweep_interval_s": "0.5",
        } | overrides
        self.settings = Settings.model_validate(self._values)
        self.app = make_celery(self.settings)
        self.queue = CeleryTaskQueue(self.app, self.settings)
        self.client = redis_client(self.settings.state_url, master=self.settings.bulkpress_sentinel_master)
        self.jobs = RedisJobStore(self.client)
        self.objects = object_store(self.settings)
        self.services: list[Service] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in self.services:
            service.kill()
            if error is not None:
                sys.stderr.write(f"--- {service.log}\n{service.log.read_text()[-8000:]}\n")
        self.app.close()
        self.client.close()

    @property
    def env(self) -> dict[str, str]:
        """The environment of the services."""
        ours = {name.upper(): value for name, value in self._values.items()}
        others = ("BULKPRESS_", "CELERY_")
        return {name: value for name, value in os.environ.items() if not name.startswith(others)} | ours

    def start(self, command: Sequence[str], *, ready: str = "metrics.serving") -> Service:
        """Start a service and return when its log holds the words `ready`."""
        service = self.launch(command)

        def started() -> bool:
            if service.process.poll() is not None:
                pytest.fail(f"{command} ended with {service.process.returncode}: {service.log.read_text()[-4000:]}")
            return service.logged(ready)

        until(started, f"{command} says {ready}")
        return service

    def launch(self, command: Sequence[str]) -> Service:
        """Start a service and do not wait for it."""
        service = Service(command, self.env, self.folder / f"service-{len(self.services)}")
        self.services.append(service)
        return service

    def hand_in(
        self,
        *contents: bytes,
        announce: bool = True,
        age: timedelta = timedelta(0),
        expires_in: timedelta = timedelta(hours=1),
        tenant: str = "default",  # of whoever asks a gateway that knows nobody
        known_contents: bool = False,
    ) -> JobId:
        """A job handed in `age` ago with files of these contents, and announced now.

        Without `known_contents` each file is pressed, also one with the content of another.
        """
        now = datetime.now(UTC) - age
        job = Job(new_job_id(), TenantId(tenant), now, now + expires_in)
        self.jobs.create(job)
        files = []
        for number, content in enumerate(contents):
            key = f"{job.source_prefix}source/{number}.pdf"
            with self.objects.writer(key) as writer:
                writer.write(content)
                writer.commit()
            digest = hashlib.sha256(content).hexdigest() if known_contents else ""
            files.append(JobFile(number, f"{number}.pdf", len(content), key, float(len(content)), digest))
        self.jobs.add_files(job.id, files)
        self.jobs.seal(job.id, JobOptions(), now=now)
        if announce:
            self.queue.announce(job.id, self.jobs.get(job.id).usual_lane)
        return job.id

    def wait_for_running(self, job_id: JobId, count: int = 1) -> None:
        """Return when that many files of the job are being pressed."""
        until(lambda: self.states(job_id).count(FileState.RUNNING) >= count, f"{count} files are running")

    def wait_for_end(self, job_id: JobId) -> Job:
        """The job when all its files have come to an end."""

        def finished() -> Job | None:
            try:
                job = self.jobs.get(job_id)
            except UnavailableError:  # a test may have stopped Redis
                return None
            return job if job.state is JobState.FINISHED else None

        job = until(finished, f"job {job_id} is finished")
        assert job is not None
        return job

    def states(self, job_id: JobId) -> list[FileState]:
        """The states of the job's files, by number."""
        return [file.state for file in self.jobs.files(job_id)]

    def leftovers(self) -> list[Path]:
        """What is in the scratch folder, metrics of running workers not counted."""
        return list(self.scratch.rglob("*.pdf"))
