"""What routes need, taken from the app they run in."""

from typing import Annotated

from fastapi import Depends, Path, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer, SecurityScopes

from upload_gateway.access.credentials import KEY_HEADER
from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.callers import Caller, InsufficientScopeError, Scope
from upload_gateway.metrics import Metrics
from upload_gateway.parts import Parts

# These only describe, for the OpenAPI document: `Parts.authenticator` reads the headers.
BEARER = HTTPBearer(auto_error=False, scheme_name="bearer", description="An API key (`bp_…`), or an issuer's token.")
API_KEY = APIKeyHeader(name=KEY_HEADER, auto_error=False, scheme_name="api_key", description="An API key.")


async def _parts(request: Request) -> Parts:  # async: a plain one would cost a change of threads
    parts: Parts = request.app.state.parts
    return parts


AppParts = Annotated[Parts, Depends(_parts)]


async def _caller(
    request: Request,
    parts: AppParts,
    needed: SecurityScopes,
    _bearer: Annotated[object, Security(BEARER)],
    _key: Annotated[object, Security(API_KEY)],
) -> Caller:
    """The caller, let in as one request more of its tenant, who may do what the route needs."""
    caller = await _authenticated(request, parts, needed)
    request.state.admitted = await parts.gate.admit(caller.tenant)
    return caller


async def _uploader(
    request: Request,
    parts: AppParts,
    needed: SecurityScopes,
    _bearer: Annotated[object, Security(BEARER)],
    _key: Annotated[object, Security(API_KEY)],
) -> Caller:
    """The caller, whom the route lets in itself, with `Gate.begin_upload`."""
    return await _authenticated(request, parts, needed)


async def _authenticated(request: Request, parts: Parts, needed: SecurityScopes) -> Caller:
    """The caller, who may do what the route needs; a route that names no scope needs all there are."""
    caller = await parts.authenticator.caller(request)
    request.state.caller = caller
    for scope in [Scope(word) for word in needed.scopes] or list(Scope):
        if scope not in caller.scopes:
            raise InsufficientScopeError(scope)
    return caller


async def _service(parts: AppParts) -> BulkCompressionService:
    return parts.service


async def _metrics(parts: AppParts) -> Metrics:
    return parts.metrics


Service = Annotated[BulkCompressionService, Depends(_service)]
GatewayMetrics = Annotated[Metrics, Depends(_metrics)]
# Who sends the request, once it is known that they may: every route that touches jobs takes one of these.
MayRead = Annotated[Caller, Security(_caller, scopes=[Scope.JOBS_READ])]
MayWrite = Annotated[Caller, Security(_caller, scopes=[Scope.JOBS_WRITE])]
MayUpload = Annotated[Caller, Security(_uploader, scopes=[Scope.JOBS_WRITE])]
MayAudit = Annotated[Caller, Security(_caller, scopes=[Scope.AUDIT_READ])]
JobIdParam = Annotated[str, Path(description="The job_id that the upload was answered with.")]
