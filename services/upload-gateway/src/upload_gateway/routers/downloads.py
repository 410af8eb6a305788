"""What comes out: a job's results as one answer, and any file of it by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from bulkpress_core.domain.errors import FileNotEndedError, NoResultsError, NoSourceError, ObjectNotFoundError
from bulkpress_core.domain.jobs import JobFile
from bulkpress_core.ports.object_store import ObjectStore
from upload_gateway.archive import archive_of
from upload_gateway.dependencies import AppParts, JobIdParam, MayRead
from upload_gateway.names import base_name
from upload_gateway.parts import Parts
from upload_gateway.problems import responses
from upload_gateway.ranges import content_answer
from upload_gateway.views import PREFIX

REDIRECT_EXPIRES_IN = timedelta(minutes=10)
BINARY = {"schema": {"type": "string", "format": "binary"}}
PDF = {"application/pdf": BINARY}
RANGES: dict[int | str, dict[str, Any]] = {
    206: {"description": "The part that `Range` asks for; `Content-Range` says which it is (RFC 9110, 14)."},
    304: {"description": "It is what `If-None-Match` says you have."},
    307: {"description": "The PDF is at the URL in `Location`, where the installation is set up so."},
}

router = APIRouter(prefix=PREFIX, tags=["jobs"])


class Which(StrEnum):
    """Which of a file's two contents."""

    RESULT = "result"
    SOURCE = "source"


@router.get(
    "/download/{job_id}",
    operation_id="download_results",
    summary="Download a job's results",
    response_class=Response,
    responses={
        200: {
            "description": "The one PDF, or a ZIP of all that have a result, with a report.csv of every file.",
            "content": PDF | {"application/zip": BINARY},
        },
        **{status: told | {"content": PDF | {"application/zip": BINARY}} for status, told in RANGES.items()},
        **responses(404, 409, 410, 416, 422, 503),
    },
)
def download_results(job_id: JobIdParam, request: Request, parts: AppParts, caller: MayRead) -> Response:
    """A job of one file answers with that PDF, any other with a ZIP. 409 until the job is finished.

    A download that broke off goes on with `Range` and `If-Range`: the ZIP of a job is the same to the byte each time.
    """
    service = parts.service
    job = service.finished_job(caller.tenant, job_id)
    if job.totals.files == 1:
        return _one_file(request, next(service.all_files(job)), Which.RESULT, parts)
    archive = archive_of(lambda: service.all_files(job), service.objects, job.finished_at or job.created_at)
    return content_answer(request, archive, name=f"bulkpress-{job.id[:8]}.zip", media_type="application/zip")


@router.get(
    "/jobs/{job_id}/files/{number}/download",
    operation_id="download_file",
    summary="Download one file of a job",
    response_class=Response,
    responses={
        200: {"description": "The PDF.", "content": PDF},
        **{status: told | {"content": PDF} for status, told in RANGES.items()},
        **responses(404, 409, 410, 416, 422, 503),
    },
)
def download_file(
    job_id: JobIdParam,
    number: Annotated[int, Path(ge=0, le=2**53, description="0-based, in the order of upload.")],
    request: Request,
    parts: AppParts,
    caller: MayRead,
    *,
    which: Annotated[Which, Query(description="The result, or the source as it was sent.")] = Which.RESULT,
) -> Response:
    """As soon as this file has ended, whatever the others do; of a file that was kept, the result is the source."""
    file = parts.service.file(parts.service.job(caller.tenant, job_id), number)
    return _one_file(request, file, which, parts)


def _one_file(request: Request, file: JobFile, which: Which, parts: Parts) -> Response:
    objects, name = parts.service.objects, base_name(file.name)
    key, tag = (file.source_key, "source") if which is Which.SOURCE else _result(file)
    if parts.redirects_downloads:
        url = objects.presigned_get(key, expires_in=REDIRECT_EXPIRES_IN, file_name=name)
        if url:
            return RedirectResponse(url, status_code=307)
    try:
        content = _Object(objects, key, objects.size(key), tag)
    except ObjectNotFoundError:
        if which is Which.SOURCE:
            raise NoSourceError from None
        raise
    return content_answer(request, content, name=name, media_type="application/pdf")


def _result(file: JobFile) -> tuple[str, str]:
    """Key and tag of the file's result. Raises FileNotEndedError, NoResultsError."""
    if file.outcome is None:
        raise FileNotEndedError
    if file.outcome.result_key is None:
        raise NoResultsError(f"the file has no result: it ended with the reason {file.outcome.reason!r}")
    return file.outcome.result_key, f"{file.outcome.crc32}-{file.attempts}"


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of a job: written once, and again only by a new attempt."""

    objects: ObjectStore
    key: str
    size_bytes: int
    version: str

    @property
    def tag(self) -> str:
        return f"{self.key.rpartition('/')[0].rpartition('/')[2]}-{self.size_bytes}-{self.version}"

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        left = stop - start
        for piece in self.objects.read(self.key, start=start):
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return
