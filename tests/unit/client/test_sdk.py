"""The SDK against the real gateway over a real socket; jobs are ended by hand, so no worker is needed."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest
import redis
import uvicorn

from bulkpress_client import BulkpressApiError, Client, JobView, UnreachableError
from bulkpress_client.local.ports import free_ports
from bulkpress_client.local.run_record import wait_until
from bulkpress_core.domain.jobs import JobId
from tests.unit.gateway.credentials import KeyedWorld
from tests.unit.gateway.world import LIMITS, World, failed

HEAD = b"%PDF-"


class HasApp(Protocol):
    """Something with a gateway."""

    app: Any


@contextmanager
def served(world: HasApp) -> Iterator[str]:
    """Its gateway on a free port, by its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(world.app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert wait_until(lambda: server.started, time.monotonic() + 30)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def world(tmp_path: Path, redis_client: redis.Redis) -> World:
    """A gateway that takes many small files."""
    return World(tmp_path / "store", redis_client, limits=replace(LIMITS, max_files=250))


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    """A client of the world's gateway."""
    with served(world) as url, Client(url) as made:
        yield made


def written(folder: Path, **files: bytes) -> list[Path]:
    """Files called after their keyword, with the suffix .pdf, that begin like a PDF."""
    folder.mkdir(exist_ok=True)
    for name, made in files.items():
        (folder / f"{name}.pdf").write_bytes(HEAD + made)
    return [folder / f"{name}.pdf" for name in files]


def test_a_job_is_submitted_with_its_settings_and_its_files_arrive_whole(
    world: World, client: Client, tmp_path: Path
) -> None:
    large = bytes(range(256)) * 3000
    job = client.submit(written(tmp_path / "in", a=large, b=b"small"), level="high", image_quality=40)
    settings = world.jobs.get(JobId(job.job_id)).settings.asked()
    stored = [b"".join(world.objects.read(file.source_key)) for file in world.jobs.files(JobId(job.job_id))]
    assert (job.status, job.file_count, job.is_finished) == ("queued", 2, False)
    assert settings == {"compression_level": "high", "image_quality": 40}
    assert stored == [HEAD + large, HEAD + b"small"]


@pytest.fixture
def few_open_files() -> Iterator[None]:
    """This process may open 64 files more than it has open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (psutil.Process().num_fds() + 64, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_open_files")
def test_a_job_may_have_more_files_than_a_process_may_have_open(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bulkpress_client.sdk.calls.PER_PAGE", 100)
    paths = written(tmp_path / "in", **{f"f{number}": b"%PDF" for number in range(250)})
    job = client.submit(paths)
    assert [file.name for file in client.files(job.job_id)] == [path.name for path in paths]


def test_waiting_tells_of_the_progress_and_ends_with_the_job(world: World, client: Client, tmp_path: Path) -> None:
    job_id = client.submit(written(tmp_path / "in", a=b"1" * 100, b=b"2" * 100)).job_id
    world.end(JobId(job_id), world.done(b"1"))
    seen: list[float] = []

    def end_the_rest(job: JobView) -> None:
        seen.append(job.progress)
        if len(seen) == 1:
            world.end(JobId(job_id), world.done(b"2"))

    job = client.wait(job_id, on_progress=end_the_rest)
    assert (seen[0], seen[-1], job.is_finished, job.done_count) == (50.0, 100.0, True, 2)


def test_waiting_gives_up_when_told_to(client: Client, tmp_path: Path) -> None:
    job_id = client.submit(written(tmp_path / "in", a=b"1")).job_id
    with pytest.raises(TimeoutError, match=job_id):
        client.wait(job_id, timeout_s=0)


def test_the_results_of_several_files_are_unpacked_with_their_report(
    world: World, client: Client, tmp_path: Path
) -> None:
    job_id = client.submit(written(tmp_path / "in", a=b"1" * 100, b=b"2" * 100)).job_id
    world.end(JobId(job_id), world.done(b"one"), world.done(b"two"))
    paths = client.download(job_id, tmp_path / "out")
    assert [path.name for path in paths] == ["a.pdf", "b.pdf", "report.csv"]
    assert [path.read_bytes() for path in paths[:2]] == [b"one", b"two"]
    assert sorted(tmp_path.glob("out/*")) == sorted(paths)


def test_the_one_result_is_saved_under_its_own_name(world: World, client: Client, tmp_path: Path) -> None:
    job_id = client.submit(written(tmp_path / "in", **{"Übersicht 100% (neu)": b"1" * 100})).job_id
    world.end(JobId(job_id), world.done(b"one"))
    [path] = client.download(job_id, tmp_path / "out")
    assert (path.name, path.read_bytes()) == ("Übersicht 100% (neu).pdf", b"one")


def test_a_refusal_comes_with_its_code_and_detail(client: Client, tmp_path: Path) -> None:
    with pytest.raises(BulkpressApiError) as refused:
        client.submit(written(tmp_path / "in", a=b"1"), level="extreme")
    assert (refused.value.status, refused.value.code) == (422, "invalid_setting")
    assert "extreme" in refused.value.detail


def test_failed_files_are_pressed_once_more_when_asked_for(world: World, client: Client, tmp_path: Path) -> None:
    job_id = client.submit(written(tmp_path / "in", a=b"1", b=b"2")).job_id
    world.end(JobId(job_id), world.done(b"1"), failed)
    job = client.retry(job_id)
    assert (job.status, job.done_count, job.failed_count) == ("running", 1, 0)


def test_a_job_is_cancelled_and_deleted(client: Client, tmp_path: Path) -> None:
    job_id = client.submit(written(tmp_path / "in", a=b"1")).job_id
    job = client.cancel(job_id)
    assert (job.is_finished, job.cancelled_count) == (True, 1)
    client.delete(job_id)
    with pytest.raises(BulkpressApiError) as refused:
        client.job(job_id)
    assert refused.value.code == "job_not_found"


def test_results_asked_for_too_early_are_refused(client: Client, tmp_path: Path) -> None:
    job_id = client.submit(written(tmp_path / "in", a=b"1")).job_id
    with pytest.raises(BulkpressApiError) as refused:
        client.download(job_id, tmp_path / "out")
    assert refused.value.status == 409
    assert list(tmp_path.glob("out/*")) == []


def test_nobody_there_is_told_with_the_address() -> None:
    [port] = free_ports("127.0.0.1", 1)
    with Client(f"http://127.0.0.1:{port}") as client, pytest.raises(UnreachableError, match=str(port)):
        client.job("0" * 32)


def test_an_api_key_opens_a_gateway_that_asks_who_calls(tmp_path: Path, redis_client: redis.Redis) -> None:
    world = KeyedWorld(tmp_path / "store", redis_client)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    with served(world) as url:
        with Client(url, api_key=world.new_key()) as client:
            assert client.submit([tmp_path / "a.pdf"]).file_count == 1
        with Client(url) as client, pytest.raises(BulkpressApiError, match="does not show"):
            client.submit([tmp_path / "a.pdf"])
