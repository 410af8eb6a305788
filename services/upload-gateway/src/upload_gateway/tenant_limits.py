"""What each tenant may take: asked for every request, told in every answer, held to while an upload goes on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from starlette.concurrency import run_in_threadpool

from bulkpress_core.domain.errors import DailyBytesUsedUpError, UnavailableError
from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.domain.limits import BYTES_WINDOW, Admitted, Quota, TenantLimits
from bulkpress_core.ports.limiter import Limiter
from upload_gateway.clock import Clock

LEASE = timedelta(minutes=2)  # after which an upload whose gateway died no longer counts
RENEWED_EVERY = LEASE / 4
UNITS = {"bytes": ';qu="content-bytes"'}

log = structlog.get_logger(__name__)


class Gate:
    """Lets requests in, as far as their tenant's limits allow. One call to the limiter for each at most."""

    def __init__(self, limiter: Limiter, limits_of: Callable[[TenantId], TenantLimits], clock: Clock) -> None:
        self._limiter = limiter
        self._limits_of = limits_of
        self._clock = clock

    async def admit(self, tenant: TenantId) -> Admitted:
        """Let a request in. Raises TooManyRequestsError, StateUnavailableError."""
        limits = self._limits_of(tenant)
        if limits.requests_per_minute is None:
            return Admitted()
        return await run_in_threadpool(self._limiter.admit, tenant, limits, now=self._clock())

    async def begin_upload(self, tenant: TenantId, announced_bytes: int | None) -> "Upload":
        """Let an upload in, whose length may have been told. Raises LimitExceededError, StateUnavailableError."""
        limits = self._limits_of(tenant)
        upload = Upload(tenant, limits, announced_bytes or 0, self._limiter, self._clock)
        if limits.are_none:
            return upload
        if limits.bytes_per_day is not None and upload.announced_bytes > limits.bytes_per_day:
            raise DailyBytesUsedUpError(BYTES_WINDOW)
        upload.admitted = await run_in_threadpool(
            self._limiter.begin_upload,
            tenant,
            limits,
            upload.id,
            upload.announced_bytes,
            now=self._clock(),
            lease=LEASE,
        )
        return upload


@dataclass(slots=True)
class Upload:
    """One upload under way."""

    tenant: TenantId
    limits: TenantLimits
    announced_bytes: int
    limiter: Limiter
    clock: Clock
    id: str = field(default_factory=lambda: uuid4().hex)
    admitted: Admitted = field(default_factory=Admitted)
    received_bytes: int = 0
    _renew_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._renew_at = self.clock() + RENEWED_EVERY

    def receive(self, size_bytes: int) -> None:
        """Count bytes that came. Raises DailyBytesUsedUpError when they are more than the tenant has left."""
        self.received_bytes += size_bytes
        left = self.admitted.bytes
        if left and self.received_bytes > self.announced_bytes + left.remaining:
            raise DailyBytesUsedUpError(left.whole_in)
        self.keep()

    def keep(self) -> None:
        """Say now and then that it goes on, or its place would be taken for free."""
        is_listed = self.limits.uploads_at_once is not None or self.limits.bytes_per_day is not None
        if is_listed and (now := self.clock()) >= self._renew_at:
            self._renew_at = now + RENEWED_EVERY
            self.limiter.renew_upload(self.tenant, self.id, now=now, lease=LEASE)

    def end(self) -> None:
        """Give its place back and put right what it took. A limiter out of reach does so when the lease is over."""
        if self.limits.limit_no_upload:
            return
        try:
            self.limiter.end_upload(self.tenant, self.limits, self.id, self.received_bytes, now=self.clock())
        except UnavailableError as error:
            log.warning("upload.not_ended", code=error.code, error=str(error))


def header_fields(admitted: Admitted) -> Iterator[tuple[str, str]]:
    """How the tenant stands, as `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-09)."""
    quotas = [quota for quota in (admitted.requests, admitted.bytes) if quota]
    if quotas:
        yield "RateLimit-Policy", ", ".join(map(_policy, quotas))
        yield "RateLimit", ", ".join(map(_limit, quotas))


def _policy(quota: Quota) -> str:
    return f'"{quota.name}";q={quota.most};w={quota.window.total_seconds():.0f}{UNITS.get(quota.name, "")}'


def _limit(quota: Quota) -> str:
    return f'"{quota.name}";r={quota.remaining};t={quota.whole_in.total_seconds():.0f}'
