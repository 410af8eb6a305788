"""The limiter: what each tenant has taken, metered for all gateways together."""

from datetime import datetime, timedelta
from typing import Protocol

from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.domain.limits import Admitted, TenantLimits


class Limiter(Protocol):
    """Every method is atomic, one round trip, and may raise StateUnavailableError. Times are aware, UTC."""

    def admit(self, tenant: TenantId, limits: TenantLimits, *, now: datetime) -> Admitted:
        """Count one request. Raises TooManyRequestsError, which counts nothing."""

    def begin_upload(
        self,
        tenant: TenantId,
        limits: TenantLimits,
        upload_id: str,
        announced_bytes: int,
        *,
        now: datetime,
        lease: timedelta,
    ) -> Admitted:
        """Count one request that is an upload of so many bytes (0 where that is not told), open until it is ended.

        An upload whose gateway died ends by itself after `lease`, and costs nothing. Raises TooManyRequestsError,
        TooManyUploadsError, TooManyFilesWaitingError and DailyBytesUsedUpError; all but the first count the request and
        nothing else. Beginning the same upload twice counts once.
        """

    def renew_upload(self, tenant: TenantId, upload_id: str, *, now: datetime, lease: timedelta) -> None:
        """Say that the upload goes on."""

    def end_upload(
        self, tenant: TenantId, limits: TenantLimits, upload_id: str, received_bytes: int, *, now: datetime
    ) -> None:
        """End the upload, which costs what came, whatever it had announced. Ending it twice is no error."""
