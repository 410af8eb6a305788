"""What the bell of stories promises, on a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis

from bulkpress_client.local.valkey import ValkeyServer
from bulkpress_core.adapters.connect_async import async_redis_client
from bulkpress_core.adapters.redis_bell import RedisStoryBell
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.jobs import JobId
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import NOW, claimed, done, opened_job, sealed_job

LIMIT_S = 30.0


@asynccontextmanager
async def bell_at(url: str) -> AsyncIterator[RedisStoryBell]:
    bell = RedisStoryBell(async_redis_client(url))
    try:
        yield bell
    finally:
        await bell.close()


async def rung(woken: asyncio.Event) -> None:
    await asyncio.wait_for(woken.wait(), LIMIT_S)
    woken.clear()


def listeners(client: redis.Redis) -> int:
    return int(dict(client.pubsub_numsub("bulkpress:stories"))[b"bulkpress:stories"])


def test_it_wakes_who_listens_for_a_job_at_each_turn_of_its_story(redis_url: str, jobs: JobStore) -> None:
    async def follow() -> None:
        job_id = sealed_job(jobs)
        async with bell_at(redis_url) as bell, bell.listen(job_id) as first, bell.listen(job_id) as second:
            for woken in (first, second):
                await rung(woken)  # it hears now: what was told before may have been missed
            jobs.open(job_id, jobs.get(job_id).usual_lane, now=NOW)
            claim = claimed(jobs, lane=jobs.get(job_id).usual_lane)
            for woken in (first, second):
                await rung(woken)
            for act in (lambda: jobs.settle(claim, done(claim), now=NOW), lambda: jobs.delete(job_id)):
                act()
                for woken in (first, second):
                    await rung(woken)

    asyncio.run(follow())


def test_it_does_not_wake_for_other_jobs(redis_url: str, jobs: JobStore) -> None:
    async def follow() -> None:
        async with bell_at(redis_url) as bell, bell.listen(JobId("a")) as mine, bell.listen(JobId("b")) as marker:
            await rung(mine)
            await rung(marker)
            opened_job(jobs, job_id=JobId("c"))
            opened_job(jobs, job_id=JobId("b"))  # heard after the other
            await rung(marker)
            assert not mine.is_set()

    asyncio.run(follow())


def test_any_number_of_listeners_is_one_connection(redis_url: str, redis_client: redis.Redis) -> None:
    async def follow() -> None:
        before = len(redis_client.client_list())
        async with bell_at(redis_url) as bell, bell.listen(JobId("a")) as woken:
            await rung(woken)
            for number in range(100):
                async with bell.listen(JobId(str(number))):
                    pass
            assert (len(redis_client.client_list()) - before, listeners(redis_client)) == (1, 1)
        assert listeners(redis_client) == 0

    asyncio.run(follow())


def test_closing_wakes_everybody(redis_url: str) -> None:
    async def follow() -> None:
        async with bell_at(redis_url) as bell, bell.listen(JobId("a")) as woken:
            await rung(woken)
            await bell.close()
            await rung(woken)

    asyncio.run(follow())


@pytest.fixture
def server(valkey: ValkeyServer, tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server of this test's own, to be stopped; `valkey` has made sure there is a program to start."""
    with ValkeyServer(tmp_path / "own") as server:
        yield server


def test_after_an_outage_it_wakes_everybody_and_hears_again(server: ValkeyServer) -> None:
    async def follow() -> None:
        with redis.Redis.from_url(server.url) as client:
            jobs = RedisJobStore(client)
            async with bell_at(server.url) as bell, bell.listen(JobId("a")) as woken:
                await rung(woken)
                await in_a_thread(server.stop)
                await in_a_thread(server.start)
                await rung(woken)  # it may have missed something
                opened_job(jobs, job_id=JobId("a"))
                await rung(woken)

    asyncio.run(follow())


def test_a_server_that_is_away_at_first_is_heard_once_it_is_there(server: ValkeyServer) -> None:
    async def follow() -> None:
        server.stop()
        async with bell_at(server.url) as bell, bell.listen(JobId("a")) as woken:
            await asyncio.sleep(0)
            assert not woken.is_set()
            await in_a_thread(server.start)
            await rung(woken)

    asyncio.run(follow())


async def in_a_thread(act: Callable[[], object]) -> None:
    waiting: Awaitable[object] = asyncio.to_thread(act)
    await waiting
