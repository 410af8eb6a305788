"""The gateway as it runs: a process of its own, real HTTP, a real Valkey, a folder of objects."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from zipfile import ZipFile

import httpx
import psutil
import pytest
import redis
from pydantic import SecretStr

from bulkpress_core.adapters.connect import job_store, object_store
from bulkpress_core.domain.jobs import FileState, JobId, Outcome
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from tests.support.gateway_process import GatewayProcess
from tests.support.s3 import S3Bucket
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

MIB = 2**20
BOUNDARY = b"frontier"
HEAD = b'--frontier\r\nContent-Disposition: form-data; name="files"; filename="big.pdf"\r\n\r\n'
TAIL = b"\r\n--frontier--\r\n"


@pytest.fixture(scope="module")
def running(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GatewayProcess, Path]]:
    """One gateway for all tests that do not harm it, and its store: it keeps no state of its own."""
    folder = tmp_path_factory.mktemp("gateway")
    with GatewayProcess(valkey.url, folder / "store", folder / "gateway.log") as process:
        yield process, folder / "store"


@pytest.fixture
def gateway(running: tuple[GatewayProcess, Path], store: Path, redis_url: str) -> GatewayProcess:
    """A gateway on an empty Redis and an empty store."""
    return running[0]


@pytest.fixture
def store(running: tuple[GatewayProcess, Path]) -> Path:
    """The gateway's store, emptied."""
    shutil.rmtree(running[1], ignore_errors=True)
    return running[1]


@pytest.fixture
def own_gateway(redis_url: str, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A gateway that the test may harm, with the store `own` in its temporary folder."""
    with GatewayProcess(redis_url, tmp_path / "own", tmp_path / "gateway.log") as process:
        yield process


@pytest.fixture
def settings(redis_url: str, store: Path) -> Settings:
    """What the gateway was told, for acting on the same jobs and objects as a worker would."""
    return Settings(celery_broker_url=SecretStr(redis_url), bulkpress_store=str(store))


def upload(gateway: GatewayProcess, *files: tuple[str, bytes]) -> JobId:
    """The id of a job with these files."""
    parts = [("files", file) for file in files]
    answer = httpx.post(f"{gateway.url}/api/compress/bulk", files=parts, timeout=60)
    assert answer.status_code == 202, answer.text
    return JobId(answer.json()["job_id"])


def keep_all(settings: Settings, job_id: JobId) -> None:
    """End every file of the job as a worker that gains nothing does."""
    jobs, now = job_store(settings), datetime.now(UTC)
    jobs.open(job_id, Lane.COMPRESSION, now=now)
    while claim := jobs.claim(Lane.COMPRESSION, now=now, lease=timedelta(minutes=1)):
        file = claim.file
        outcome = Outcome(FileState.KEPT, "already_small", result_key=file.source_key, bytes_out=file.size_bytes)
        jobs.settle(claim, outcome, now=now)


def open_upload(gateway: GatewayProcess, body_bytes: int) -> socket.socket:
    """A connection on which the head of an upload was sent, but nothing yet of its body."""
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=30)
    connection.sendall(
        b"POST /api/compress/bulk HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, body_bytes)
    )
    return connection


def answer_on(connection: socket.socket) -> bytes:
    """All that the server sends before it closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def listens(gateway: GatewayProcess) -> bool:
    """Whether it takes new connections."""
    try:
        socket.create_connection(("127.0.0.1", gateway.port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def stored(store: Path) -> list[Path]:
    """All files in the store, also those not yet whole; it may change meanwhile, so Path.rglob would stumble."""
    return [Path(folder, name) for folder, _, names in os.walk(store) for name in names]


def nothing_left(store: Path, redis_url: str) -> bool:
    """Whether neither an object nor a record is there, but what the tenant has done and taken."""
    with redis.Redis.from_url(redis_url) as client:
        left = {key.rpartition(b":")[0] for key in client.scan_iter("bulkpress:*")}
    return not stored(store) and left <= {b"bulkpress:rate", b"bulkpress:actions"}


def test_a_job_goes_in_and_comes_out_over_real_http(gateway: GatewayProcess, settings: Settings) -> None:
    contents = {"ä.pdf": b"%PDF-one", "b.pdf": b"%PDF-" + bytes(range(256)) * 5000}
    job_id = upload(gateway, *contents.items())
    keep_all(settings, job_id)
    state = httpx.get(f"{gateway.url}/api/compress/jobs/{job_id}").json()
    assert (state["status"], state["completed_count"]) == ("finished", 2)
    answer = httpx.get(f"{gateway.url}/api/compress/download/{job_id}")
    archive = ZipFile(BytesIO(answer.content))
    assert {name: archive.read(name) for name in contents} == contents


@pytest.mark.parametrize(("files", "queue"), [(1, "compression-express"), (21, "compression")])
def test_an_accepted_job_is_announced_on_the_queue_of_its_lane(
    gateway: GatewayProcess, redis_url: str, files: int, queue: str
) -> None:
    upload(gateway, *[("a.pdf", b"%PDF-")] * files)
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen(queue) == 1


def test_a_ready_gateway_says_so_and_names_what_goes_away(own_gateway: GatewayProcess, tmp_path: Path) -> None:
    assert httpx.get(f"{own_gateway.url}/readyz").json() == {"status": "ready"}
    shutil.rmtree(tmp_path / "own", ignore_errors=True)
    (tmp_path / "own").write_text("a file where the folder should be")
    answer = httpx.get(f"{own_gateway.url}/readyz")
    assert (answer.status_code, answer.json()["failed"]) == (503, ["object_store"])


def test_300_mib_are_uploaded_within_64_mib_of_memory(gateway: GatewayProcess, store: Path) -> None:
    upload(gateway, ("warm.pdf", b"%PDF-".ljust(MIB)))  # what every first request loads is no matter of size
    process, done, seen = psutil.Process(gateway.process.pid), Event(), [0]
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.02):
            seen.append(process.memory_info().rss)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        with open_upload(gateway, len(HEAD) + 300 * MIB + len(TAIL)) as connection:
            connection.sendall(HEAD + b"%PDF-".ljust(MIB))
            for number in range(299):
                connection.sendall(number.to_bytes(2, "big") * (MIB // 2))
            connection.sendall(TAIL)
            assert b" 202 Accepted" in answer_on(connection)
    finally:
        done.set()
        watcher.join()
    assert max(path.stat().st_size for path in stored(store)) == 300 * MIB
    assert max(seen) - before < 64 * MIB


def test_a_client_that_leaves_in_mid_upload_leaves_no_object_and_no_job(
    gateway: GatewayProcess, store: Path, redis_url: str
) -> None:
    with open_upload(gateway, 100 * MIB) as connection:
        connection.sendall(HEAD + b"%PDF-".ljust(4 * MIB))
        until(lambda: stored(store))
        assert not nothing_left(store, redis_url)
    until(lambda: nothing_left(store, redis_url))
    assert httpx.get(f"{gateway.url}/healthz").status_code == 200


def test_60_uploads_at_once_are_all_taken_in_whole(gateway: GatewayProcess, settings: Settings, redis_url: str) -> None:
    contents = [b"%PDF-" + bytes([number]) * (20_000 + number) for number in range(60)]
    with ThreadPoolExecutor(60) as pool:
        job_ids = list(pool.map(lambda content: upload(gateway, ("a.pdf", content), ("b.pdf", content)), contents))
    assert len(set(job_ids)) == 60
    jobs, objects = job_store(settings), object_store(settings)
    for job_id, content in zip(job_ids, contents, strict=True):
        assert [b"".join(objects.read(file.source_key)) for file in jobs.files(job_id)] == [content, content]
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen("compression-express") == 60


def test_a_store_that_fails_in_mid_upload_is_a_503_that_leaves_nothing(
    own_gateway: GatewayProcess, tmp_path: Path, redis_url: str
) -> None:
    # No file of the gateway may grow past 1 MiB any more: its disk is full, as far as it can tell.
    resource.prlimit(own_gateway.process.pid, resource.RLIMIT_FSIZE, (MIB, MIB))
    parts = [("files", ("a.pdf", b"%PDF-".ljust(1000))), ("files", ("b.pdf", b"%PDF-".ljust(3 * MIB)))]
    answer = httpx.post(f"{own_gateway.url}/api/compress/bulk", files=parts, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert nothing_left(tmp_path / "own", redis_url)


def test_an_object_missing_in_mid_download_breaks_the_connection(
    gateway: GatewayProcess, settings: Settings, store: Path
) -> None:
    job_id = upload(gateway, ("a.pdf", b"%PDF-".ljust(2 * MIB)), ("b.pdf", b"%PDF-".ljust(MIB)))
    keep_all(settings, job_id)
    (store / f"default/{job_id}/source/1.pdf").unlink()
    with httpx.stream("GET", f"{gateway.url}/api/compress/download/{job_id}") as answer:
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
        assert 0 < answer.num_bytes_downloaded < int(answer.headers["content-length"])


def test_an_upload_refused_early_is_answered_though_the_client_goes_on_sending(gateway: GatewayProcess) -> None:
    body = HEAD.replace(b'name="files"', b'name="fies"') + b"x" * (20 * MIB) + TAIL
    headers = {"Content-Type": "multipart/form-data; boundary=frontier"}
    answer = httpx.post(f"{gateway.url}/api/compress/bulk", content=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")


def test_a_gateway_told_to_stop_finishes_the_upload_under_way_and_exits_with_0(
    own_gateway: GatewayProcess, tmp_path: Path
) -> None:
    content = b"%PDF-".ljust(3 * MIB)
    with open_upload(own_gateway, len(HEAD) + len(content) + len(TAIL)) as connection:
        connection.sendall(HEAD + content[:MIB])
        until(lambda: stored(tmp_path / "own"))
        own_gateway.tell_to_stop()
        until(lambda: not listens(own_gateway))
        connection.sendall(content[MIB:] + TAIL)
        assert b" 202 Accepted" in answer_on(connection)
    assert own_gateway.process.wait(30) == 0


def test_a_gateway_interrupted_twice_drops_the_upload_under_way_and_leaves_nothing_of_it(
    own_gateway: GatewayProcess, tmp_path: Path, redis_url: str
) -> None:
    with open_upload(own_gateway, 100 * MIB) as connection:
        connection.sendall(HEAD + b"%PDF-".ljust(MIB))
        until(lambda: stored(tmp_path / "own"))
        own_gateway.process.send_signal(signal.SIGINT)
        until(lambda: not listens(own_gateway))
        own_gateway.process.send_signal(signal.SIGINT)
        assert own_gateway.process.wait(20) == 0
    assert nothing_left(tmp_path / "own", redis_url)


def test_a_port_in_use_is_named_and_ends_the_start_with_1(gateway: GatewayProcess) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "upload_gateway"],
        env={"BULKPRESS_GATEWAY_PORT": str(gateway.port)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"127.0.0.1:{gateway.port}: Address already in use" in second.stderr
    assert "BULKPRESS_GATEWAY_PORT" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("BULKPRESS_GATEWAY_PORT", "70000"), ("BULKPRESS_STORE", "ftp://somewhere")]
)
def test_a_setting_that_cannot_be_is_named_and_ends_the_start_with_1(name: str, value: str) -> None:
    start = subprocess.run(
        [sys.executable, "-m", "upload_gateway"],
        env={name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert start.returncode == 1
    assert name in start.stderr.upper()
    assert "Traceback" not in start.stderr


def test_a_gateway_survives_a_redis_that_goes_away_and_comes_back(tmp_path: Path, valkey: ValkeyServer) -> None:
    with ValkeyServer(tmp_path / "own") as own, GatewayProcess(own.url, tmp_path / "s", tmp_path / "log") as gateway:
        job_id = upload(gateway, ("a.pdf", b"%PDF-"))
        own.stop()
        parts = [("files", ("b.pdf", b"%PDF-"))]
        for answer in (
            httpx.post(f"{gateway.url}/api/compress/bulk", files=parts, timeout=60),
            httpx.get(f"{gateway.url}/api/compress/jobs/{job_id}", timeout=60),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "state_unavailable")
            assert int(answer.headers["retry-after"]) > 0
        assert httpx.get(f"{gateway.url}/readyz", timeout=60).json()["failed"] == ["state_store", "broker"]
        own.start()
        assert upload(gateway, ("c.pdf", b"%PDF-"))
        assert len(stored(tmp_path / "s")) == 2


def test_on_s3_a_file_of_several_parts_goes_in_and_comes_out_by_its_own_url(
    redis_url: str, s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = {
        "AWS_ACCESS_KEY_ID": s3_bucket.server.access_key,
        "AWS_SECRET_ACCESS_KEY": s3_bucket.server.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    place = {"BULKPRESS_S3_ENDPOINT": s3_bucket.server.endpoint, "BULKPRESS_DOWNLOAD_REDIRECT": "true"}
    address = f"s3://{s3_bucket.name}/some/prefix"
    content = b"%PDF-" + bytes(range(256)) * (20 * MIB // 256)
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    settings = Settings(
        celery_broker_url=SecretStr(redis_url),
        bulkpress_store=address,
        bulkpress_s3_endpoint=s3_bucket.server.endpoint,
    )
    with GatewayProcess(redis_url, address, tmp_path / "log", **credentials, **place) as gateway:
        job_id = upload(gateway, ("grün.pdf", content))
        keep_all(settings, job_id)
        answer = httpx.get(f"{gateway.url}/api/compress/download/{job_id}")
        assert (answer.status_code, answer.headers["location"].startswith(s3_bucket.server.endpoint)) == (307, True)
        direct = httpx.get(answer.headers["location"])
        assert direct.content == content
        assert "gr%C3%BCn.pdf" in direct.headers["content-disposition"]
