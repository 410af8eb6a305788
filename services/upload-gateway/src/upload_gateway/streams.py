"""Event streams: a job's story as Server-Sent Events (WHATWG HTML, 9.2), for as long as it goes on.

A stream is a generator that is asked for its next bytes when the last have been sent, so a slow reader costs what one
read of the story costs. There is no thread and no connection to the job store for a stream: all of them read the story
one after the other, and are told when to by one bell.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Message, Send

from bulkpress_core.domain.errors import JobNotFoundError, LimitExceededError, StateUnavailableError, UnavailableError
from bulkpress_core.domain.jobs import Job, JobId, JobState, TenantId
from bulkpress_core.domain.stories import Chapter, Told
from bulkpress_core.ports.story_bell import StoryBell
from upload_gateway.views import FileView, JobProgressView

HEARTBEAT_S = 15.0  # proxies cut connections off that are silent for half a minute or more
RECONNECT_MS = 2000
CHAPTERS_PER_LOOK = 100
LOOK_EVERY_S = 0.2  # at most: a job whose files end by the hundred is told of in handfuls
AWAY_S = 2.0  # for which the job store is left alone when it could not be reached
ASK_AGAIN_AFTER = timedelta(seconds=15)
SEND_LIMIT_S = 60.0  # a reader that takes nothing for so long is gone

Read = Callable[[int], Told]  # what of the story follows a position; blocks
HEARTBEAT = b": heartbeat\n\n"
DELETED = "job.deleted"


class TooManyStreamsError(UnavailableError):
    """This gateway keeps as many event streams open as it may. Ask for the job's state instead, or try again."""

    code = "too_many_streams"


class TooManyStreamsOfTenantError(LimitExceededError):
    """As many event streams of this tenant are open as it may have. Close one, or ask for the job's state instead."""

    code = "too_many_streams_of_tenant"


class SilentBell:
    """No bell: whoever follows a job looks at every heartbeat."""

    @asynccontextmanager
    async def listen(self, _job_id: JobId) -> AsyncIterator[asyncio.Event]:
        """An event that nobody sets."""
        yield asyncio.Event()

    async def close(self) -> None:
        """Nothing is open."""


class Streams:
    """All event streams of a process and its event loop: at most so many, and so many of one tenant."""

    def __init__(
        self,
        bell: StoryBell | None = None,
        *,
        most: int = 2000,
        most_of_tenant: int = 2000,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._bell: StoryBell = bell or SilentBell()
        self._most = most
        self._most_of_tenant = most_of_tenant
        self._count: Counter[TenantId] = Counter()
        self._heartbeat_s = heartbeat_s
        self._open: set[asyncio.Event] = set()
        self._closing = False
        self._one_at_a_time = asyncio.Lock()
        self._away_until = 0.0

    def check_room(self, tenant: TenantId) -> None:
        """Raises TooManyStreamsError when no more may be opened, TooManyStreamsOfTenantError when none of it."""
        if self._closing or self._count.total() >= self._most:
            raise TooManyStreamsError
        if self._count[tenant] >= self._most_of_tenant:
            raise TooManyStreamsOfTenantError(ASK_AGAIN_AFTER)

    def _has_room(self, tenant: TenantId) -> bool:
        try:
            self.check_room(tenant)
        except (TooManyStreamsError, TooManyStreamsOfTenantError):
            return False
        return True

    async def close(self) -> None:
        """End all streams now, and the bell."""
        self._closing = True
        for woken in self._open:
            woken.set()
        await self._bell.close()

    async def read(self, read: Read, position: int) -> Told:
        """What follows that position. Raises JobNotFoundError, StateUnavailableError."""
        async with self._one_at_a_time:
            if monotonic() < self._away_until:
                raise StateUnavailableError
            try:
                return await run_in_threadpool(read, position)
            except UnavailableError:
                self._away_until = monotonic() + AWAY_S
                raise

    async def ended(self, job: Job, look: Callable[[], Job], within_s: float) -> Job:
        """The job once it is finished, or as it stands when that has taken so long, or when no more may wait.

        `look` blocks; it is asked when the bell rings. Raises what it does.
        """
        until = monotonic() + (within_s if self._has_room(job.tenant) else 0.0)
        async with self._listening(job) as woken:
            while True:
                woken.clear()
                job = await run_in_threadpool(look)
                rest = until - monotonic()
                if job.state is JobState.FINISHED or rest <= 0 or self._closing:
                    return job
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), min(rest, self._heartbeat_s))

    async def frames(self, job: Job, read: Read, position: int) -> AsyncGenerator[bytes, None]:
        """The stream's bytes from that position of the story on, to the job's end, its deletion, or our own."""
        async with self._listening(job) as woken:
            yield f"retry: {RECONNECT_MS}\n\n".encode()
            while not self._closing:
                woken.clear()
                looked_at = monotonic()
                told: Told | None = None
                looking = asyncio.create_task(self.read(read, position))
                try:
                    while not (await asyncio.wait({looking}, timeout=self._heartbeat_s))[0]:
                        yield HEARTBEAT
                    told = looking.result()
                except JobNotFoundError:
                    yield frame(DELETED, {"job_id": job.id})
                    return
                except UnavailableError:  # the stream stays: it goes on when the store is back
                    pass
                finally:
                    looking.cancel()
                if told:
                    for chapter in told.chapters:
                        yield frame_of(chapter, told)
                        position = chapter.position
                    if told.is_over:
                        return
                if told is None or position >= told.length:
                    async for heartbeat in self._until(woken, AWAY_S if told is None else None):
                        yield heartbeat
                await asyncio.sleep(max(0.0, looked_at + LOOK_EVERY_S - monotonic()))

    async def _until(self, woken: asyncio.Event, at_most_s: float | None) -> AsyncIterator[bytes]:
        """Wait to be woken, or for a heartbeat, which is a look as well: a ring may have been lost."""
        try:
            await asyncio.wait_for(woken.wait(), at_most_s or self._heartbeat_s)
        except TimeoutError:
            yield HEARTBEAT

    @asynccontextmanager
    async def _listening(self, job: Job) -> AsyncIterator[asyncio.Event]:
        self._count[job.tenant] += 1  # before anything is waited for: those who ask meanwhile must see it
        try:
            async with self._bell.listen(job.id) as woken:
                self._open.add(woken)
                try:
                    yield woken
                finally:
                    self._open.discard(woken)
        finally:
            self._count[job.tenant] -= 1
            if not self._count[job.tenant]:
                del self._count[job.tenant]


def frame_of(chapter: Chapter, told: Told) -> bytes:
    """One chapter as an event, with the job's progress or the file's end."""
    data: dict[str, object] = {"job_id": told.job.id}
    if chapter.number is None:
        data |= JobProgressView.of(told.job).model_dump(mode="json")
    elif chapter.file is None:
        data |= {"number": chapter.number, "retried": True}
    else:
        data |= FileView.of(chapter.file).model_dump(mode="json")
    return frame(chapter.event, data, chapter.position)


def frame(event: str, data: object, position: int | None = None) -> bytes:
    """One event; `position` is what the client shows to go on after it."""
    lines = [f"event: {event}", f"data: {json.dumps(data, separators=(',', ':'))}"]
    if position is not None:
        lines.insert(0, f"id: {position}")
    return ("\n".join(lines) + "\n\n").encode()


class EventStream(StreamingResponse):
    """The answer that sends frames, and breaks off when nobody takes them."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes, None]) -> None:
        self._frames = frames
        super().__init__(frames, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def stream_response(self, send: Send) -> None:
        """Send the frames as they come."""

        async def patient_send(message: Message) -> None:
            async with asyncio.timeout(SEND_LIMIT_S):
                await send(message)

        try:
            with suppress(TimeoutError):
                await super().stream_response(patient_send)
        finally:  # also when the client leaves: nobody listens for it any longer
            await self._frames.aclose()
