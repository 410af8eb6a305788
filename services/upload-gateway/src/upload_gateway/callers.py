"""Who sends a request: what authentication finds out, and all that routes know of it.

InvalidRequestError
├── NotAuthenticatedError     not_authenticated     401
│   └── InvalidTokenError     invalid_token         401
└── InsufficientScopeError    insufficient_scope    403
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from starlette.requests import Request

from bulkpress_core.domain.access import Scope
from bulkpress_core.domain.errors import InvalidRequestError
from bulkpress_core.domain.jobs import TenantId

__all__ = [
    "EVERYBODY",
    "Authenticator",
    "Caller",
    "InsufficientScopeError",
    "InvalidTokenError",
    "NotAuthenticatedError",
    "OpenToAll",
    "Scope",
]


class NotAuthenticatedError(InvalidRequestError):
    """The request does not show who sends it. Send `Authorization: Bearer` with an API key or a token."""

    code = "not_authenticated"
    challenge: ClassVar[str] = 'Bearer realm="bulkpress"'  # RFC 6750, 3: no error is told to who showed nothing

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer must say beside its body (RFC 9110, 11.6.1)."""
        return {"WWW-Authenticate": self.challenge}


class InvalidTokenError(NotAuthenticatedError):
    """The API key or token is unknown, expired, revoked, or not for this service. Ask its issuer for another."""

    code = "invalid_token"
    challenge = 'Bearer realm="bulkpress", error="invalid_token"'


class InsufficientScopeError(InvalidRequestError):
    """The caller is known, but may not do this."""

    code = "insufficient_scope"

    def __init__(self, needed: Scope) -> None:
        super().__init__(f"this needs the scope {needed.value}: use an API key or a token that has it")
        self.needed = needed

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer must say beside its body (RFC 6750, 3.1)."""
        challenge = f'Bearer realm="bulkpress", error="insufficient_scope", scope="{self.needed.value}"'
        return {"WWW-Authenticate": challenge}


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller. `name` tells the tenant's callers apart in logs: `key:` and an API key's id, `jwt:` and a subject."""

    tenant: TenantId
    scopes: frozenset[Scope]
    name: str


class Authenticator(Protocol):
    """Finds out who sends a request."""

    async def caller(self, request: Request) -> Caller:
        """The caller. Raises NotAuthenticatedError, and UnavailableError when that cannot be found out now."""


EVERYBODY = Caller(TenantId("default"), frozenset(Scope), "anonymous")


class OpenToAll:
    """No authentication: everybody is one tenant and may do everything."""

    async def caller(self, _request: Request) -> Caller:
        """Everybody."""
        return EVERYBODY
