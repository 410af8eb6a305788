"""/api/compress/analyze: what fills a file, and what levels would make of it. A worker opens it, never the gateway."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from bulkpress_core.domain.errors import BulkpressError, UnavailableError
from bulkpress_core.domain.jobs import FileState, Job, JobState, Outcome, Purpose, TenantId
from upload_gateway import option_schema
from upload_gateway.analysis_views import AnalysisView, PendingAnalysisView, link_of
from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.dependencies import AppParts, MayRead, MayUpload, Service
from upload_gateway.intake import FileRefusedError
from upload_gateway.problems import RETRY_AFTER_S, responses
from upload_gateway.routers.uploads import received
from upload_gateway.uploads import Form
from upload_gateway.views import PREFIX

# What of the options decides about every level's result.
OPTIONS = ("password", "on_signed", "pdfa", "grayscale", "strip_metadata")
FORM = Form(files=frozenset({"file"}), options=frozenset(OPTIONS), file_settings=False)
PASSING = frozenset({"store_unavailable", "unavailable", "scan_failed", "disk_full", "machine_error"})
OURS = "internal_error"

FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": FILE | {"description": "The PDF."},
                    **{name: option_schema.COMPRESSION[name] for name in OPTIONS},
                },
                "additionalProperties": False,
            },
            "encoding": {"file": {"contentType": "application/pdf, application/octet-stream"}},
        }
    },
}
WAITS = {
    "description": "The audit is not there yet: ask at `Location`.",
    "model": PendingAnalysisView,
    "headers": {
        "Location": {"schema": {"type": "string"}},
        "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."},
    },
}
AnalysisId = Annotated[str, Path(description="The analysis_id that the upload was answered with.")]

router = APIRouter(prefix=PREFIX, tags=["analyses"])


class AnalysisPostponedError(UnavailableError):
    """The file could not be analysed just now, however often that was tried. Send it again later."""

    code = "analysis_postponed"


class AnalysisDefectError(BulkpressError):
    """Analysing the file has failed in a way that it must not. The worker's log says how."""

    code = "analysis_failed"


@router.post(
    "/analyze",
    operation_id="analyze_file",
    summary="What fills a file, and what each level would save",
    responses={202: WAITS, **responses(400, 413, 415, 422, 500, 503)},
    openapi_extra={"requestBody": BODY},
    response_model=AnalysisView,
)
async def analyze_file(request: Request, parts: AppParts, caller: MayUpload) -> Response:
    """Nothing is compressed. The audit comes at once if a worker is free; otherwise the answer says where to ask.

    The file is deleted as soon as that is known, the audit within some hours.
    """
    job = await received(request, parts, caller, form=FORM, purpose=Purpose.ANALYZE)
    look = partial(parts.service.job, caller.tenant, job.id, Purpose.ANALYZE)
    try:
        job = await parts.streams.ended(job, look, parts.analysis_wait_s)
    except UnavailableError:  # it is accepted all the same
        return _not_yet(job)
    return await run_in_threadpool(_answer, parts.service, job)


@router.get(
    "/analyses/{analysis_id}",
    operation_id="read_analysis",
    summary="What an analysis has found",
    responses={202: WAITS, **responses(404, 422, 500, 503)},
    response_model=AnalysisView,
)
def read_analysis(analysis_id: AnalysisId, service: Service, caller: MayRead) -> Response:
    """The audit, or why there is none. Unknown, expired and others' analyses all answer 404."""
    return _answer(service, analysis_of(service, caller.tenant, analysis_id))


def analysis_of(service: BulkCompressionService, tenant: TenantId, analysis_id: str) -> Job:
    """The tenant's analysis as it stands. Raises JobNotFoundError."""
    return service.job(tenant, analysis_id, Purpose.ANALYZE)


def _answer(service: BulkCompressionService, job: Job) -> Response:
    """The audit, or where to ask for it. Raises FileRefusedError and others, by the reason why there is none."""
    if job.state is not JobState.FINISHED:
        return _not_yet(job)
    (file,) = service.files(job, offset=0, limit=1)
    outcome = file.outcome
    if outcome is None or outcome.state is not FileState.DONE or not outcome.audit:
        raise _failure(outcome)
    return JSONResponse(AnalysisView.of(job, file, outcome.audit).model_dump(mode="json"))


def _not_yet(job: Job) -> Response:
    headers = {"Location": link_of(job), "Retry-After": str(RETRY_AFTER_S)}
    return JSONResponse(PendingAnalysisView.of(job).model_dump(mode="json"), 202, headers)


def _failure(outcome: Outcome | None) -> BulkpressError:
    """The error that a client is told of, for a file that ended so."""
    if outcome is None or outcome.reason == OURS or outcome.state is not FileState.FAILED:
        return AnalysisDefectError()
    return AnalysisPostponedError() if outcome.reason in PASSING else FileRefusedError(outcome)
