"""The issuer's keys, kept for a while, and fetched anew no oftener than need be."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import jwt
import structlog

from bulkpress_core.domain.errors import IssuerUnavailableError
from bulkpress_core.ports.issuer_keys import IssuerKeys
from upload_gateway.clock import Clock

ALGORITHM_OF = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}  # by `kty`; symmetric keys are no issuer's public ones
ALGORITHMS = frozenset(ALGORITHM_OF.values())
FRESH_FOR = timedelta(minutes=10)
GOOD_FOR = timedelta(hours=1)  # with the issuer away; a key it withdrew meanwhile is believed no longer than that
ASKED_EVERY = timedelta(seconds=15)  # at most: tokens with made-up key ids must not make us flood the issuer
MAX_KEYS = 100
MIN_RSA_BITS = 2048

log = structlog.get_logger(__name__)


class KnownKeys:
    """The issuer's keys by id. Safe for use by several threads: one fetches while the others wait for it."""

    def __init__(self, issuer: IssuerKeys, clock: Clock) -> None:
        self._issuer = issuer
        self._clock = clock
        self._lock = Lock()
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._failure: IssuerUnavailableError | None = None

    def key(self, key_id: str) -> jwt.PyJWK | None:
        """The key with that id; None if the issuer has none. Raises IssuerUnavailableError when that is not known."""
        with self._lock:
            now = self._clock()
            if key_id not in self._keys or not self._is_within(FRESH_FOR, now):
                self._ask(now)
            if key_id in self._keys and self._is_within(GOOD_FOR, now):
                return self._keys[key_id]
            if self._failure:
                raise IssuerUnavailableError(str(self._failure))
            return None

    def _is_within(self, span: timedelta, now: datetime) -> bool:
        return self._fetched_at is not None and now - self._fetched_at < span

    def _ask(self, now: datetime) -> None:
        if self._asked_at is not None and now - self._asked_at < ASKED_EVERY:
            return
        self._asked_at = now
        try:
            self._keys = _keys_in(self._issuer.fetch())
        except IssuerUnavailableError as error:
            self._failure = error
            log.warning("issuer.unavailable", error=str(error))
        else:
            self._failure, self._fetched_at = None, now
            log.info("issuer.keys_fetched", keys=len(self._keys))


def _keys_in(key_set: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The keys that may verify signatures; what is of another kind or cannot be read is passed over."""
    found = {}
    for one in key_set["keys"][:MAX_KEYS]:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or not isinstance(one.get("kid"), str):
            continue
        algorithm = ALGORITHM_OF.get(str(one.get("kty")))
        if algorithm is None or one.get("alg", algorithm) not in {algorithm, "Ed25519"}:
            continue
        try:
            key = jwt.PyJWK(one, algorithm=algorithm)
            _check_strength(key)
            found[one["kid"]] = key
        except (jwt.PyJWTError, ValueError) as error:
            log.warning("issuer.key_passed_over", key_id=one["kid"][:80], error=str(error))
    return found


def _check_strength(key: jwt.PyJWK) -> None:
    """RS256 needs 2048 bits, ES256 the curve P-256 (RFC 7518, 3.3 and 3.4). Raises ValueError."""
    bits = getattr(key.key, "key_size", 0)  # an Ed25519 key has but one size, and tells none
    if (key.algorithm_name == "RS256" and bits < MIN_RSA_BITS) or (key.algorithm_name == "ES256" and bits != 256):
        raise ValueError(f"a key of {bits} bits is not for {key.algorithm_name}")
