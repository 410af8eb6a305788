"""/api/compress/jobs/{job_id}/uploads and …/files/{number}/upload: files on their way past the gateway."""

from typing import Annotated

from fastapi import APIRouter, Query

from bulkpress_core.domain.direct_uploads import MAX_PARTS
from bulkpress_core.domain.jobs import FileState
from upload_gateway.cursors import FILE_CURSOR, file_number
from upload_gateway.dependencies import JobIdParam, MayWrite, Service
from upload_gateway.problems import responses
from upload_gateway.reading import FileFilter, page_of_files
from upload_gateway.routers.lists import PAGE_BEFORE, FileNumber
from upload_gateway.upload_views import UploadListView, UploadView
from upload_gateway.views import PREFIX, FileView

MOST_UPLOADS = 200
MOST_PARTS = 1000

router = APIRouter(prefix=PREFIX, tags=["uploads"])
AWAITED = FileFilter(FileState.AWAITING_UPLOAD)
FILE = "/jobs/{job_id}/files/{number}/upload"


@router.get(
    "/jobs/{job_id}/uploads",
    operation_id="list_uploads",
    summary="A job's files that are to be uploaded",
    responses=responses(404, 422, 503),
)
def list_uploads(
    job_id: JobIdParam,
    service: Service,
    caller: MayWrite,
    *,
    cursor: Annotated[str | None, Query(pattern=FILE_CURSOR, description=PAGE_BEFORE)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_UPLOADS, description="How many files to list.")] = MOST_UPLOADS,
) -> UploadListView:
    """With the URL to put each to, where it goes up whole. Others go up in parts, whose URLs `read_upload` gives.

    Send exactly the file's bytes with a PUT to its URL, then complete its upload. URLs expire, and are given anew.
    """
    job = service.job(caller.tenant, job_id)
    files = service.all_files(job, start=file_number(cursor) if cursor else 0)
    page = page_of_files(files, AWAITED, limit=limit)
    if page.items:
        service.uploads.keep(job)
    return UploadListView(
        uploads=[UploadView.of(service.uploads.of_whole(job, file)) for file in page.items], next=page.next
    )


@router.get(FILE, operation_id="read_upload", summary="How to upload a file", responses=responses(404, 409, 422, 503))
def read_upload(
    job_id: JobIdParam,
    number: FileNumber,
    service: Service,
    caller: MayWrite,
    *,
    first_part: Annotated[int, Query(ge=1, le=MAX_PARTS, description="Number of the first part to list.")] = 1,
    limit: Annotated[int, Query(ge=1, le=MOST_PARTS, description="How many parts to list.")] = 100,
) -> UploadView:
    """The URL to put it to, or those of its parts; of parts that are there already, none: so an upload is resumed.

    409 once it has arrived, was given up, or the job was cancelled.
    """
    job = service.job(caller.tenant, job_id)
    to_do = service.uploads.of(job, service.file(job, number), first_part=first_part, limit=limit)
    return UploadView.of(to_do)


@router.post(
    FILE,
    operation_id="complete_upload",
    summary="Say that a file is uploaded",
    responses=responses(404, 409, 422, 503),
)
def complete_upload(job_id: JobIdParam, number: FileNumber, service: Service, caller: MayWrite) -> FileView:
    """Its parts are put together, and it waits for its turn. What is no PDF fails, as it does in any job.

    409 with `not_arrived` where something is missing: the detail says what. Completing twice is no error.
    """
    job = service.job(caller.tenant, job_id)
    service.uploads.complete(job, service.file(job, number))
    return FileView.of(service.file(job, number))


@router.delete(
    FILE, operation_id="abort_upload", summary="Give up a file's upload", responses=responses(404, 409, 422, 503)
)
def abort_upload(job_id: JobIdParam, number: FileNumber, service: Service, caller: MayWrite) -> FileView:
    """The file fails with `not_uploaded`, and what is there of it is deleted. The job's other files go on."""
    job = service.job(caller.tenant, job_id)
    service.uploads.give_up(job, service.file(job, number))
    return FileView.of(service.file(job, number))
