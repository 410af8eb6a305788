"""What can be read of jobs beyond one job's state: lists, a page at a time, with filters that are applied here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from bulkpress_core.domain.errors import InvalidRequestError
from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobState, Purpose, TenantId
from bulkpress_core.ports.job_store import JobPlace, JobStore
from upload_gateway.cursors import file_cursor, job_cursor, job_place

T = TypeVar("T")

RECORDS_PER_LOOK = 200  # read at once
RECORDS_PER_PAGE = 5000  # looked at for one page, however few of them a filter lets pass: bounds a request


class FileNotFoundInJobError(InvalidRequestError):
    """The job has no file of this number: they are counted from 0."""

    code = "file_not_found"


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are wanted; None wants all."""

    status: JobState | None = None
    created_after: datetime | None = None  # included
    created_before: datetime | None = None  # included
    has_failures: bool | None = None

    def passes(self, job: Job) -> bool:
        """Whether the job is wanted; when it was created has been seen to. Analyses are not listed."""
        if job.purpose is not Purpose.COMPRESS:
            return False
        return self.status in {None, job.state} and self.has_failures in {None, job.totals.failed > 0}


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files are wanted; None wants all."""

    state: FileState | None = None
    reason: str | None = None

    def passes(self, file: JobFile) -> bool:
        """Whether the file is wanted."""
        reason = file.outcome.reason if file.outcome else None
        return self.state in {None, file.state} and self.reason in {None, reason}


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list. `next` is the cursor of the next page; None after the last."""

    items: list[T]
    next: str | None


def page_of_jobs(store: JobStore, tenant: TenantId, wanted: JobFilter, *, cursor: str | None, limit: int) -> Page[Job]:
    """Up to `limit` of the tenant's jobs that pass, newest first. Raises InvalidCursorError."""
    after = job_place(cursor) if cursor else None
    newest, oldest = wanted.created_before, wanted.created_after
    found: list[Job] = []
    for _ in range(RECORDS_PER_PAGE // RECORDS_PER_LOOK):
        page = store.listed(tenant, after=after, newest=newest, oldest=oldest, limit=RECORDS_PER_LOOK)
        for job in filter(wanted.passes, page.jobs):
            if len(found) == limit:
                return Page(found, job_cursor(JobPlace(found[-1].created_at, found[-1].id)))
            found.append(job)
        if page.last is None:
            return Page(found, None)
        after = page.last
    return Page(found, job_cursor(after) if after else None)


def page_of_files(files: Iterable[JobFile], wanted: FileFilter, *, limit: int) -> Page[JobFile]:
    """Up to `limit` of these files that pass."""
    found: list[JobFile] = []
    for looked_at, file in enumerate(files):
        if looked_at == RECORDS_PER_PAGE or len(found) == limit:
            return Page(found, file_cursor(file.number))
        if wanted.passes(file):
            found.append(file)
    return Page(found, None)
