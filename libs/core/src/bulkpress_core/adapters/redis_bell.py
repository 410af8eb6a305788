"""The bell of stories on Redis: one connection that listens on the channel `stories` for all who follow a job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import redis
import redis.asyncio
import structlog

from bulkpress_core.domain.jobs import JobId

PATIENCE_S = 10.0  # for one message; then the connection is asked for a sign of life
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0  # between two attempts to connect

log = structlog.get_logger(__name__)


class RedisStoryBell:
    """StoryBell on the server that `client` leads to. Connects when somebody listens for the first time."""

    def __init__(self, client: redis.asyncio.Redis, prefix: str = "bulkpress:") -> None:
        self._client = client
        self._channel = f"{prefix}stories"
        self._listeners: dict[JobId, set[asyncio.Event]] = {}
        self._hearing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listen(self, job_id: JobId) -> AsyncIterator[asyncio.Event]:
        """Be woken for this job, until the context is left."""
        woken = asyncio.Event()
        self._listeners.setdefault(job_id, set()).add(woken)
        if self._hearing is None:
            self._hearing = asyncio.create_task(self._hear(), name="story-bell")
        try:
            yield woken
        finally:
            listeners = self._listeners[job_id]
            listeners.discard(woken)
            if not listeners:
                del self._listeners[job_id]

    async def close(self) -> None:
        """Stop listening and wake everybody."""
        if self._hearing is not None:
            self._hearing.cancel()
            with suppress(asyncio.CancelledError):
                await self._hearing
            self._hearing = None
        self._wake_all()
        await self._client.aclose()

    async def _hear(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(self._channel)
                    pause_s = FIRST_PAUSE_S
                    self._wake_all()  # for what was told while nobody heard
                    while True:
                        message = await pubsub.get_message(timeout=PATIENCE_S)
                        if message is not None:
                            self._wake(JobId(message["data"].decode(errors="replace")))
            except (redis.RedisError, OSError) as error:
                log.warning("stories.unheard", error=str(error), again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _wake(self, job_id: JobId) -> None:
        for woken in self._listeners.get(job_id, ()):
            woken.set()

    def _wake_all(self) -> None:
        for job_id in self._listeners:
            self._wake(job_id)
