"""GET /api/compress/jobs/{job_id}: where a job stands."""

from typing import Annotated

from fastapi import APIRouter, Query

from upload_gateway.bulk_compression_service import FILES_PER_PAGE
from upload_gateway.dependencies import JobIdParam, Service
from upload_gateway.problems import responses
from upload_gateway.views import PREFIX, JobView

router = APIRouter(prefix=PREFIX, tags=["jobs"])


@router.get("/jobs/{job_id}", operation_id="read_job", summary="Where a job stands", responses=responses(404, 422, 503))
def read_job(
    job_id: JobIdParam,
    service: Service,
    offset: Annotated[int, Query(ge=0, le=2**53, description="Number of the first file to list.")] = 0,
    limit: Annotated[int, Query(ge=1, le=FILES_PER_PAGE, description="How many files to list.")] = FILES_PER_PAGE,
) -> JobView:
    """The job's progress and sums, and a page of its files. Unknown and expired jobs both answer 404."""
    job = service.job(job_id)
    return JobView.of(job, service.files(job, offset=offset, limit=limit))
