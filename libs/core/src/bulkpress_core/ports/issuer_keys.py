"""The public keys by which an issuer's tokens are verified."""

from collections.abc import Mapping
from typing import Any, Protocol


class IssuerKeys(Protocol):
    """Where an issuer publishes its keys."""

    def fetch(self) -> Mapping[str, Any]:
        """The key set as published now (RFC 7517, 5). Raises IssuerUnavailableError."""
