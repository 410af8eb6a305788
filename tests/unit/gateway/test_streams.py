"""Event streams: what they send, when they end, and what they go on through. Followed here without a network."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Message

from bulkpress_core.domain.errors import JobNotFoundError, StateUnavailableError
from bulkpress_core.domain.jobs import Job, JobFile, JobId, JobState, TenantId
from bulkpress_core.domain.stories import Chapter, StoryEvent, Told
from tests.support.jobs import new_files, new_job
from upload_gateway import streams as module
from upload_gateway.streams import HEARTBEAT, EventStream, Streams, TooManyStreamsError, TooManyStreamsOfTenantError

LIMIT_S = 30.0


class Bell:
    """A bell that the test rings."""

    def __init__(self) -> None:
        self.listening: list[asyncio.Event] = []

    @asynccontextmanager
    async def listen(self, _job_id: JobId) -> AsyncIterator[asyncio.Event]:
        woken = asyncio.Event()
        self.listening.append(woken)
        try:
            yield woken
        finally:
            self.listening.remove(woken)

    def ring(self) -> None:
        for woken in self.listening:
            woken.set()

    async def close(self) -> None:
        self.ring()


class Story:
    """A story that the test goes on with."""

    def __init__(self, *events: StoryEvent) -> None:
        self.job: Job = new_job()
        self.file: JobFile = new_files(self.job, 1)[0]
        self.events = list(events)
        self.error: Exception | None = None
        self.asked: list[int] = []

    def read(self, after: int) -> Told:
        self.asked.append(after)
        if self.error:
            raise self.error
        page = self.events[after : after + module.CHAPTERS_PER_LOOK]
        chapters = [Chapter(after + at, event) for at, event in enumerate(page, start=1)]
        finished = bool(self.events) and self.events[-1] is StoryEvent.JOB_FINISHED
        return Told(self.job, chapters, len(self.events), is_over=finished and after + len(page) >= len(self.events))


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(module, "AWAY_S", 0.02)


async def following(streams: Streams, story: Story, position: int = 0) -> AsyncIterator[dict[str, Any]]:
    """The events of a stream, heartbeats as `{"event": None}`."""
    async for frame in streams.frames(story.job, story.read, position):
        if frame == HEARTBEAT:
            yield {"event": None}
        elif not frame.startswith(b"retry:"):
            yield parsed(frame)


def parsed(frame: bytes) -> dict[str, Any]:
    assert frame.endswith(b"\n\n")
    told: dict[str, Any] = dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))
    return told | {"data": json.loads(told["data"])}


async def next_event(events: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    while True:
        told = await asyncio.wait_for(anext(events), LIMIT_S)
        if told["event"]:
            return told


def names(events: list[dict[str, Any]]) -> list[str]:
    return [one["event"] for one in events if one["event"]]


def test_a_story_that_is_over_is_told_whole_and_the_stream_ends() -> None:
    async def follow() -> None:
        story = Story(StoryEvent.JOB_OPENED, StoryEvent.JOB_CANCELLED, StoryEvent.JOB_FINISHED)
        events = [one async for one in following(Streams(Bell()), story)]
        assert names(events) == ["job.opened", "job.cancelled", "job.finished"]
        assert [one["id"] for one in events] == ["1", "2", "3"]
        assert events[0]["data"]["job_id"] == story.job.id
        assert events[0]["data"]["status"] == JobState.RECEIVING

    asyncio.run(follow())


def test_the_first_thing_told_is_when_to_reconnect() -> None:
    async def follow() -> None:
        frames = Streams(Bell()).frames(new_job(), Story(StoryEvent.JOB_FINISHED).read, 0)
        assert (await anext(frames)).startswith(b"retry: ")

    asyncio.run(follow())


def test_it_goes_on_after_the_position_it_is_given() -> None:
    async def follow() -> None:
        story = Story(StoryEvent.JOB_OPENED, StoryEvent.JOB_CANCELLED, StoryEvent.JOB_FINISHED)
        assert names([one async for one in following(Streams(Bell()), story, 2)]) == ["job.finished"]

    asyncio.run(follow())


def test_a_long_story_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHAPTERS_PER_LOOK", 3)

    async def follow() -> None:
        story = Story(*[StoryEvent.JOB_RETRIED] * 7, StoryEvent.JOB_FINISHED)
        assert len([one async for one in following(Streams(Bell()), story)]) == 8
        assert story.asked == [0, 3, 6]

    asyncio.run(follow())


def test_what_happens_is_told_when_the_bell_rings() -> None:
    async def follow() -> None:
        bell, story = Bell(), Story(StoryEvent.JOB_OPENED)
        events = following(Streams(bell, heartbeat_s=LIMIT_S), story)
        assert (await next_event(events))["event"] == "job.opened"
        coming = asyncio.create_task(next_event(events))
        while story.asked != [0, 1]:  # it looks once more, and then waits
            await asyncio.sleep(0)
            if story.asked == [0]:
                bell.ring()
        story.events.append(StoryEvent.JOB_FINISHED)
        bell.ring()
        assert (await coming)["event"] == "job.finished"
        assert [one async for one in events] == []

    asyncio.run(follow())


def test_a_ring_that_got_lost_is_made_good_at_the_heartbeat() -> None:
    async def follow() -> None:
        story = Story(StoryEvent.JOB_OPENED)
        events = following(Streams(Bell(), heartbeat_s=0.01), story)
        assert (await next_event(events))["event"] == "job.opened"
        assert (await anext(events))["event"] is None
        story.events.append(StoryEvent.JOB_FINISHED)
        assert (await next_event(events))["event"] == "job.finished"

    asyncio.run(follow())


def test_a_job_that_is_deleted_ends_its_stream() -> None:
    async def follow() -> None:
        bell, story = Bell(), Story(StoryEvent.JOB_OPENED)
        events = following(Streams(bell, heartbeat_s=0.01), story)
        await next_event(events)
        story.error = JobNotFoundError()
        last = await next_event(events)
        assert last["event"] == "job.deleted"
        assert "id" not in last  # a client that comes back asks for what it had, and finds no such job
        assert [one async for one in events] == []
        assert bell.listening == []

    asyncio.run(follow())


def test_a_stream_stays_through_an_outage_and_goes_on_afterwards() -> None:
    async def follow() -> None:
        bell, story = Bell(), Story(StoryEvent.JOB_OPENED)
        events = following(Streams(bell, heartbeat_s=0.01), story)
        await next_event(events)
        story.error = StateUnavailableError()
        for _ in range(5):
            assert (await asyncio.wait_for(anext(events), LIMIT_S))["event"] is None
        story.error = None
        story.events.append(StoryEvent.JOB_FINISHED)
        assert (await next_event(events))["event"] == "job.finished"

    asyncio.run(follow())


def test_in_an_outage_the_store_is_not_asked_by_every_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AWAY_S", LIMIT_S)

    async def ask() -> None:
        streams, story = Streams(Bell()), Story()
        story.error = StateUnavailableError()
        for _ in range(5):
            with pytest.raises(StateUnavailableError):
                await streams.read(story.read, 0)
        assert story.asked == [0]

    asyncio.run(ask())


def test_closing_ends_streams_that_wait_at_once_and_lets_no_more_in() -> None:
    async def follow() -> None:
        streams, story = Streams(Bell(), heartbeat_s=LIMIT_S), Story(StoryEvent.JOB_OPENED)
        events = following(streams, story)
        await next_event(events)
        ended = asyncio.create_task(_rest(events))
        await asyncio.sleep(0.01)
        await streams.close()
        assert await asyncio.wait_for(ended, LIMIT_S / 2) == []
        with pytest.raises(TooManyStreamsError):
            streams.check_room(TenantId("ada"))

    asyncio.run(follow())


def test_no_more_streams_are_open_than_may_be() -> None:
    async def follow() -> None:
        streams = Streams(Bell(), most=1)
        streams.check_room(TenantId("ada"))
        events = following(streams, Story(StoryEvent.JOB_OPENED))
        await next_event(events)
        with pytest.raises(TooManyStreamsError):
            streams.check_room(TenantId("ada"))

    asyncio.run(follow())


def test_one_tenant_takes_no_more_streams_than_its_share_and_gets_them_back() -> None:
    ada, bob = TenantId("ada"), TenantId("bob")

    async def follow() -> None:
        streams = Streams(Bell(), most=3, most_of_tenant=2, heartbeat_s=LIMIT_S)
        followed = [streams.frames(story.job, story.read, 0) for story in (Story(), Story())]
        for frames in followed:
            await anext(frames)
        with pytest.raises(TooManyStreamsOfTenantError) as refused:
            streams.check_room(ada)
        assert int(refused.value.headers["Retry-After"]) > 0
        streams.check_room(bob)
        ended = Story(StoryEvent.JOB_OPENED)
        waits_for = asyncio.create_task(streams.ended(ended.job, lambda: ended.job, LIMIT_S))
        assert await asyncio.wait_for(waits_for, LIMIT_S / 2) is ended.job  # it may not wait either
        await followed[0].aclose()
        streams.check_room(ada)

    asyncio.run(follow())


async def _rest(events: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one async for one in events if one["event"]]


class Deaf:
    """A client that takes the head and the first frame, and then nothing."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    async def __call__(self, message: Message) -> None:
        if len(self.taken) == 2:
            await asyncio.Event().wait()
        self.taken.append(message)


def test_for_a_reader_that_takes_nothing_no_more_of_the_story_is_read() -> None:
    async def follow() -> None:
        story = Story(*[StoryEvent.JOB_RETRIED] * 1000)
        answer = EventStream(Streams(Bell()).frames(story.job, story.read, 0))
        sending = asyncio.create_task(answer.stream_response(Deaf()))
        while not story.asked:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        assert story.asked == [0]
        sending.cancel()

    asyncio.run(follow())


def test_a_reader_that_takes_nothing_for_long_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEND_LIMIT_S", 0.01)

    async def follow() -> None:
        bell, story = Bell(), Story(StoryEvent.JOB_OPENED)
        frames = Streams(bell).frames(story.job, story.read, 0)
        client = Deaf()
        await asyncio.wait_for(EventStream(frames).stream_response(client), LIMIT_S)
        assert client.taken[-1]["more_body"]  # the answer was not made to look whole
        assert bell.listening == []

    asyncio.run(follow())
