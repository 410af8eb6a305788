"""Idempotency keys in the Redis that holds the jobs."""

import hashlib
from datetime import datetime, timedelta

import redis

from bulkpress_core.adapters.job_records import to_ms
from bulkpress_core.adapters.redis_scripts import IDEMPOTENCY_SCRIPTS, Scripts
from bulkpress_core.domain.errors import IdempotencyKeyInUseError, IdempotencyKeyReusedError
from bulkpress_core.domain.jobs import JobId, TenantId

REMEMBERED_FOR = timedelta(days=1)


class RedisIdempotencyKeys:
    """IdempotencyKeys in one Redis; `client` must return bytes."""

    def __init__(self, client: redis.Redis, prefix: str = "bulkpress:") -> None:
        self._scripts = Scripts(client, prefix, IDEMPOTENCY_SCRIPTS)

    def begin(
        self, tenant: TenantId, key: str, fingerprint: str, job_id: JobId, *, now: datetime, lease: timedelta
    ) -> JobId | None:
        """Let the key stand for the job."""
        times = (to_ms(now), to_ms(now + lease), to_ms(now + REMEMBERED_FOR))
        stands, accepted = self._scripts.run("begin_once", tenant, _digest(key), _digest(fingerprint), job_id, *times)
        match stands:
            case b"reused":
                raise IdempotencyKeyReusedError
            case b"in_use":
                raise IdempotencyKeyInUseError
        return JobId(accepted.decode()) if stands == b"accepted" else None

    def renew(self, tenant: TenantId, key: str, job_id: JobId, *, now: datetime, lease: timedelta) -> None:
        """Make the lease longer."""
        self._scripts.run("change_once", tenant, _digest(key), job_id, to_ms(now + lease))

    def release(self, tenant: TenantId, key: str, job_id: JobId) -> None:
        """Let the key stand for nothing."""
        self._scripts.run("change_once", tenant, _digest(key), job_id, "")


def _digest(text: str) -> str:
    """Short, whatever clients send."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
