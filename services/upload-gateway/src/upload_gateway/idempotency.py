"""Requests that may be sent again without being done again: `Idempotency-Key`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

import structlog
from anyio import CancelScope
from fastapi import Header, Request
from starlette.concurrency import run_in_threadpool

from bulkpress_core.domain.errors import UnavailableError
from bulkpress_core.domain.jobs import JobId, TenantId, new_job_id
from bulkpress_core.ports.idempotency_keys import IdempotencyKeys
from upload_gateway.clock import Clock
from upload_gateway.leases import renewing

LEASE = timedelta(minutes=2)  # after which a request whose gateway died may be sent again
RENEWED_EVERY = LEASE / 4
KEY = r"^[\x21-\x7e]{1,255}$"

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=KEY,
        description="A text of your own, new for each job: sent again with the same key within a day, the request is "
        "answered with the job it made, instead of making another (draft-ietf-httpapi-idempotency-key-header).",
    ),
]

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Once:
    """A request that makes a job, under its key if it has one."""

    tenant: TenantId
    key: str | None
    keys: IdempotencyKeys
    clock: Clock
    job_id: JobId = field(default_factory=new_job_id)  # that the job is to have
    made_before: JobId | None = None  # by the same request
    _renew_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._renew_at = self.clock() + RENEWED_EVERY

    def keep(self) -> None:
        """Say now and then that the job is still being received, or the request could be done again."""
        if self.key and (now := self.clock()) >= self._renew_at:
            self._renew_at = now + RENEWED_EVERY
            self.keys.renew(self.tenant, self.key, self.job_id, now=now, lease=LEASE)

    def release(self) -> None:
        """Let the key be used again, since nothing came of the job. With Redis away, its lease does so."""
        try:
            if self.key:
                self.keys.release(self.tenant, self.key, self.job_id)
        except UnavailableError as error:
            log.warning("idempotency_key.not_released", code=error.code, error=str(error))


class OnceOnly:
    """Makes a job once only for each key."""

    def __init__(self, keys: IdempotencyKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    @asynccontextmanager
    async def begin(
        self, request: Request, tenant: TenantId, key: str | None, body: bytes = b""
    ) -> AsyncIterator[Once]:
        """Within, the job is made, unless `made_before` names it. An error lets the key be used again.

        `body` is the request's, where it was read before; where it was not, one of the same length counts as the same.
        Raises IdempotencyKeyInUseError, IdempotencyKeyReusedError, StateUnavailableError.
        """
        once = Once(tenant, key, self._keys, self._clock)
        if key:
            fingerprint = _fingerprint(request, body)
            once.made_before = await run_in_threadpool(
                self._keys.begin, tenant, key, fingerprint, once.job_id, now=self._clock(), lease=LEASE
            )
        keeping = renewing(once.keep)
        try:
            yield once
        except BaseException:
            if once.made_before is None:
                with CancelScope(shield=True):
                    await run_in_threadpool(once.release)
            raise
        finally:
            keeping.cancel()


def _fingerprint(request: Request, body: bytes) -> str:
    """What a request has to have in common with another to be the same: all that is known of it when it begins."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length", "")
    digest = sha256(body).hexdigest()
    return "\n".join((request.method, request.url.path, request.url.query, media_type, length, digest))
