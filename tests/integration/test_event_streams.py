"""Event streams of a gateway that runs as a process of its own, on a real Valkey."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import httpx
import psutil
import pytest
import redis

from bulkpress_client.local.valkey import ValkeyServer
from bulkpress_core.adapters.connect import redis_client
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.jobs import JobId
from tests.support.gateway_process import GatewayProcess
from tests.support.jobs import NOW, claimed, done, opened_job
from tests.support.waiting import until
from upload_gateway.callers import EVERYBODY

LIMIT_S = 60.0
STREAMS = 500
MEMORY_PER_STREAM_BYTES = 128 * 1024  # task, connection, buffers; a thread would reserve 8 MiB


@pytest.fixture
def server(valkey: ValkeyServer, tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server of this test's own: connections are counted, and it is stopped."""
    with ValkeyServer(tmp_path / "own") as server:
        yield server


@pytest.fixture
def gateway(server: ValkeyServer, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A gateway on it."""
    with GatewayProcess(server.url, tmp_path / "store", tmp_path / "gateway.log") as gateway:
        yield gateway


@pytest.fixture
def jobs(server: ValkeyServer) -> Iterator[RedisJobStore]:
    """The job store on it, that rides out an outage."""
    with redis_client(server.url) as client:
        yield RedisJobStore(client)


def started(jobs: RedisJobStore, files: int = 1) -> JobId:
    return opened_job(jobs, files, tenant=EVERYBODY.tenant)


def settle_next(jobs: RedisJobStore) -> None:
    claim = claimed(jobs)
    jobs.settle(claim, done(claim), now=NOW)


class Stream:
    """One stream, read frame by frame."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def event(self) -> str:
        """The name of the next event; empty when the stream has ended."""
        while line := await asyncio.wait_for(self._reader.readline(), LIMIT_S):
            if line.startswith(b"event: "):
                return line.removeprefix(b"event: ").decode().strip()
        return ""


@asynccontextmanager
async def following(gateway: GatewayProcess, job_id: JobId) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    with closing(writer):
        path = f"/api/compress/jobs/{job_id}/events"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT_S)
        assert b" 200 " in head.split(b"\r\n")[0], head
        yield Stream(reader)


def test_500_streams_are_told_at_once_by_one_connection_more(
    gateway: GatewayProcess, jobs: RedisJobStore, server: ValkeyServer
) -> None:
    async def follow() -> None:
        job_id = started(jobs)
        with redis.Redis.from_url(server.url) as admin:
            assert httpx.get(f"{gateway.url}/api/compress/jobs/{job_id}").status_code == 200
            process = psutil.Process(gateway.process.pid)
            before = len(admin.client_list())
            memory, threads = process.memory_info().rss, process.num_threads()
            streams = []
            async with AsyncExitStack() as open_streams:
                for _ in range(STREAMS):
                    stream = await open_streams.enter_async_context(following(gateway, job_id))
                    assert await stream.event() == "job.opened"
                    streams.append(stream)
                assert len(admin.client_list()) - before == 1
                assert process.num_threads() - threads <= 2
                assert process.memory_info().rss - memory < STREAMS * MEMORY_PER_STREAM_BYTES
                settle_next(jobs)
                for stream in streams:
                    told = [await stream.event() for _ in range(3)]
                    assert told == ["file.done", "job.finished", ""]
                assert len(admin.client_list()) - before == 1

    asyncio.run(follow())


def test_streams_stay_open_through_an_outage_and_go_on_afterwards(
    gateway: GatewayProcess, jobs: RedisJobStore, server: ValkeyServer
) -> None:
    async def follow() -> None:
        job_id = started(jobs, 2)
        async with following(gateway, job_id) as stream:
            assert await stream.event() == "job.opened"
            await asyncio.to_thread(server.stop)
            until(lambda: [one for one in gateway.events if one["event"] == "stories.unheard"], "the bell has noticed")
            await asyncio.to_thread(server.start)
            settle_next(jobs)
            assert await stream.event() == "file.done"
            settle_next(jobs)
            assert [await stream.event() for _ in range(3)] == ["file.done", "job.finished", ""]

    asyncio.run(follow())


def test_a_gateway_told_to_stop_ends_its_streams_and_is_gone(gateway: GatewayProcess, jobs: RedisJobStore) -> None:
    async def follow() -> None:
        async with following(gateway, started(jobs)) as stream:
            assert await stream.event() == "job.opened"
            gateway.tell_to_stop()
            assert await stream.event() == ""
            assert await asyncio.to_thread(gateway.process.wait, LIMIT_S) == 0
            assert not [one for one in gateway.events if "timeout graceful shutdown" in str(one["event"])]

    asyncio.run(follow())


def test_a_stream_whose_job_is_deleted_says_so_and_ends(gateway: GatewayProcess, jobs: RedisJobStore) -> None:
    async def follow() -> None:
        job_id = started(jobs)
        async with following(gateway, job_id) as stream:
            assert await stream.event() == "job.opened"
            async with httpx.AsyncClient(base_url=gateway.url) as client:
                answer = await client.delete(f"/api/compress/jobs/{job_id}", timeout=LIMIT_S)
            assert answer.status_code == 200
            told = [await stream.event() for _ in range(4)]
            assert "job.deleted" in told
            assert told[-1] == ""

    asyncio.run(follow())
