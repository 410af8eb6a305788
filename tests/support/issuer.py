"""An issuer of tokens: keys of its own, a key set, and tokens as a test wants them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from bulkpress_core.domain.errors import IssuerUnavailableError

ISSUER, AUDIENCE = "https://issuer.example/", "bulkpress"


class Issuer:
    """IssuerKeys in memory, with a key for each algorithm; can be put out of reach, and counts what it was asked."""

    def __init__(self) -> None:
        self.private: dict[str, Any] = {
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        }
        self.keys: list[dict[str, Any]] = [self.public(algorithm) for algorithm in self.private]
        self.is_away = False
        self.asked = 0

    def fetch(self) -> Mapping[str, Any]:
        """The key set."""
        self.asked += 1
        if self.is_away:
            raise IssuerUnavailableError("the issuer does not answer")
        return {"keys": self.keys}

    def public(self, algorithm: str, **more: Any) -> dict[str, Any]:
        """The public key of that algorithm, as a member of a key set."""
        made = jwt.get_algorithm_by_name(algorithm).to_jwk(self.private[algorithm].public_key(), as_dict=True)
        return {**made, "kid": algorithm, "use": "sig", **more}

    def token(self, now: datetime, algorithm: str = "ES256", *, key_id: str | None = None, **claims: Any) -> str:
        """A token that is good for five minutes, with these claims changed; None takes one out."""
        good = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "alice",
            "exp": now + timedelta(minutes=5),
            "tenant": "acme",
            "scope": "openid jobs:read",
        }
        told = {name: value for name, value in (good | claims).items() if value is not None}
        return jwt.encode(told, self.private[algorithm], algorithm, headers={"kid": key_id or algorithm})


def key_set(issuer: Issuer) -> bytes:
    """The key set as it goes over the wire."""
    return json.dumps({"keys": issuer.keys}).encode()
