"""Idempotency keys: which job a client's key stands for (draft-ietf-httpapi-idempotency-key-header)."""

from datetime import datetime, timedelta
from typing import Protocol

from bulkpress_core.domain.jobs import JobId, TenantId


class IdempotencyKeys(Protocol):
    """Every method is atomic and one round trip, and may raise StateUnavailableError. Times are aware, UTC.

    A key is spent by its job being handed in, and by nothing else: there is no moment in which a crash could leave a
    job without its key, or a key without its job.
    """

    def begin(
        self, tenant: TenantId, key: str, fingerprint: str, job_id: JobId, *, now: datetime, lease: timedelta
    ) -> JobId | None:
        """Let the key stand for the job that is about to be received, for a day; return None.

        Returns the job that it stands for already, if that was handed in. Raises IdempotencyKeyInUseError while that is
        still being received, which ends with the lease; IdempotencyKeyReusedError where the fingerprint is another.
        """

    def renew(self, tenant: TenantId, key: str, job_id: JobId, *, now: datetime, lease: timedelta) -> None:
        """Say that the job is still being received."""

    def release(self, tenant: TenantId, key: str, job_id: JobId) -> None:
        """Forget that the key stands for the job, which came to nothing."""
