"""Uploads that are larger than they may be, in every dimension that they have, to a gateway in a process of its own."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest
import redis

from tests.support.gateway_process import GatewayProcess
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

MIB = 2**20
LIMITS = {
    "BULKPRESS_MAX_FILE_BYTES": str(4 * MIB),
    "BULKPRESS_MAX_JOB_BYTES": str(8 * MIB),
    "BULKPRESS_MAX_FILES": "20",
}
TYPE = {"Content-Type": "multipart/form-data; boundary=B"}
FILE = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-1.7'
SENT_AT_MOST = 96 * MIB  # of what would go on for ever: limits, and what sockets and queues hold
GROWN_AT_MOST = 48 * MIB


@pytest.fixture(scope="module")
def running(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GatewayProcess, Path]]:
    """A gateway with small limits, warmed up."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    with GatewayProcess(valkey.url, folder / "store", folder / "gateway.log", **LIMITS) as process:
        httpx.post(
            f"{process.url}/api/compress/bulk", headers=TYPE, content=FILE.replace(b"%PDF", b"no") + b"\r\n--B--\r\n"
        )
        yield process, folder / "store"


ENDLESS = {
    "a file": (FILE, b"x" * MIB, 413),
    "files": (b"", FILE + b"x" * 1000 + b"\r\n", 413),
    "what is no PDF": (FILE.replace(b"%PDF-1.7", b"GIF89a"), b"x" * MIB, 413),
    "the head of a part": (b"--B\r\n", b"X-Header: y\r\n" * 1000, 400),
    "a name": (b'--B\r\nContent-Disposition: form-data; name="files"; filename="', b"n" * 10_000, 400),
    "a setting": (b'--B\r\nContent-Disposition: form-data; name="compression_level"\r\n\r\n', b"low" * 10_000, 422),
    "settings of files": (b'--B\r\nContent-Disposition: form-data; name="file_settings"\r\n\r\n', b"[" * 100_000, 422),
    "what comes before the first part": (b"", b"preamble\r\n" * 10_000, 400),
}


@pytest.mark.parametrize(("beginning", "piece", "status"), ENDLESS.values(), ids=ENDLESS)
def test_what_has_no_end_is_cut_off_in_bounded_memory_and_nothing_of_it_stays(
    running: tuple[GatewayProcess, Path], redis_client: redis.Redis, beginning: bytes, piece: bytes, status: int
) -> None:
    gateway, store = running
    process = psutil.Process(gateway.process.pid)
    before, sent = process.memory_info().rss, 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        yield beginning
        for _ in count():
            sent += len(piece)
            assert sent < SENT_AT_MOST
            yield piece

    with suppress(httpx.TransportError):  # the connection is ended while the rest is being sent
        httpx.post(f"{gateway.url}/api/compress/bulk", headers=TYPE, content=body(), timeout=60)
    assert process.memory_info().rss - before < GROWN_AT_MOST
    until(lambda: not redis_client.keys("bulkpress:job:*"), "the job is forgotten")
    assert [path for path in store.rglob("*.pdf") if path.is_file()] == []
    statuses = [event["status"] for event in gateway.events if event.get("route") == "/api/compress/bulk"]
    assert statuses[-1] == status


@pytest.mark.parametrize("announced", [10**9, 10**17])
def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(
    running: tuple[GatewayProcess, Path], announced: int
) -> None:
    gateway, _ = running
    head = "POST /api/compress/bulk HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: {announced}\r\n\r\n".encode())
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 413
        assert json.loads(answer.read())["code"] == "job_too_large"
