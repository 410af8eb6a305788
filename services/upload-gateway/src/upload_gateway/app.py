"""The HTTP app: routes, errors and figures around its parts."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from upload_gateway import problems
from upload_gateway.observing import ObservedRequests
from upload_gateway.parts import Parts
from upload_gateway.routers import downloads, events, health, jobs, lists, reports, uploads, webhooks

DESCRIPTION = (
    "Compresses PDFs in bulk. Upload files as one job, ask where it stands, download the results. "
    "Every error is a problem document (RFC 9457) with a stable `code`."
)


def create_app(parts: Parts) -> FastAPI:
    """The gateway made of these parts."""
    app = FastAPI(title="Bulkpress", version=version("bulkpress-upload-gateway"), description=DESCRIPTION)
    app.state.parts = parts
    for part in (uploads, jobs, lists, events, reports, downloads, webhooks, health):
        app.include_router(part.router)
    problems.install(app)
    app.add_middleware(ObservedRequests, metrics=parts.metrics)
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
