"""What routes need, taken from the app they run in."""

from typing import Annotated

from fastapi import Depends, Path, Request

from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.metrics import Metrics


async def _service(request: Request) -> BulkCompressionService:  # async: a plain one would cost a change of threads
    service: BulkCompressionService = request.app.state.service
    return service


async def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


async def _redirects_downloads(request: Request) -> bool:
    redirects: bool = request.app.state.redirects_downloads
    return redirects


Service = Annotated[BulkCompressionService, Depends(_service)]
GatewayMetrics = Annotated[Metrics, Depends(_metrics)]
RedirectsDownloads = Annotated[bool, Depends(_redirects_downloads)]
JobIdParam = Annotated[str, Path(description="The job_id that the upload was answered with.")]
