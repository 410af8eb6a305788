"""What can be done with bulk jobs: the use cases, under the names operators of the first version know."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypedDict

import structlog

from bulkpress_core.domain.access import TENANT
from bulkpress_core.domain.compression import Seal
from bulkpress_core.domain.errors import (
    InvalidRequestError,
    JobNotFinishedError,
    JobNotFoundError,
    JobTooLargeError,
    NoResultsError,
    QueueUnavailableError,
    UnavailableError,
)
from bulkpress_core.domain.jobs import (
    LOOK_AGAIN_AFTER,
    Job,
    JobFile,
    JobId,
    JobState,
    Purpose,
    Receipt,
    TenantId,
    job_id_of,
    new_job_id,
)
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.origins import DirectUpload
from bulkpress_core.domain.queueing import QueuePlace
from bulkpress_core.domain.stories import Told
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.object_store import ObjectStore
from bulkpress_core.ports.task_queue import TaskQueue
from upload_gateway.clock import Clock
from upload_gateway.direct_uploads import DirectUploading
from upload_gateway.file_settings import OwnSettings, file_settings_of
from upload_gateway.intake import Intake, IntakeLimits, of_analyses
from upload_gateway.names import called
from upload_gateway.reading import FileNotFoundInJobError, JobFilter, Page, page_of_jobs
from upload_gateway.remote_jobs import files_in, options_in
from upload_gateway.s3_jobs import S3Jobs
from upload_gateway.sources import FileSource, name_of, pieces_of

FORM_BYTES = 64 * 2**20  # of an upload that are no file's: heads of 100,000 parts, and fields
FILES_PER_PAGE = 1000  # file records held in memory at once, however many the job has

log = structlog.get_logger(__name__)


class TaskStatus(TypedDict):
    """How far a task is, in Celery's words: PENDING, PROGRESS, SUCCESS or FAILURE (no file could be compressed)."""

    task_id: str
    job_id: str
    state: str
    progress: float  # percent of files that have ended


class JobProgress(TypedDict):
    """How far a job is, in files. `completed_count` counts files that have ended, however they did."""

    job_id: str
    status: str
    file_count: int
    completed_count: int
    done_count: int
    kept_count: int
    failed_count: int
    cancelled_count: int
    progress: float  # percent


class BulkCompressionService:
    """Creates jobs, hands them to the workers and tells how far they are. Keeps no state of its own."""

    def __init__(
        self,
        jobs: JobStore,
        objects: ObjectStore,
        queue: TaskQueue,
        *,
        limits: IntakeLimits,
        clock: Clock,
        seal: Seal | None = None,
        limits_by_tenant: Mapping[str, IntakeLimits] | None = None,
        s3_jobs: S3Jobs | None = None,
    ) -> None:
        self._jobs = jobs
        self.objects: Final = objects
        self._queue = queue
        self.limits: Final = limits
        self._limits_by_tenant = limits_by_tenant or {}
        self._clock = clock
        self._seal = seal
        self._s3_jobs = s3_jobs or S3Jobs(None, {})
        self.uploads: Final = DirectUploading(jobs, objects, queue, clock)

    def create_bulk_job(
        self,
        user_id: str | int,
        files: Iterable[FileSource],
        compression_settings: JobOptions | Mapping[str, object] | None = None,
    ) -> Job:
        """Store the files as a new job that is ready to be processed; return the job.

        A file is a path, an open binary file, or a pair of its name and its content (bytes, path, open file or
        pieces). If anything fails, nothing of the job is left. Raises InvalidRequestError, UnavailableError, OSError.
        """
        asked = compression_settings or {}
        options = asked if isinstance(asked, JobOptions) else self.read_options(asked)
        intake = self.open_intake(user_id)
        try:
            for file in files:
                intake.begin(name_of(file))
                for piece in pieces_of(file):
                    intake.write(piece)
                intake.end()
            return intake.hand_in(options)
        except BaseException:
            intake.discard()
            raise

    def process_bulk_job_async(self, job_id: str) -> str:
        """Announce the job to the workers; return the id of its task. Announcing it twice does no work twice.

        With the broker out of reach the job is accepted all the same: the scheduler announces it later.
        """
        job = self._jobs.get(JobId(job_id))
        self._announce(job)
        return job.task_id

    def get_task_status(self, task_id: str) -> TaskStatus:
        """How far the task is. Raises JobNotFoundError."""
        job = self._jobs.get(job_id_of(task_id))
        return TaskStatus(task_id=job.task_id, job_id=job.id, state=_task_state(job), progress=job.progress)

    def get_job_progress(self, job_id: str) -> JobProgress:
        """How far the job is, in files. Raises JobNotFoundError."""
        job = self._jobs.get(JobId(job_id))
        return JobProgress(
            job_id=job.id,
            status=job.state.value,
            file_count=job.totals.files,
            completed_count=job.totals.ended,
            done_count=job.totals.done,
            kept_count=job.totals.kept,
            failed_count=job.totals.failed,
            cancelled_count=job.totals.cancelled,
            progress=job.progress,
        )

    # The finer steps, for callers that stream.

    def read_options(self, raw: Mapping[str, object]) -> JobOptions:
        """The options that a client sent. Raises InvalidSettingError."""
        return JobOptions.parse(raw, longest=self.limits.max_expires_in, seal=self._seal)

    def take_in(
        self,
        tenant: str,
        body: Mapping[str, Any],
        job_id: JobId | None = None,
        on_file: Callable[[int], None] = lambda _size_bytes: None,
    ) -> Job:
        """A job of files that workers are to fetch, or its client to upload, handed in.

        `on_file` is told of each how many bytes the client will upload. Raises InvalidRequestError, UnavailableError.
        """
        options = self.read_options(options_in(body))
        if "source" in body:
            files = self._s3_jobs.files_in(tenant, body, most=self.limits_of(tenant).max_files)
        else:
            files = files_in(body, self._seal)
        intake = self.open_intake(tenant, job_id)
        try:
            for file in files:
                is_awaited = isinstance(file.origin, DirectUpload)
                if is_awaited:
                    self.uploads.check()
                on_file(file.size_bytes if is_awaited else 0)
                intake.add_named(file)
            return self.hand_in(intake, options)
        except BaseException:
            intake.discard()
            raise

    def read_file_settings(self, text: str) -> OwnSettings:
        """The settings of single files that a client sent. Raises InvalidSettingError."""
        return file_settings_of(text, self._seal)

    def limits_of(self, tenant: str) -> IntakeLimits:
        """What a job of this tenant may hold."""
        return self._limits_by_tenant.get(tenant, self.limits)

    def check_announced(self, tenant: str, body_bytes: int | None) -> None:
        """Raise JobTooLargeError for an upload whose length, told beforehand, is more than a job may hold."""
        most = self.limits_of(tenant).max_job_bytes
        if body_bytes is not None and most is not None and body_bytes - FORM_BYTES > most:
            raise JobTooLargeError.than(most)

    def open_intake(
        self, user_id: str | int, job_id: JobId | None = None, purpose: Purpose = Purpose.COMPRESS
    ) -> Intake:
        """Record a new, empty job of this user, to stream files into. End it with `hand_in` or `discard`."""
        tenant = str(user_id)
        if not TENANT.fullmatch(tenant):
            raise InvalidRequestError(
                f"user_id is {tenant[:40]!r}: use up to 128 letters, digits and @ . _ + -, the first a letter or digit"
            )
        now = self._clock()
        limits = of_analyses(self.limits_of(tenant)) if purpose is Purpose.ANALYZE else self.limits_of(tenant)
        weight = limits.weights.get(tenant, 1.0)
        expires_at = now + limits.max_expires_in  # handing it in says when
        job = Job(job_id or new_job_id(), TenantId(tenant), now, expires_at, weight=weight, purpose=purpose)
        self._jobs.create(job)
        return Intake(job, self._jobs, self.objects, limits, self._clock)

    def hand_in(self, intake: Intake, options: JobOptions) -> Job:
        """Seal the job received and announce it to the workers. Raises NoFilesError."""
        job = intake.hand_in(options)
        log.info("job.accepted", job_id=job.id, files=intake.files, bytes=intake.bytes)
        self._announce(job)
        return job

    def cancel(self, tenant: TenantId, job_id: str) -> Job:
        """End the job now: files that wait at once, those being pressed within two seconds. Raises JobNotFoundError."""
        job = self._jobs.cancel(self.job(tenant, job_id).id, now=self._clock())
        log.info("job.cancelled", job_id=job.id, cancelled=job.totals.cancelled)
        return job

    def retry(self, tenant: TenantId, job_id: str) -> Job:
        """Press the failed files of the job once more, and no other. Raises JobCancelledError, JobNotFoundError."""
        waiting = self._jobs.retry(self.job(tenant, job_id).id, now=self._clock())
        log.info("job.retried", job_id=job_id, files=sum(waiting.values()))
        for lane, files in waiting.items():
            try:
                self._queue.ring(lane, files)
            except QueueUnavailableError as error:  # the scheduler rings for files that wait
                log.warning("job.bells_postponed", job_id=job_id, error=str(error))
        return self._jobs.get(JobId(job_id))

    def delete(self, tenant: TenantId, job_id: str) -> Receipt:
        """Stop the job and delete all that belongs to it; the receipt stays in the audit log. Raises JobNotFoundError.

        Objects go before the record that names them. What an upload or a worker stores all the same is found by the
        cleanup, which looks again later; interrupted, deleting can be asked for again.
        """
        job = self._jobs.cancel(self.job(tenant, job_id).id, now=self._clock())
        objects = self.objects.delete_prefix(job.source_prefix)
        now = self._clock()
        receipt = Receipt(job.id, job.tenant, now, files=job.totals.files, objects=objects)
        self._jobs.delete(job.id, receipt=receipt, look_again_at=now + LOOK_AGAIN_AFTER)
        self.objects.delete_prefix(job.source_prefix)
        log.info("job.deleted", job_id=job.id, files=receipt.files, objects=receipt.objects)
        return receipt

    def receipts(self, tenant: TenantId) -> list[Receipt]:
        """The last deletions that the tenant asked for, newest first."""
        return list(self._jobs.receipts(tenant))

    def job(self, tenant: TenantId, job_id: str, purpose: Purpose = Purpose.COMPRESS) -> Job:
        """The tenant's job of that purpose. Raises JobNotFoundError, of another's job in the very same way."""
        job = self._jobs.get(JobId(job_id))
        if job.tenant != tenant or job.purpose is not purpose:
            raise JobNotFoundError
        return job

    def jobs_of(self, tenant: TenantId, wanted: JobFilter, *, cursor: str | None, limit: int) -> Page[Job]:
        """Some of the tenant's jobs, newest first. Raises InvalidCursorError."""
        return page_of_jobs(self._jobs, tenant, wanted, cursor=cursor, limit=limit)

    def files(self, job: Job, *, offset: int, limit: int) -> list[JobFile]:
        """Up to `limit` files of the job from number `offset` on, called as its `keep_names` says."""
        return [called(file, job) for file in self._jobs.files(job.id, start=offset, stop=offset + limit)]

    def all_files(self, job: Job, *, start: int = 0) -> Iterator[JobFile]:
        """All files of the job in order, from number `start` on, a page of records in memory at a time."""
        for first in range(start, job.totals.files, FILES_PER_PAGE):
            yield from self.files(job, offset=first, limit=FILES_PER_PAGE)

    def place(self, job: Job) -> QueuePlace | None:
        """Where the job stands in the queue, if it waits with all its files."""
        waits = job.state is JobState.RUNNING and not job.totals.done + job.totals.kept
        return self._jobs.place(job.id) if waits else None

    def file(self, job: Job, number: int) -> JobFile:
        """One file of the job. Raises FileNotFoundInJobError."""
        if number >= job.totals.files:
            raise FileNotFoundInJobError
        return self.files(job, offset=number, limit=1)[0]

    def story(self, tenant: TenantId, job_id: str, *, after: int, limit: int) -> Told:
        """Some of the job's story, its files called as `keep_names` says. Raises JobNotFoundError."""
        told = self._jobs.story(JobId(job_id), after=after, limit=limit)
        if told.job.tenant != tenant or told.job.purpose is not Purpose.COMPRESS:
            raise JobNotFoundError
        chapters = [replace(one, file=one.file and called(one.file, told.job)) for one in told.chapters]
        return replace(told, chapters=chapters)

    def now(self) -> datetime:
        """The time by which the service goes."""
        return self._clock()

    def finished_job(self, tenant: TenantId, job_id: str) -> Job:
        """The job, if it has results to download. Raises JobNotFinishedError, NoResultsError, JobNotFoundError."""
        job = self.job(tenant, job_id)
        if job.state is not JobState.FINISHED:
            raise JobNotFinishedError(
                f"the job is {job.state}, {job.totals.ended} of {job.totals.files} files have ended: "
                "ask for its state until that is `finished`, then download"
            )
        if not job.totals.done + job.totals.kept:
            raise NoResultsError
        return job

    def out_of_reach(self) -> dict[str, str]:
        """What of state store, object store and broker does not answer now, each with the reason."""
        checks = {"state_store": self._jobs.check, "object_store": self.objects.check, "broker": self._queue.check}
        failed = {}
        for name, check in checks.items():
            try:
                check()
            except UnavailableError as error:
                failed[name] = str(error)
        return failed

    def _announce(self, job: Job) -> None:
        try:
            self._queue.announce(job.id, job.usual_lane)
        except QueueUnavailableError as error:
            log.warning("job.announcement_postponed", job_id=job.id, task_id=job.task_id, error=str(error))


def _task_state(job: Job) -> str:
    if job.state is JobState.FINISHED:
        return "SUCCESS" if job.totals.done + job.totals.kept else "FAILURE"
    return "PROGRESS" if job.state is JobState.RUNNING else "PENDING"
