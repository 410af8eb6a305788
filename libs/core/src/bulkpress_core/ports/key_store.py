"""Where API keys are kept, without their secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bulkpress_core.domain.access import ApiKey
from bulkpress_core.domain.jobs import TenantId


class KeyStore(Protocol):
    """API keys by id. Any method may raise StateUnavailableError; what is changed is seen by the next `find`.

    A key is forgotten some time after it expired or was revoked.
    """

    def add(self, key: ApiKey) -> None:
        """Keep a new key. Raises ConflictError when its id is taken."""

    def find(self, key_id: str) -> ApiKey | None:
        """The key with that id, good or not; None if there is none."""

    def listed(self, tenant: TenantId | None = None) -> Sequence[ApiKey]:
        """All keys, or those of one tenant, oldest first."""

    def rotate(self, key: ApiKey, digest: str, *, former_until: datetime) -> ApiKey:
        """Give the key a new secret and keep its present one open for a while; return it.

        Raises KeyNotFoundError for one that is gone or revoked, ConflictError when it was rotated since it was read.
        """

    def revoke(self, key_id: str, *, now: datetime) -> ApiKey:
        """Close the key at once. Raises KeyNotFoundError; of one revoked before, also."""

    def touch(self, key_id: str, *, now: datetime) -> None:
        """Note that the key was used; of one that is gone or revoked, nothing is noted, and that is no error."""
