"""What the API says of jobs and files, as frozen values; fields that this version does not know are passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class FileView:
    """One file of a job. `state` is pending, running, done, kept, failed or cancelled; `message` says why, in words."""

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

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """The file as the API sent it."""
        return cls(**{field.name: raw[field.name] for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class JobView:
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

    @property
    def is_finished(self) -> bool:
        """Whether every file has come to an end, good or bad."""
        return self.status == "finished"

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """The job as the API sent it."""
        return cls(**{field.name: raw[field.name] for field in fields(cls)})
