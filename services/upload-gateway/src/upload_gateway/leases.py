"""Leases that are renewed for as long as a request goes on, however slowly its bytes come."""

import asyncio
from collections.abc import Callable

import structlog
from starlette.concurrency import run_in_threadpool

from bulkpress_core.domain.errors import UnavailableError

LOOK_EVERY_S = 15.0  # of leases of two minutes, renewed after half a minute

log = structlog.get_logger(__name__)


def renewing(keep: Callable[[], None]) -> asyncio.Task[None]:
    """A task that calls `keep`, which blocks and renews what is due, now and then until it is cancelled."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await run_in_threadpool(keep)
            except UnavailableError as error:  # the lease lasts a while, and the next time may be better
                log.warning("lease.not_renewed", code=error.code, error=str(error))

    return asyncio.create_task(go_on())
