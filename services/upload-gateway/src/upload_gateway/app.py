"""The HTTP app: routes, errors and figures around its parts."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from upload_gateway import problems
from upload_gateway.callers import OpenToAll
from upload_gateway.head_requests import HeadRequests
from upload_gateway.observing import ObservedRequests
from upload_gateway.parts import Parts
from upload_gateway.routers import (
    analyses,
    audit,
    direct_uploads,
    downloads,
    events,
    health,
    jobs,
    lists,
    page,
    reports,
    uploads,
    webhooks,
)
from upload_gateway.safety import allow_origins

DESCRIPTION = (
    "Compresses PDFs in bulk. Upload files as one job, ask where it stands, download the results. "
    "Every error is a problem document (RFC 9457) with a stable `code`."
)
ROUTERS = (
    uploads,
    direct_uploads,
    analyses,
    jobs,
    lists,
    events,
    reports,
    downloads,
    webhooks,
    audit,
    health,
    page,
)


def create_app(parts: Parts) -> FastAPI:
    """The gateway made of these parts."""
    app = FastAPI(
        title="Bulkpress",
        version=version("bulkpress-upload-gateway"),
        description=DESCRIPTION,
        redoc_url=None,
        redirect_slashes=False,  # behind TLS that ends before us, such a redirect leads credentials out of it
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.parts = parts
    for part in ROUTERS:
        app.include_router(part.router)
    problems.install(app)
    app.add_middleware(HeadRequests)
    allow_origins(app, parts.cors_origins)
    app.add_middleware(ObservedRequests, metrics=parts.metrics, auditor=parts.auditor)
    _describe(app, parts)
    return app


def _describe(app: FastAPI, parts: Parts) -> None:
    """Say in the OpenAPI document what routes cannot: the problem's schema, once, what settings of ours decide, and the
    problems that may come before a guarded route is reached.
    """
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        document["components"]["schemas"]["Problem"] = problems.SCHEMA
        for schema in _named("expires_in", document):
            schema["maximum"] = int(parts.service.limits.max_expires_in.total_seconds())
        for schema in _named("size_bytes", document):
            if "minimum" in schema:  # of a file to be uploaded
                schema["maximum"] = parts.service.limits.max_file_bytes
        before_guarded = {str(status): told for status, told in problems.responses(*problems.OF_GUARDED).items()}
        for operation in (one for path in document["paths"].values() for one in path.values()):
            if "security" in operation:
                if isinstance(parts.authenticator, OpenToAll) and {} not in operation["security"]:
                    operation["security"].insert(0, {})  # nobody is asked
                operation["responses"] = dict(sorted((before_guarded | operation["responses"]).items()))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _named(name: str, within: Any) -> Iterator[dict[str, Any]]:
    """The schemas of all properties of this name."""
    if isinstance(within, dict):
        for key, value in within.items():
            if key == "properties" and isinstance(value.get(name), dict):
                yield value[name]
            yield from _named(name, value)
    elif isinstance(within, list):
        for value in within:
            yield from _named(name, value)
