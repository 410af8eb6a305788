"""POST /api/compress/bulk: a job's files and settings, streamed to the object store as they arrive."""

from time import monotonic
from typing import Any

import structlog
from anyio import CancelScope
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from bulkpress_core.domain.jobs import Job, Purpose
from upload_gateway import json_bodies, option_schema, remote_jobs
from upload_gateway.callers import Caller
from upload_gateway.dependencies import AppParts, MayUpload
from upload_gateway.idempotency import IdempotencyKey, Once
from upload_gateway.intake import Intake
from upload_gateway.leases import renewing
from upload_gateway.parts import Parts
from upload_gateway.problems import responses
from upload_gateway.tenant_limits import Upload
from upload_gateway.uploads import BULK_FORM, Form, UploadReader, boundary_of, check_coding
from upload_gateway.views import PREFIX, AcceptedJobView

PIECE_BYTES = 256 * 1024  # every piece costs a change of threads
FED_EVERY_S = 15.0  # however few have come: what is never heard of is taken for broken off
MAX_DIGITS = 18

BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"},
                        "description": "The PDFs: the part is repeated for each.",
                    },
                    "file_settings": option_schema.FILE_SETTINGS,
                    **option_schema.ALL,
                },
                "additionalProperties": False,
                **option_schema.CONTRADICTIONS,
            },
            "encoding": {
                "files": {"contentType": "application/pdf, application/octet-stream"},
                "file_settings": {"contentType": "application/json"},
            },
        },
        "application/json": {"schema": remote_jobs.SCHEMA},
    },
}

router = APIRouter(prefix=PREFIX, tags=["jobs"])
log = structlog.get_logger(__name__)


@router.post(
    "/bulk",
    status_code=202,
    operation_id="create_bulk_job",
    summary="Compress files as one job",
    responses={
        202: {"headers": {"Location": {"schema": {"type": "string"}}}},
        **responses(400, 409, 413, 415, 422, 503),
    },
    openapi_extra={"requestBody": BODY},
)
async def create_bulk_job(
    request: Request,
    response: Response,
    parts: AppParts,
    caller: MayUpload,
    idempotency_key: IdempotencyKey = None,
) -> AcceptedJobView:
    """Take in the files; the answer comes when all are stored, before any is compressed.

    As JSON, files are named by their addresses or as objects in S3, and fetched by the workers: the answer comes
    before any is. Objects are read, and results written, where the operator lets the tenant. Or they are named with
    their sizes, and wait for you to upload them straight to the object store: `links.uploads` tells how.

    Settings may come before or after the files, `file_settings` before those it speaks of. Names may have folders,
    `a/b/c.pdf`: the tree is kept. A file that is no PDF does not fail the request: it ends at once with the reason
    `not_a_pdf`, and is neither stored nor compressed. When the request fails, nothing of it is kept.
    """
    accepted = AcceptedJobView.of(await received(request, parts, caller, idempotency_key))
    response.headers["Location"] = f"{PREFIX}/jobs/{accepted.job_id}"
    return accepted


async def received(
    request: Request,
    parts: Parts,
    caller: Caller,
    key: str | None = None,
    *,
    form: Form = BULK_FORM,
    purpose: Purpose = Purpose.COMPRESS,
) -> Job:
    """The job, handed in. Whatever goes wrong, also the client's leaving, discards all that was stored."""
    check_coding(request.headers.get("content-encoding"))
    content_type = request.headers.get("content-type")
    takes_json = purpose is Purpose.COMPRESS and json_bodies.is_json(content_type)
    boundary = None if takes_json else boundary_of(content_type)
    parts.service.check_announced(caller.tenant, content_length(request))
    if boundary is None:
        json_bodies.check_length(content_length(request))
    upload = await parts.gate.begin_upload(caller.tenant, content_length(request))
    request.state.admitted = upload.admitted
    keeping = renewing(upload.keep)
    try:
        body = await json_bodies.read_body(request.stream()) if boundary is None else b""
        async with parts.once_only.begin(request, caller.tenant, key, body) as once:
            if once.made_before:
                return await run_in_threadpool(parts.service.job, caller.tenant, once.made_before)
            if boundary is None:
                return await _named(body, upload, once, parts)
            service = parts.service
            intake = await run_in_threadpool(service.open_intake, upload.tenant, once.job_id, purpose)
            reader = UploadReader(boundary, intake, service.read_options, service.read_file_settings, form)
            return await _streamed(request, upload, once, parts, intake=intake, reader=reader)
    finally:
        keeping.cancel()
        with CancelScope(shield=True):
            await run_in_threadpool(upload.end)


async def _named(body: bytes, upload: Upload, once: Once, parts: Parts) -> Job:
    """The job whose files are named in a JSON body."""

    def keep(size_bytes: int) -> None:  # lists of S3 come slowly; what is to be uploaded counts as if it were here
        upload.receive(size_bytes)
        once.keep()

    def take_in() -> Job:
        upload.receive(len(body))
        return parts.service.take_in(upload.tenant, json_bodies.object_of(body), once.job_id, keep)

    return await run_in_threadpool(take_in)


async def _streamed(
    request: Request, upload: Upload, once: Once, parts: Parts, *, intake: Intake, reader: UploadReader
) -> Job:
    service, metrics = parts.service, parts.metrics

    def feed(piece: bytes) -> None:
        upload.receive(len(piece))
        once.keep()
        reader.feed(piece)
        metrics.uploaded_bytes.inc(len(piece))

    try:
        piece, fed_at = bytearray(), monotonic()
        async for chunk in request.stream():
            piece += chunk
            if len(piece) >= PIECE_BYTES or monotonic() - fed_at >= FED_EVERY_S:
                await run_in_threadpool(feed, bytes(piece))
                piece.clear()
                fed_at = monotonic()
        await run_in_threadpool(feed, bytes(piece))
        return await run_in_threadpool(service.hand_in, intake, reader.finish())
    except BaseException:
        with CancelScope(shield=True):
            await run_in_threadpool(reader.abandon)
        raise


def content_length(request: Request) -> int | None:
    """How long the body will be, if that was told."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= MAX_DIGITS else None
