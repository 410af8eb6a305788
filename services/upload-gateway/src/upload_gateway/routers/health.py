"""What machines ask: is it alive, can it work, what has it done."""

from fastapi import APIRouter, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from upload_gateway.dependencies import GatewayMetrics, Service
from upload_gateway.problems import NotReadyError, responses

router = APIRouter(tags=["operation"])


@router.get("/healthz", operation_id="read_health", summary="Is the process alive?")
async def read_health() -> dict[str, str]:
    """Answers as long as the process does, whatever is out of reach: restarting it would not help."""
    return {"status": "alive"}


@router.get("/readyz", operation_id="read_readiness", summary="Can it work?", responses=responses(503))
def read_readiness(service: Service) -> dict[str, str]:
    """Asks the state store, the object store and the broker. 503 names in `failed` which do not answer."""
    if failed := service.out_of_reach():
        raise NotReadyError(failed)
    return {"status": "ready"}


@router.get(
    "/metrics",
    operation_id="read_metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def read_metrics(metrics: GatewayMetrics) -> Response:
    """Requests, latencies, uploaded bytes and the process, in Prometheus' text format."""
    return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
