"""Errors as HTTP answers: the one table from errors to statuses, and their form, problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match

from bulkpress_core.domain.direct_uploads import NoDirectUploadsError
from bulkpress_core.domain.errors import (
    BulkpressError,
    ConflictError,
    FileTooLargeError,
    IdempotencyKeyInUseError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    JobNotFinishedError,
    JobNotFoundError,
    JobTooLargeError,
    LimitExceededError,
    MessageNotFoundError,
    NoResultsError,
    NoSourceError,
    ObjectNotFoundError,
    TooManyFilesError,
    UnavailableError,
)
from upload_gateway.callers import InsufficientScopeError, NotAuthenticatedError
from upload_gateway.intake import FileRefusedError, NotAPdfError
from upload_gateway.json_bodies import BodyTooLargeError, MalformedJsonError
from upload_gateway.ranges import PreconditionFailedError, RangeNotSatisfiableError
from upload_gateway.reading import FileNotFoundInJobError
from upload_gateway.s3_jobs import ManifestTooLargeError, PrefixNotAllowedError
from upload_gateway.uploads import (
    EncodedBodyError,
    LateFileSettingsError,
    MalformedMultipartError,
    NotMultipartError,
    SettingsOfNoFileError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
CLIENT_CLOSED_REQUEST = 499  # nobody reads it; logs and metrics count it, under the number nginx made common

# The nearest class in an error's ancestry decides.
STATUSES: Mapping[type[Exception], int] = {
    MalformedMultipartError: 400,
    MalformedJsonError: 400,
    NotAuthenticatedError: 401,
    InsufficientScopeError: 403,
    PrefixNotAllowedError: 403,
    JobNotFoundError: 404,
    FileNotFoundInJobError: 404,
    MessageNotFoundError: 404,
    JobNotFinishedError: 409,
    NoResultsError: 409,
    NoSourceError: 409,
    NoDirectUploadsError: 409,  # not 422: the request is sound, this installation is not made for it
    ConflictError: 409,
    LateFileSettingsError: 409,
    SettingsOfNoFileError: 409,
    ObjectNotFoundError: 410,
    BodyTooLargeError: 413,
    ManifestTooLargeError: 413,
    FileTooLargeError: 413,
    JobTooLargeError: 413,
    TooManyFilesError: 413,
    EncodedBodyError: 415,
    NotMultipartError: 415,
    NotAPdfError: 415,
    PreconditionFailedError: 412,
    RangeNotSatisfiableError: 416,
    IdempotencyKeyReusedError: 409,  # not the draft's 422: the request is sound, what was sent before is in its way
    InvalidRequestError: 422,
    RequestValidationError: 422,
    LimitExceededError: 429,
    ClientDisconnect: CLIENT_CLOSED_REQUEST,
    BulkpressError: 500,
    UnavailableError: 503,
}
OF_GUARDED = (401, 403, 429, 503)  # of every route that asks who calls
TRY_AGAIN_LATER = (
    IdempotencyKeyInUseError,
    JobNotFinishedError,
    UnavailableError,
)  # answered with Retry-After

# What clients are told where the error itself speaks to operators or names inner parts.
DETAILS_FOR_CLIENTS: Mapping[int, str] = {
    500: "Something went wrong inside Bulkpress. Report it with the request id of this answer.",
    503: f"A part of Bulkpress is out of reach just now. Try again in {RETRY_AFTER_S} seconds.",
}

DETAILS_OF_FRAMEWORK: Mapping[int, str] = {
    404: "There is nothing at this path. /docs lists what there is.",
    405: "This path does not take this method. The Allow header lists those it takes.",
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "description": "A URN for this kind of problem."},
        "title": {"type": "string", "description": "The HTTP status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What failed, why, and what to do. For people."},
        "code": {"type": "string", "description": "What failed, for programs. Never changes its meaning."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "failed": {"type": "array", "items": {"type": "string"}, "description": "Of /readyz: what is out of reach."},
    },
}

log = structlog.get_logger(__name__)


class NotReadyError(UnavailableError):
    """The gateway cannot work just now. `failed` names what is out of reach."""

    code = "not_ready"

    def __init__(self, failed: Mapping[str, str]) -> None:
        super().__init__(f"out of reach: {', '.join(failed)}")
        self.failed = failed


def install(app: FastAPI) -> None:
    """Make the app answer every error, its framework's own included, as a problem."""

    async def answer_error(request: Request, error: Exception) -> JSONResponse:
        problem = answer(error)
        if problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            problem.headers["Allow"] = ", ".join(_methods_at(request))
        return problem

    for kind in (BulkpressError, HTTPException, RequestValidationError, ClientDisconnect):
        app.add_exception_handler(kind, answer_error)


def answer(error: Exception) -> JSONResponse:
    """The problem that tells a client of this error. What only operators may read goes to the log instead."""
    if isinstance(error, HTTPException):  # the framework's own: no such path, method not allowed
        detail = DETAILS_OF_FRAMEWORK.get(error.status_code, str(error.detail))
        return _problem(error.status_code, HTTPStatus(error.status_code).name.lower(), detail, headers=error.headers)
    status = status_of(error)
    if isinstance(error, RequestValidationError):
        errors = [{"field": ".".join(map(str, one["loc"][1:])), "message": one["msg"]} for one in error.errors()]
        detail = "; ".join(f"{one['field']}: {one['message']}" for one in errors)
        return _problem(status, "invalid_request", detail, errors=errors)
    code = (
        error.reason
        if isinstance(error, FileRefusedError)
        else getattr(error, "code", "client_disconnected" if status == CLIENT_CLOSED_REQUEST else "internal_error")
    )
    if status >= 500:
        told = (
            "; ".join(f"{name}: {why}" for name, why in error.failed.items())
            if isinstance(error, NotReadyError)
            else ""
        )
        log.error("request.failed", code=code, error=told or str(error), exc_info=None if status == 503 else error)
    headers: dict[str, str] = dict(getattr(error, "headers", {}))
    if isinstance(error, TRY_AGAIN_LATER):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, NotReadyError):
        return _problem(status, code, str(error), headers=headers, failed=list(error.failed))
    return _problem(status, code, DETAILS_FOR_CLIENTS.get(status, str(error)), headers=headers)


def _methods_at(request: Request) -> list[str]:
    """All methods that the request's path takes (RFC 9110, 10.2.1): the framework names those of one route only."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    taken = {method for method in METHODS if takes(method)}
    return sorted(taken | {"HEAD"} if "GET" in taken else taken)


def status_of(error: Exception) -> int:
    """The HTTP status for this error; 500 for any that the table does not know."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI descriptions of these error statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def _problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    title = "Client Closed Request" if status == CLIENT_CLOSED_REQUEST else HTTPStatus(status).phrase
    body = {"type": f"urn:bulkpress:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    return JSONResponse(body | more, status, headers, media_type=MEDIA_TYPE)
