"""What the API says of jobs and files, as frozen values; fields that this version does not know are passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class _Sent:
    """A value that is made of an object of the API."""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """The value as the API sent it; an older gateway may not know all of its fields."""
        return cls(**{field.name: raw[field.name] for field in fields(cls) if field.name in raw})


@dataclass(frozen=True, slots=True)
class FileView(_Sent):
    """One file of a job. `state` is awaiting_upload, pending, running, done, kept, failed or cancelled; `message` says
    why, in words."""

    number: int
    name: str
    state: str
    size_bytes: int | None  # None before it is fetched, of a file handed in by its address
    result_size_bytes: int | None
    saved_percent: float | None
    reason: str | None
    message: str
    decisions: Mapping[str, int]  # what was done to how many objects, as `pass.decision`
    cached: bool  # taken over from an identical file pressed before
    source: str | None = None  # where it is fetched from
    target: str | None = None  # where the result goes, if it is not downloaded


@dataclass(frozen=True, slots=True)
class JobView(_Sent):
    """Where a job stands. `status` is receiving, queued, running or finished; `progress` is in percent."""

    job_id: str
    task_id: str
    status: str
    file_count: int
    completed_count: int
    done_count: int
    kept_count: int
    failed_count: int
    cancelled_count: int
    progress: float
    bytes_in: int
    bytes_out: int
    awaiting_count: int = 0  # files that are to be uploaded yet
    created_at: str = ""  # RFC 3339
    expires_at: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether every file has come to an end, good or bad."""
        return self.status == "finished"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job: `name` is job.opened, file.done, file.kept, file.failed, job.retried,
    job.cancelled, job.finished or job.deleted; `id` says where to go on."""

    id: str
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message(_Sent):
    """A message to the job's webhook. `state` is pending, delivered, failed or the like."""

    id: str
    type: str
    occurred_at: str
    state: str
    attempts: int
    status: int | None  # HTTP status of the last answer
    error: str | None  # why there was none
