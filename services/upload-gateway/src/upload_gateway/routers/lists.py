"""Lists by the page: a tenant's jobs, a job's files."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BeforeValidator

from bulkpress_core.domain.jobs import FileState, JobState
from upload_gateway.cursors import FILE_CURSOR, JOB_CURSOR, file_number
from upload_gateway.dependencies import JobIdParam, MayRead, Service
from upload_gateway.problems import responses
from upload_gateway.reading import FileFilter, JobFilter, page_of_files
from upload_gateway.views import PREFIX, FileListView, FileView, JobListView, JobSummaryView

MOST_JOBS = 200
MOST_FILES = 1000

PAGE_BEFORE = "`next` of the page before; none for the first."
JobCursor = Annotated[str | None, Query(pattern=JOB_CURSOR, description=PAGE_BEFORE)]
FileCursor = Annotated[str | None, Query(pattern=FILE_CURSOR, description=PAGE_BEFORE)]
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _moment(sent: object) -> object:
    """Only times as RFC 3339 writes them: pydantic would take numbers too."""
    if not isinstance(sent, str) or RFC_3339.fullmatch(sent):
        return sent
    raise ValueError("send a time as RFC 3339 has it, such as 2030-01-31T12:00:00Z")


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
FileNumber = Annotated[int, Path(ge=0, le=2**53, description="0-based, in the order of upload.")]

router = APIRouter(prefix=PREFIX, tags=["jobs"])


@router.get("/jobs", operation_id="list_jobs", summary="Your jobs, newest first", responses=responses(422, 503))
def list_jobs(
    service: Service,
    caller: MayRead,
    *,
    cursor: JobCursor = None,
    status: Annotated[JobState | None, Query(description="Only jobs that stand there.")] = None,
    created_after: Annotated[Moment | None, Query(description="Only jobs created then or later.")] = None,
    created_before: Annotated[Moment | None, Query(description="Only jobs created then or before.")] = None,
    has_failures: Annotated[bool | None, Query(description="Only jobs with failed files, or only others.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_JOBS, description="How many jobs to list.")] = 50,
) -> JobListView:
    """All that have not been deleted and have not expired, uploads under way included."""
    wanted = JobFilter(status, created_after, created_before, has_failures)
    page = service.jobs_of(caller.tenant, wanted, cursor=cursor, limit=limit)
    now = service.now()
    return JobListView(jobs=[JobSummaryView.of(job, now=now) for job in page.items], next=page.next)


@router.get(
    "/jobs/{job_id}/files",
    operation_id="list_files",
    summary="A job's files",
    responses=responses(404, 422, 503),
)
def list_files(
    job_id: JobIdParam,
    service: Service,
    caller: MayRead,
    *,
    cursor: FileCursor = None,
    state: Annotated[FileState | None, Query(description="Only files that stand there.")] = None,
    reason: Annotated[str | None, Query(max_length=100, description="Only files that ended so.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_FILES, description="How many files to list.")] = MOST_FILES,
) -> FileListView:
    """In the order of upload."""
    job = service.job(caller.tenant, job_id)
    files = service.all_files(job, start=file_number(cursor) if cursor else 0)
    page = page_of_files(files, FileFilter(state, reason), limit=limit)
    return FileListView(files=[FileView.of(file) for file in page.items], next=page.next)


@router.get(
    "/jobs/{job_id}/files/{number}",
    operation_id="read_file",
    summary="One file of a job",
    responses=responses(404, 422, 503),
)
def read_file(job_id: JobIdParam, number: FileNumber, service: Service, caller: MayRead) -> FileView:
    """Where it stands and, once it has ended, how and why."""
    return FileView.of(service.file(service.job(caller.tenant, job_id), number))
