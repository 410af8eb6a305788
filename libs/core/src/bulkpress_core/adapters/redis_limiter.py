"""What tenants have taken, in the Redis that holds the jobs: so it holds for all gateways together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import redis

from bulkpress_core.adapters.job_records import to_ms
from bulkpress_core.adapters.redis_scripts import LIMIT_SCRIPTS, Scripts, reaching_redis
from bulkpress_core.domain.errors import (
    DailyBytesUsedUpError,
    LimitExceededError,
    TooManyFilesWaitingError,
    TooManyRequestsError,
    TooManyUploadsError,
)
from bulkpress_core.domain.jobs import TenantId
from bulkpress_core.domain.limits import BYTES_WINDOW, REQUESTS_WINDOW, Admitted, Quota, TenantLimits

REFUSED: dict[str, type[LimitExceededError]] = {
    "requests": TooManyRequestsError,
    "uploads": TooManyUploadsError,
    "files": TooManyFilesWaitingError,
    "bytes": DailyBytesUsedUpError,
}


class RedisLimiter:
    """Limiter in one Redis; `client` must return bytes."""

    def __init__(self, client: redis.Redis, prefix: str = "bulkpress:") -> None:
        self._client = client
        self._prefix = prefix
        self._scripts = Scripts(client, prefix, LIMIT_SCRIPTS)

    def admit(self, tenant: TenantId, limits: TenantLimits, *, now: datetime) -> Admitted:
        """Count one request."""
        return self._admitted(limits, self._scripts.run("admit", tenant, to_ms(now), limits.requests_per_minute or 0))

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
        """Count one request that is an upload."""
        limited = (limits.uploads_at_once, limits.files_waiting, limits.bytes_per_day)
        told = self._scripts.run(
            "admit",
            tenant,
            to_ms(now),
            limits.requests_per_minute or 0,
            upload_id,
            to_ms(now + lease),
            announced_bytes,
            *("" if most is None else most for most in limited),
        )
        return self._admitted(limits, told)

    def renew_upload(self, tenant: TenantId, upload_id: str, *, now: datetime, lease: timedelta) -> None:
        """Let it go on for another `lease`."""
        uploads, charged = (f"{self._prefix}{kind}:{tenant}" for kind in ("uploads", "charged"))
        with reaching_redis(), self._client.pipeline(transaction=True) as pipeline:
            pipeline.zadd(uploads, {upload_id: to_ms(now + lease)}, xx=True)
            for key in (uploads, charged):
                pipeline.expire(key, BYTES_WINDOW)
            pipeline.execute()

    def end_upload(
        self, tenant: TenantId, limits: TenantLimits, upload_id: str, received_bytes: int, *, now: datetime
    ) -> None:
        """Give its place back."""
        self._scripts.run("end_upload", tenant, to_ms(now), upload_id, received_bytes, limits.bytes_per_day or 0)

    def _admitted(self, limits: TenantLimits, told: Sequence[Any]) -> Admitted:
        refused, retry_after_ms, *stand = told
        if refused:
            raise REFUSED[refused.decode()](timedelta(milliseconds=retry_after_ms))
        requests = _quota("requests", limits.requests_per_minute, REQUESTS_WINDOW, stand[:2])
        return Admitted(requests, _quota("bytes", limits.bytes_per_day, BYTES_WINDOW, stand[2:]))


def _quota(name: str, most: int | None, window: timedelta, stand: Sequence[int]) -> Quota | None:
    if most is None or not stand or stand[0] < 0:
        return None
    remaining, whole_in_ms = stand
    return Quota(name, most, window, remaining, timedelta(milliseconds=whole_in_ms))
