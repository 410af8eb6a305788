"""What a request shows of its sender, and who is to judge it."""

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from bulkpress_core.domain.access import key_id_of
from upload_gateway.callers import Caller, InvalidTokenError, NotAuthenticatedError

KEY_HEADER = "X-API-Key"
MAX_CREDENTIAL_CHARS = 16 * 1024  # an issuer's token with a hundred groups has some 8 KiB


class Judge(Protocol):
    """Knows one kind of credential."""

    async def caller(self, credential: str) -> Caller:
        """Who it belongs to. Raises InvalidTokenError, and UnavailableError when that cannot be found out now."""


@dataclass(frozen=True, slots=True)
class CredentialAuthenticator:
    """Authenticator by `Authorization: Bearer`, or for API keys by `X-API-Key`. What is None is not accepted."""

    keys: Judge | None = None
    tokens: Judge | None = None

    async def caller(self, request: Request) -> Caller:
        """The caller."""
        credential, in_key_header = _shown(request)
        if in_key_header or credential.startswith("bp_"):
            if self.keys is None or key_id_of(credential) is None:  # nobody need be asked about those
                raise InvalidTokenError
            return await self.keys.caller(credential)
        if self.tokens is None:
            raise InvalidTokenError
        return await self.tokens.caller(credential)


def _shown(request: Request) -> tuple[str, bool]:
    """The one credential shown, and whether as X-API-Key. Two might be believed by two programs."""
    bearers, keys = request.headers.getlist("Authorization"), request.headers.getlist(KEY_HEADER)
    if not bearers and not keys:
        raise NotAuthenticatedError
    if len(bearers) + len(keys) > 1:
        raise InvalidTokenError("the request shows more than one credential: send one")
    if keys:
        return _bounded(keys[0]), True
    scheme, _, credential = bearers[0].partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticatedError
    return _bounded(credential.strip()), False


def _bounded(credential: str) -> str:
    if not credential or len(credential) > MAX_CREDENTIAL_CHARS or not credential.isascii():
        raise InvalidTokenError
    return credential
