"""The SDK on a bad line: what is asked again, what goes on where it was, and what is told at once."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from bulkpress_client import (
    NO_RETRIES,
    AsyncClient,
    Client,
    Event,
    InvalidRequestError,
    JobView,
    LimitedError,
    NotFoundError,
    Retries,
    ServerError,
    UnreachableError,
)
from bulkpress_client.sdk import calls
from bulkpress_client.sdk.events import EventLines
from bulkpress_client.sdk.retrying import seconds_of
from bulkpress_core.domain.jobs import JobId
from tests.unit.client.test_sdk import served, written
from tests.unit.gateway.world import World, failed

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
SOON = Retries(attempts=4, first_s=0.01, most_s=0.02, patience_s=5)
RESULT = bytes(range(256)) * 4000


class BrokenLineError(Exception):
    """The connection is cut: uvicorn closes it when its app ends so."""


@dataclass
class Line:
    """A line to the gateway on which things go wrong as they are told to. An ASGI app."""

    app: Any
    cuts: list[int] = field(default_factory=list)  # of each answer, how many bytes of it pass; then all passes
    refusals: list[tuple[int, str]] = field(default_factory=list)  # status and Retry-After, before anything passes
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append((scope["method"], scope["path"], headers))
        if self.refusals:
            status, after = self.refusals.pop(0)
            await send({"type": "http.response.start", "status": status, "headers": [(b"retry-after", after.encode())]})
            await send({"type": "http.response.body", "body": b"busy"})
            return
        left = self.cuts.pop(0) if self.cuts else None

        async def cut(message: Message) -> None:
            nonlocal left
            if left is not None and message["type"] == "http.response.body":
                body = message.get("body", b"")
                if len(body) >= left:
                    await send({**message, "body": body[:left], "more_body": True})
                    raise BrokenLineError
                left -= len(body)
            await send(message)

        await self.app(scope, receive, cut)

    def paths(self, method: str, end: str) -> list[dict[str, str]]:
        """The headers of requests of that method to paths that end so."""
        return [headers for asked, path, headers in self.asked if asked == method and path.endswith(end)]


@pytest.fixture
def world(tmp_path: Path, redis_client: redis.Redis) -> World:
    """A gateway."""
    return World(tmp_path / "store", redis_client)


@pytest.fixture
def line(world: World) -> Line:
    """A line to it."""
    made = Line(world.app)
    world.app = made  # type: ignore[assignment]  # what is served
    return made


@pytest.fixture
def client(world: World, line: Line) -> Iterator[Client]:
    """A client at the other end, which does not wait long."""
    assert line.asked == []
    with served(world) as url, Client(url, retries=SOON) as made:
        yield made


def finished(world: World, client: Client, tmp_path: Path, count: int = 1) -> str:
    """A job of so many files that has ended well."""
    job = client.submit(written(tmp_path / "in", **{f"f{number}": bytes([number]) * 99 for number in range(count)}))
    world.end(JobId(job.job_id), *[world.done(RESULT)] * count)
    return job.job_id


class TestHandingIn:
    def test_an_answer_that_was_lost_makes_no_second_job(
        self, world: World, line: Line, client: Client, tmp_path: Path
    ) -> None:
        line.cuts = [0]
        job = client.submit(written(tmp_path / "in", a=b"1" * 1000))
        keys = {headers["idempotency-key"] for headers in line.paths("POST", "/bulk")}
        assert len(line.paths("POST", "/bulk")) == 2
        assert len(keys) == 1
        assert [one.job_id for one in client.jobs()] == [job.job_id]

    def test_a_key_of_the_callers_own_makes_one_job_of_many_calls(self, client: Client, tmp_path: Path) -> None:
        paths = written(tmp_path / "in", a=b"1")
        first, second = (client.submit(paths, idempotency_key="monday") for _ in range(2))
        assert first.job_id == second.job_id

    def test_a_busy_gateway_is_asked_again_after_the_pause_that_it_names(
        self, line: Line, client: Client, tmp_path: Path
    ) -> None:
        line.refusals = [(503, "0"), (429, "Wed, 21 Oct 2015 07:28:00 GMT")]
        assert client.submit(written(tmp_path / "in", a=b"1")).file_count == 1
        assert len(line.paths("POST", "/bulk")) == 3

    def test_a_pause_longer_than_its_patience_is_left_to_the_caller(
        self, line: Line, client: Client, tmp_path: Path
    ) -> None:
        line.refusals = [(429, "3600")]
        with pytest.raises(LimitedError) as limited:
            client.submit(written(tmp_path / "in", a=b"1"))
        assert limited.value.retry_after_s == 3600
        assert len(line.asked) == 1

    def test_it_gives_up_after_as_many_attempts_as_it_may_make(self, line: Line, client: Client) -> None:
        line.refusals = [(503, "0")] * 9
        with pytest.raises(ServerError):
            client.job("0" * 32)
        assert len(line.asked) == SOON.attempts

    def test_what_is_the_callers_fault_is_not_sent_again(self, line: Line, client: Client, tmp_path: Path) -> None:
        with pytest.raises(InvalidRequestError) as refused:
            client.submit(written(tmp_path / "in", a=b"1"), options={"pdfa": "maybe"})
        assert (refused.value.code, len(line.asked)) == ("invalid_setting", 1)
        assert refused.value.request_id

    def test_options_and_settings_of_single_files_arrive(self, world: World, client: Client, tmp_path: Path) -> None:
        job = client.submit(written(tmp_path / "in", a=b"1", b=b"2"), grayscale=True, own={1: {"linearize": True}})
        assert world.jobs.get(JobId(job.job_id)).settings.asked() == {"grayscale": True}
        assert [file.asked for file in world.jobs.files(JobId(job.job_id))] == [{}, {"linearize": True}]

    def test_addresses_are_handed_in(self, client: Client) -> None:
        own = {"url": "https://files.example/b.pdf", "name": "c.pdf"}
        job = client.submit_urls(["https://files.example/a.pdf?secret", own], level="high")
        found = [(file.name, file.source) for file in client.files(job.job_id)]
        assert found == [("a.pdf", "https://files.example/a.pdf"), ("c.pdf", "https://files.example/b.pdf")]

    def test_where_the_store_has_no_urls_that_is_told(self, client: Client, tmp_path: Path) -> None:
        with pytest.raises(Exception, match="no_direct_uploads"):
            client.submit_direct(written(tmp_path / "in", a=b"1"))


class TestDownloads:
    @pytest.mark.parametrize("count", [1, 3])
    def test_one_that_breaks_off_goes_on_where_it_was(
        self, world: World, line: Line, client: Client, tmp_path: Path, count: int
    ) -> None:
        job_id = finished(world, client, tmp_path, count)
        line.cuts = [100_000, 300_000, 1]
        paths = client.download(job_id, tmp_path / "out")
        assert [path.read_bytes() for path in paths[:count]] == [RESULT] * count
        ranges = [headers.get("range", "") for headers in line.paths("GET", f"/download/{job_id}")]
        assert ranges == ["", "bytes=100000-", "bytes=400000-", "bytes=400001-"]
        assert sorted(tmp_path.glob("out/*")) == sorted(paths)

    def test_what_has_become_another_content_is_fetched_from_its_start(
        self, world: World, line: Line, client: Client, tmp_path: Path
    ) -> None:
        job_id = finished(world, client, tmp_path)
        line.cuts = [100_000]
        real = line.app

        async def with_another_tag(scope: Any, receive: Any, send: Send) -> None:
            tags = [(b"if-range", b'"of something else"') for name, _ in scope["headers"] if name == b"if-range"]
            scope["headers"] = [one for one in scope["headers"] if one[0] != b"if-range"] + tags
            await real(scope, receive, send)

        line.app = with_another_tag
        (path,) = client.download(job_id, tmp_path / "out")
        assert path.read_bytes() == RESULT
        assert len(line.paths("GET", f"/download/{job_id}")) == 2

    def test_it_gives_up_where_nothing_more_comes_and_leaves_nothing(
        self, world: World, line: Line, client: Client, tmp_path: Path
    ) -> None:
        job_id = finished(world, client, tmp_path)
        line.cuts = [0] * 99
        with pytest.raises(UnreachableError):
            client.download(job_id, tmp_path / "out")
        assert list(tmp_path.glob("out/*")) == []

    def test_one_file_can_be_had_while_others_are_pressed(self, world: World, client: Client, tmp_path: Path) -> None:
        job = client.submit(written(tmp_path / "in", a=b"1" * 99, b=b"2" * 99))
        world.end(JobId(job.job_id), world.done(RESULT))
        path = client.download_file(job.job_id, 0, tmp_path / "mine.pdf")
        assert path.read_bytes() == RESULT
        assert client.file(job.job_id, 0).state == "done"


class TestFollowing:
    def test_events_go_on_after_the_last_one_where_the_stream_broke_off(
        self, world: World, line: Line, client: Client, tmp_path: Path
    ) -> None:
        job_id = finished(world, client, tmp_path, 3)
        whole = list(client.events(job_id))
        line.cuts = [len(b"retry: 2000\n\n") + 400, 150, 7]
        again = list(client.events(job_id))
        assert again == whole
        assert [event.name for event in whole] == ["job.opened", *["file.done"] * 3, "job.finished"]
        assert list(client.events(job_id, last_event_id=whole[3].id)) == whole[4:]
        assert list(client.events(job_id, last_event_id=whole[-1].id)) == []

    def test_lists_are_read_to_their_end(
        self, world: World, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calls, "PER_PAGE", 2)
        job_id = finished(world, client, tmp_path, 5)
        client.submit(written(tmp_path / "in", a=b"1"))
        assert [file.number for file in client.files(job_id)] == [0, 1, 2, 3, 4]
        assert list(client.files(job_id, state="failed")) == []
        assert [job.job_id for job in client.jobs(status="finished", has_failures=False)] == [job_id]
        assert len(list(client.jobs())) == 2

    def test_the_report_comes_as_values_and_as_text(self, world: World, client: Client, tmp_path: Path) -> None:
        job_id = finished(world, client, tmp_path, 2)
        assert [file["state"] for file in client.report(job_id)["files"]] == ["done", "done"]
        assert client.report_csv(job_id).count("\n") == 3

    def test_webhook_messages_are_listed_and_sent_again(self, world: World, client: Client, tmp_path: Path) -> None:
        job = client.submit(written(tmp_path / "in", a=b"1"), webhook_url="https://hooks.example/x")
        world.end(JobId(job.job_id), failed)
        told = list(client.webhook_messages(job.job_id))
        assert [message.type for message in told] == ["file.failed", "job.finished"]
        assert client.replay_webhook(job.job_id, told[0].id).id == told[0].id

    def test_deleting_what_an_attempt_before_has_deleted_is_no_error(
        self, line: Line, client: Client, tmp_path: Path
    ) -> None:
        job_id = client.submit(written(tmp_path / "in", a=b"1")).job_id
        line.cuts = [0]
        client.delete(job_id)
        with pytest.raises(NotFoundError):
            client.delete(job_id)


def test_the_asynchronous_client_does_the_same(world: World, line: Line, tmp_path: Path) -> None:
    async def whole_way(url: str) -> tuple[JobView, list[Event], list[Path]]:
        async with AsyncClient(url, retries=SOON) as client:
            line.cuts = [0]
            job = await client.submit(written(tmp_path / "in", a=b"1" * 99, b=b"2" * 99), level="high")
            await asyncio.to_thread(world.end, JobId(job.job_id), world.done(RESULT), world.done(RESULT))
            line.cuts = [400]
            events = [event async for event in client.events(job.job_id)]
            line.cuts = [50_000]
            paths = await client.download(job.job_id, tmp_path / "out")
            assert [file.state async for file in client.files(job.job_id)] == ["done", "done"]
            assert len([one async for one in client.jobs()]) == 1
            return await client.wait(job.job_id), events, paths

    with served(world) as url:
        job, events, paths = asyncio.run(whole_way(url))
    assert (job.is_finished, job.done_count) == (True, 2)
    assert [event.name for event in events] == ["job.opened", "file.done", "file.done", "job.finished"]
    assert [path.read_bytes() for path in paths[:2]] == [RESULT] * 2


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    blocking, waiting = (
        {name: list(inspect.signature(one).parameters) for name, one in vars(kind).items() if not name.startswith("_")}
        for kind in (Client, AsyncClient)
    )
    waiting["close"] = waiting.pop("aclose")
    assert blocking.keys() - waiting.keys() == {"submit_direct", "upload"}
    assert {name: blocking[name] for name in waiting} == waiting


def test_without_retries_one_attempt_is_all(world: World, line: Line) -> None:
    line.refusals = [(503, "0")]
    with served(world) as url, Client(url, retries=NO_RETRIES) as client, pytest.raises(ServerError):
        client.job("0" * 32)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7.0), ("0", 0.0), (None, None), ("", None), ("soon", None), ("-3", None), ("\u0663", None)],
)
def test_what_a_pause_is_told_in_seconds(told: str | None, seconds: float | None) -> None:
    assert seconds_of(told) == seconds


def test_what_a_pause_is_told_as_a_date() -> None:
    now = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
    assert seconds_of("Fri, 27 Nov 2026 08:00:30 GMT", now) == 30
    assert seconds_of("Fri, 27 Nov 2026 07:00:00 GMT", now + timedelta(hours=1)) == 0


def test_pauses_grow_up_to_a_bound_and_differ() -> None:
    error = UnreachableError("http://x", "")
    retries = Retries(attempts=10, first_s=1, most_s=4)
    pauses = [[retries.pause_s(error, attempt) or 0.0 for _ in range(50)] for attempt in range(1, 6)]
    assert [max(some) <= most for some, most in zip(pauses, (1, 2, 4, 4, 4), strict=True)] == [True] * 5
    assert all(len(set(some)) > 1 and min(some) >= 0.5 for some in pauses)
    assert retries.pause_s(error, 10) is None
    assert retries.pause_s(error, 1, repeatable=False) is None


def test_events_are_put_together_from_their_lines() -> None:
    lines = EventLines()
    fed = [
        lines.feed(line) for line in [": comment", "", "retry: 5", "id: 4", "event: a", 'data: {"x":', "data: 1}", ""]
    ]
    assert fed[-1] == Event("4", "a", {"x": 1})
    assert fed[:-1] == [None] * 7
    assert lines.headers["Last-Event-ID"] == "4"
    lines.feed("id: 5")
    lines.begin_again()
    assert lines.last_id == "4"
    assert lines.feed("") is None
