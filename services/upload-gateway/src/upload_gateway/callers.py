"""Who sends a request: what authentication finds out, and all that routes know of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from starlette.requests import Request

from bulkpress_core.domain.jobs import TenantId


class Scope(StrEnum):
    """What a caller may do."""

    JOBS_READ = "jobs:read"  # see jobs and download results
    JOBS_WRITE = "jobs:write"  # create, change and delete jobs


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller. `name` tells the tenant's callers apart in logs: an API key's id, a token's subject."""

    tenant: TenantId
    scopes: frozenset[Scope]
    name: str


class Authenticator(Protocol):
    """Finds out who sends a request."""

    async def caller(self, request: Request) -> Caller:
        """The caller. Raises an InvalidRequestError that stands for 401."""


EVERYBODY = Caller(TenantId("default"), frozenset(Scope), "anonymous")


class OpenToAll:
    """No authentication: everybody is one tenant and may do everything."""

    async def caller(self, _request: Request) -> Caller:
        """Everybody."""
        return EVERYBODY
