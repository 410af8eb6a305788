"""Tokens of an issuer (JWT, RFC 7519) as credentials, verified as RFC 8725 recommends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.concurrency import run_in_threadpool

from bulkpress_core.domain.access import TENANT, Scope
from bulkpress_core.domain.jobs import TenantId
from upload_gateway.access.issuer import ALGORITHMS, KnownKeys
from upload_gateway.callers import Caller, InvalidTokenError

MAX_SUBJECT_CHARS = 128
NOT_PRINTABLE = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must say, and under which names it says whose it is."""

    issuer: str
    audience: str
    tenant_claim: str
    scope_claim: str
    leeway_s: int


class TokenJudge:
    """Judge by an issuer's signature. That its keys are not known now says nothing of a token: UnavailableError."""

    def __init__(self, keys: KnownKeys, rules: TokenRules) -> None:
        self._keys = keys
        self._rules = rules

    async def caller(self, credential: str) -> Caller:
        """Who the token was issued to."""
        return await run_in_threadpool(self._holder, credential)

    def _holder(self, token: str) -> Caller:
        claims = self._verified(token)
        tenant = claims.get(self._rules.tenant_claim)
        if not isinstance(tenant, str) or not TENANT.fullmatch(tenant):
            raise InvalidTokenError(f"the token's claim {self._rules.tenant_claim!r} names no tenant")
        subject = NOT_PRINTABLE.sub("?", str(claims["sub"]))[:MAX_SUBJECT_CHARS]
        return Caller(TenantId(tenant), _scopes(claims.get(self._rules.scope_claim)), f"jwt:{subject}")

    def _verified(self, token: str) -> Mapping[str, Any]:
        try:
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in ALGORITHMS:  # before anything is fetched for it; never `none`, never HMAC
                raise InvalidTokenError
            key = self._keys.key(str(head.get("kid", "")))
            if key is None:
                raise InvalidTokenError
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,  # brings its own algorithm with it: the header's must be the same
                algorithms=[key.algorithm_name],
                issuer=self._rules.issuer,
                audience=self._rules.audience,
                leeway=self._rules.leeway_s,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise InvalidTokenError from error
        return claims


def _scopes(claim: object) -> frozenset[Scope]:
    words = claim.split() if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return frozenset(scope for scope in Scope if scope.value in words)
