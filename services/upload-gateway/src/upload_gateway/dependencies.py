"""What routes need, taken from the app they run in."""

from typing import Annotated

from fastapi import Depends, Path, Request

from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.callers import Caller
from upload_gateway.metrics import Metrics
from upload_gateway.parts import Parts


async def _parts(request: Request) -> Parts:  # async: a plain one would cost a change of threads
    parts: Parts = request.app.state.parts
    return parts


AppParts = Annotated[Parts, Depends(_parts)]


async def _caller(request: Request, parts: AppParts) -> Caller:
    return await parts.authenticator.caller(request)


async def _service(parts: AppParts) -> BulkCompressionService:
    return parts.service


async def _metrics(parts: AppParts) -> Metrics:
    return parts.metrics


Service = Annotated[BulkCompressionService, Depends(_service)]
GatewayMetrics = Annotated[Metrics, Depends(_metrics)]
ByCaller = Annotated[Caller, Depends(_caller)]
JobIdParam = Annotated[str, Path(description="The job_id that the upload was answered with.")]
