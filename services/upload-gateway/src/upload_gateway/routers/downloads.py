"""GET /api/compress/download/{job_id}: the results."""

from datetime import timedelta

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from bulkpress_core.domain.disposition import content_disposition
from bulkpress_core.domain.errors import NoResultsError
from bulkpress_core.domain.jobs import JobFile
from bulkpress_core.ports.object_store import ObjectStore
from upload_gateway.archive import archive_of
from upload_gateway.dependencies import AppParts, JobIdParam, MayRead
from upload_gateway.names import base_name
from upload_gateway.problems import responses
from upload_gateway.views import PREFIX

REDIRECT_EXPIRES_IN = timedelta(minutes=10)
BINARY = {"schema": {"type": "string", "format": "binary"}}

router = APIRouter(prefix=PREFIX, tags=["jobs"])


@router.get(
    "/download/{job_id}",
    operation_id="download_results",
    summary="Download a job's results",
    response_class=Response,
    responses={
        200: {
            "description": "The one PDF, or a ZIP of all that have a result, with a report.csv of every file.",
            "content": {"application/pdf": BINARY, "application/zip": BINARY},
        },
        307: {"description": "The one PDF is at the URL in `Location`, where the installation is set up so."},
        **responses(404, 409, 410, 422, 503),
    },
)
def download_results(job_id: JobIdParam, parts: AppParts, caller: MayRead) -> Response:
    """A job of one file answers with that PDF, any other with a ZIP. 409 until the job is finished."""
    service = parts.service
    job = service.finished_job(caller.tenant, job_id)
    if job.totals.files == 1:
        return _one_pdf(next(service.all_files(job)), service.objects, redirects=parts.redirects_downloads)
    archive = archive_of(lambda: service.all_files(job), service.objects)
    headers = {"Content-Disposition": content_disposition(f"bulkpress-{job.id[:8]}.zip")}
    if archive.size_bytes is not None:
        headers["Content-Length"] = str(archive.size_bytes)
    return StreamingResponse(archive.pieces, headers=headers, media_type="application/zip")


def _one_pdf(file: JobFile, objects: ObjectStore, *, redirects: bool) -> Response:
    key = file.outcome.result_key if file.outcome else None
    if key is None:
        raise NoResultsError
    name = base_name(file.name)
    if redirects and (url := objects.presigned_get(key, expires_in=REDIRECT_EXPIRES_IN, file_name=name)):
        return RedirectResponse(url, status_code=307)
    headers = {"Content-Disposition": content_disposition(name), "Content-Length": str(objects.size(key))}
    return StreamingResponse(objects.read(key), headers=headers, media_type="application/pdf")
