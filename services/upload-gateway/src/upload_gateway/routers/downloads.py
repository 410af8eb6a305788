"""Results by the job (GET /api/compress/download/{job_id}) and by the file, whole or in part."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from upload_gateway.archive import archive_of
from upload_gateway.dependencies import AppParts, JobIdParam, MayRead
from upload_gateway.names import base_name
from upload_gateway.parts import Parts
from upload_gateway.problems import responses
from upload_gateway.ranges import Wanted, WantedParts, content_answer
from upload_gateway.routers.lists import FileNumber
from upload_gateway.stored_file import StoredFile, result_of, source_of
from upload_gateway.views import PREFIX

REDIRECT_EXPIRES_IN = timedelta(minutes=10)
PDF, ZIP = "application/pdf", "application/zip"


class Which(StrEnum):
    """What of a file is wanted."""

    RESULT = "result"
    SOURCE = "source"


def _answers(told: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI descriptions of a download's answers."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {
        200: {"description": told, "content": content},
        206: {"description": "The part asked for with `Range`.", "content": content},
        304: {"description": "It has a tag that `If-None-Match` lists."},
        307: {"description": "The PDF is at the URL in `Location`, where the installation is set up so."},
        **responses(404, 409, 410, 412, 416, 422, 503),
    }


router = APIRouter(prefix=PREFIX, tags=["jobs"])


@router.get(
    "/download/{job_id}",
    operation_id="download_results",
    summary="Download a job's results",
    response_class=Response,
    responses=_answers("The one PDF, or a ZIP of all that have a result, with a report.csv of every file.", PDF, ZIP),
)
def download_results(job_id: JobIdParam, parts: AppParts, caller: MayRead, wanted: WantedParts) -> Response:
    """A job of one file answers with that PDF, any other with a ZIP. 409 until the job is finished.

    The ZIP is the same to the byte each time, so that a download can go on where it broke off (`curl -C -`).
    """
    service = parts.service
    job = service.finished_job(caller.tenant, job_id)
    if job.totals.files == 1:
        file = next(service.all_files(job))
        return _pdf(result_of(file, service.objects), base_name(file.name), parts, wanted)
    archive = archive_of(lambda: service.all_files(job), service.objects, job.finished_at or job.created_at)
    return content_answer(archive, wanted, name=f"bulkpress-{job.id[:8]}.zip", media_type=ZIP)


@router.get(
    "/jobs/{job_id}/files/{number}/download",
    operation_id="download_file",
    summary="Download one file of a job",
    response_class=Response,
    responses=_answers("The PDF.", PDF),
)
def download_file(
    job_id: JobIdParam,
    number: FileNumber,
    parts: AppParts,
    caller: MayRead,
    wanted: WantedParts,
    *,
    which: Annotated[Which, Query(description="What became of it, or what was uploaded.")] = Which.RESULT,
) -> Response:
    """The result as soon as the file itself is `done` or `kept`, whatever the rest of the job does. 409 until then."""
    service = parts.service
    file = service.file(service.job(caller.tenant, job_id), number)
    stored = (result_of if which is Which.RESULT else source_of)(file, service.objects)
    return _pdf(stored, base_name(file.name), parts, wanted)


def _pdf(stored: StoredFile, name: str, parts: Parts, wanted: Wanted) -> Response:
    if parts.redirects_downloads and (
        url := stored.objects.presigned_get(stored.key, expires_in=REDIRECT_EXPIRES_IN, file_name=name)
    ):
        return RedirectResponse(url, status_code=307)
    return content_answer(stored, wanted, name=name, media_type=PDF)
