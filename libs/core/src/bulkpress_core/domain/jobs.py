"""Jobs and their files: frozen values, the states they pass through and the only moves between those."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType
from uuid import uuid4

from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.errors import IllegalTransitionError, JobNotFoundError
from bulkpress_core.domain.lanes import Lane, usual_lane
from bulkpress_core.domain.origins import UPLOADED, Origin, Uploaded

JobId = NewType("JobId", str)
TenantId = NewType("TenantId", str)


TASK_ID_PREFIX = "bulk-"
# After a job's deletion; by then whatever was being stored for it is there, or never will be.
LOOK_AGAIN_AFTER = timedelta(minutes=15)


def new_job_id() -> JobId:
    """A job id nobody can guess: 32 hexadecimal digits, 122 of their bits random (RFC 9562, UUIDv4)."""
    return JobId(uuid4().hex)


def task_id_of(job_id: JobId) -> str:
    """The Celery id of the task that opens this job. Derived, so that announcing a job twice is one task."""
    return TASK_ID_PREFIX + job_id


def job_id_of(task_id: str) -> JobId:
    """The job that a task id from `task_id_of` belongs to; raises JobNotFoundError for any other id."""
    if not task_id.startswith(TASK_ID_PREFIX):
        raise JobNotFoundError(f"{task_id[:80]!r} is not the id of a bulk task: those begin with {TASK_ID_PREFIX!r}")
    return JobId(task_id.removeprefix(TASK_ID_PREFIX))


def prefix_of(tenant: TenantId, job_id: JobId) -> str:
    """The beginning of the keys of all that the object store keeps for a job."""
    return f"{tenant}/{job_id}/"


def put_key_of(prefix: str, number: int) -> str:
    """Where a client puts file `number` of the job whose keys begin so, if it does so itself."""
    return f"{prefix}put/{number}.pdf"


class Purpose(StrEnum):
    """What a job's files are handed in for."""

    COMPRESS = "compress"
    ANALYZE = "analyze"  # to know what fills them; there are no results but the audit, and no file stays


class JobState(StrEnum):
    """Where a job stands."""

    RECEIVING = "receiving"  # its files are still being uploaded
    QUEUED = "queued"  # handed in: waits to be opened by `process_bulk_compression`
    RUNNING = "running"  # its files are in a lane
    FINISHED = "finished"  # every file has come to an end


class FileState(StrEnum):
    """Where a file stands."""

    AWAITING_UPLOAD = "awaiting_upload"  # its client is to put it into the object store
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"  # smaller than before
    KEPT = "kept"  # the original was already best, or must not be rewritten: the original is the result
    FAILED = "failed"
    CANCELLED = "cancelled"  # the job was cancelled before it had ended


ENDED = frozenset({FileState.DONE, FileState.KEPT, FileState.FAILED, FileState.CANCELLED})
NEXT_STATES: Mapping[FileState, frozenset[FileState]] = {
    FileState.AWAITING_UPLOAD: frozenset({FileState.PENDING, FileState.FAILED, FileState.CANCELLED}),
    # failed: set aside by the sweep, or like a twin that was
    FileState.PENDING: frozenset({FileState.RUNNING, FileState.FAILED, FileState.CANCELLED}),
    FileState.RUNNING: frozenset({FileState.PENDING, *ENDED}),
    FileState.DONE: frozenset(),
    FileState.KEPT: frozenset(),
    FileState.FAILED: frozenset({FileState.PENDING}),  # when asked to be tried again
    FileState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended. `reason` is from a closed vocabulary (docs/reference/reasons.md), `detail` is for people."""

    state: FileState
    reason: str
    detail: str = ""
    result_key: str | None = None  # in the object store, if it is there; for KEPT the source's own key
    bytes_out: int = 0
    seconds: float = 0.0
    decisions: Mapping[str, int] = field(default_factory=dict)  # what was done to how many objects, by name
    crc32: int | None = None  # of the result, as ZIP has it
    cached: bool = False  # taken over from an identical file that was pressed before
    bytes_in: int | None = None  # of a file whose size was not known before; read back, it is the file's `size_bytes`
    audit: Mapping[str, Any] = field(default_factory=dict)  # of a file that was handed in to be analysed, JSON-ready

    @property
    def has_result(self) -> bool:
        """Whether there is a result, in the object store or where the job wanted it."""
        return self.state in {FileState.DONE, FileState.KEPT}

    def __post_init__(self) -> None:
        if self.state not in ENDED:
            raise IllegalTransitionError(f"{self.state} is not an end: an outcome is one of {sorted(ENDED)}")


def engine_crash(deaths: int) -> Outcome:
    """The end of a file whose worker died with it `deaths` times: it must not take more of them with it."""
    detail = f"the worker died {deaths} times while pressing this file: it is set aside, the job's other files go on"
    return Outcome(FileState.FAILED, "engine_crash", detail)


NOT_UPLOADED = Outcome(
    FileState.FAILED,
    "not_uploaded",
    "The file did not arrive: its upload was given up, or nothing was heard of it for long. Hand it in again.",
)
CANCELLED = Outcome(FileState.CANCELLED, "cancelled", "The job was cancelled before this file had ended.")


@dataclass(frozen=True, slots=True)
class JobFile:
    """One file of a job, known by its `number` in it (0-based, in the order of upload)."""

    number: int
    name: str  # as the client sent it: shown to people, never used as a path
    size_bytes: int  # 0 as long as it `is_unseen`
    source_key: str  # where the object store has its source, or would have it
    cost: float  # predicted, in milliseconds: what fair queueing charges the tenant for it
    digest: str = ""  # SHA-256 of its content in base64 without padding; of unknown content nothing is shared
    heavy: bool = False  # waits in the heavy lane: predicted to be too heavy for another, or proved to be
    state: FileState = FileState.PENDING
    attempts: int = 0
    retries: int = 0  # attempts that ended with an error that may pass
    outcome: Outcome | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)  # settings of its own, as `asked_of` reads them
    origin: Origin = UPLOADED

    @property
    def is_unseen(self) -> bool:
        """Whether nobody knows yet how large it is."""
        return not self.size_bytes and not isinstance(self.origin, Uploaded)

    def charge(self, weight: float) -> float:
        """What a claim adds to what a tenant of that weight has had: never nothing, or it would go first for ever."""
        return max(self.cost, 1.0) / weight

    def moved_to(self, state: FileState) -> "JobFile":
        """The file in its next state. Raises IllegalTransitionError."""
        if state not in NEXT_STATES[self.state]:
            raise IllegalTransitionError(f"a file that is {self.state} cannot become {state}")
        return replace(self, state=state)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the files of a job; `bytes_*` count files that ended done or kept."""

    files: int = 0
    done: int = 0
    kept: int = 0
    failed: int = 0
    cancelled: int = 0
    awaiting: int = 0  # of them, those that are to be uploaded yet
    bytes_in: int = 0
    bytes_out: int = 0

    @property
    def ended(self) -> int:
        """How many files have come to an end."""
        return self.done + self.kept + self.failed + self.cancelled

    def plus(self, size_bytes: int, outcome: Outcome) -> "Totals":
        """The sums after one more file, of `size_bytes` unless the outcome knows better, has come to this end."""
        if outcome.state is FileState.FAILED:
            return replace(self, failed=self.failed + 1)
        if outcome.state is FileState.CANCELLED:
            return replace(self, cancelled=self.cancelled + 1)
        bytes_in = size_bytes if outcome.bytes_in is None else outcome.bytes_in
        sums = replace(self, bytes_in=self.bytes_in + bytes_in, bytes_out=self.bytes_out + outcome.bytes_out)
        done = outcome.state is FileState.DONE
        return replace(sums, done=self.done + 1) if done else replace(sums, kept=self.kept + 1)


@dataclass(frozen=True, slots=True)
class Job:
    """A bulk job: what was asked, by whom, until when it is kept, and how far it is."""

    id: JobId
    tenant: TenantId
    created_at: datetime
    expires_at: datetime
    state: JobState = JobState.RECEIVING
    settings: CompressionSettings = field(default_factory=CompressionSettings)
    keep_names: bool = True  # results are called as their sources were; else by their numbers
    webhook_url: str = ""
    totals: Totals = field(default_factory=Totals)
    finished_at: datetime | None = None
    accepted_at: datetime | None = None  # handed in, or the last time tried again
    weight: float = 1.0  # of its tenant: one with 2.0 gets twice the share of a lane
    cost: float = 0.0  # predicted, of all its files together, in milliseconds
    purpose: Purpose = Purpose.COMPRESS
    has_direct_uploads: bool = False

    @property
    def usual_lane(self) -> Lane:
        """The lane of those of its files that are not heavy."""
        return usual_lane(self.totals.files, self.cost)

    @property
    def may_be_written_to(self) -> bool:
        """Whether a client or a worker may be storing an object of it just now."""
        return self.state is not JobState.FINISHED or self.totals.cancelled > 0 or self.has_direct_uploads

    @property
    def task_id(self) -> str:
        """The Celery id of the task that opens this job."""
        return task_id_of(self.id)

    @property
    def progress(self) -> float:
        """Share of files that have ended, in percent (0.0 to 100.0)."""
        return round(100.0 * self.totals.ended / self.totals.files, 1) if self.totals.files else 0.0

    @property
    def source_prefix(self) -> str:
        """Where the object store keeps all that belongs to this job: deleting the prefix deletes the job's bytes."""
        return prefix_of(self.tenant, self.id)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the audit log keeps of a job that was deleted on demand."""

    job_id: JobId
    tenant: TenantId
    deleted_at: datetime
    files: int
    objects: int  # deleted from the object store


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to press one file until the lease ends. `token` is what settling must show."""

    job_id: JobId
    tenant: TenantId
    lane: Lane
    file: JobFile  # already RUNNING, this attempt counted
    settings: CompressionSettings
    token: str
    purpose: Purpose = Purpose.COMPRESS

    @property
    def job_prefix(self) -> str:
        """The `source_prefix` of the file's job."""
        return prefix_of(self.tenant, self.job_id)

    @property
    def put_key(self) -> str:
        """Where its client has put the file, if it did so itself."""
        return put_key_of(self.job_prefix, self.file.number)

    @property
    def result_key(self) -> str:
        """Where the pressed file is stored. The same in every attempt: the engine gives the same bytes each time."""
        return f"{self.job_prefix}result/{self.file.number}.pdf"
