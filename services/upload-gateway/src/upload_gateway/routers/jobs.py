"""/api/compress/jobs/{job_id}: where a job stands, and what can be done about it."""

from typing import Annotated

from fastapi import APIRouter, Query

from bulkpress_core.domain.jobs import Job
from upload_gateway.bulk_compression_service import FILES_PER_PAGE, BulkCompressionService
from upload_gateway.dependencies import AppParts, JobIdParam, MayRead, MayWrite, Service
from upload_gateway.problems import responses
from upload_gateway.views import PREFIX, JobView, ReceiptView

router = APIRouter(prefix=PREFIX, tags=["jobs"])


def view_of(service: BulkCompressionService, job: Job, *, offset: int = 0, limit: int = FILES_PER_PAGE) -> JobView:
    """The job as clients see it, with a page of its files."""
    files = service.files(job, offset=offset, limit=limit)
    return JobView.with_files(job, files, now=service.now(), place=service.place(job))


@router.get("/jobs/{job_id}", operation_id="read_job", summary="Where a job stands", responses=responses(404, 422, 503))
def read_job(
    job_id: JobIdParam,
    service: Service,
    caller: MayRead,
    offset: Annotated[int, Query(ge=0, le=2**53, description="Number of the first file to list.")] = 0,
    limit: Annotated[int, Query(ge=1, le=FILES_PER_PAGE, description="How many files to list.")] = FILES_PER_PAGE,
) -> JobView:
    """Its progress, sums, place in the queue, and a page of its files. Unknown, expired and others' jobs answer 404."""
    job = service.job(caller.tenant, job_id)
    return view_of(service, job, offset=offset, limit=limit)


@router.post(
    "/jobs/{job_id}/cancel", operation_id="cancel_job", summary="Stop a job", responses=responses(404, 422, 503)
)
def cancel_job(job_id: JobIdParam, parts: AppParts, caller: MayWrite) -> JobView:
    """Files that wait end at once, those being pressed within two seconds; results that are there stay.

    A finished job stays as it is, so cancelling twice is no error.
    """
    job = parts.service.cancel(caller.tenant, job_id)
    if job.webhook_url:
        parts.webhooks.call()
    return view_of(parts.service, job)


@router.post(
    "/jobs/{job_id}/retry",
    status_code=202,
    operation_id="retry_job",
    summary="Press a job's failed files again",
    responses=responses(404, 409, 422, 503),
)
def retry_job(job_id: JobIdParam, service: Service, caller: MayWrite) -> JobView:
    """Only the failed files: what is done or kept stays. 409 for a job that was cancelled."""
    job = service.retry(caller.tenant, job_id)
    return view_of(service, job)


@router.delete("/jobs/{job_id}", operation_id="delete_job", summary="Delete a job", responses=responses(404, 422, 503))
def delete_job(job_id: JobIdParam, service: Service, caller: MayWrite) -> ReceiptView:
    """Stop it and delete its files, results and records at once. The answer, the receipt, stays in the audit log."""
    return ReceiptView.of(service.delete(caller.tenant, job_id))


@router.get("/deletions", operation_id="read_deletions", summary="Jobs deleted on demand", responses=responses(503))
def read_deletions(service: Service, caller: MayRead) -> list[ReceiptView]:
    """The receipts of the last deletions, newest first."""
    return [ReceiptView.of(receipt) for receipt in service.receipts(caller.tenant)]
