"""The HTTP app: routes, errors and figures around a BulkCompressionService."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from upload_gateway import problems
from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.metrics import Metrics
from upload_gateway.observing import ObservedRequests
from upload_gateway.routers import downloads, health, jobs, uploads

DESCRIPTION = (
    "Compresses PDFs in bulk. Upload files as one job, ask where it stands, download the results. "
    "Every error is a problem document (RFC 9457) with a stable `code`."
)


def create_app(service: BulkCompressionService, *, redirects_downloads: bool = False) -> FastAPI:
    """The gateway around this service. `redirects_downloads` sends single files by presigned URL where it can."""
    app = FastAPI(title="Bulkpress", version=version("bulkpress-upload-gateway"), description=DESCRIPTION)
    app.state.service = service
    app.state.metrics = Metrics()
    app.state.redirects_downloads = redirects_downloads
    for part in (uploads, jobs, downloads, health):
        app.include_router(part.router)
    problems.install(app)
    app.add_middleware(ObservedRequests, metrics=app.state.metrics)
    _describe_problems(app)
    return app


def _describe_problems(app: FastAPI) -> None:
    """Name the problem's schema in the OpenAPI document, so that generated clients have one class for it."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        document["components"]["schemas"]["Problem"] = problems.SCHEMA
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
