"""Clients that hold a connection by doing nothing, or as little as they can."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import redis

from tests.support.gateway_process import GatewayProcess
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

IMPATIENT = {
    "BULKPRESS_HEAD_LIMIT_S": "0.6",
    "BULKPRESS_MIN_UPLOAD_RATE": "1000",
    "BULKPRESS_MIN_UPLOAD_WINDOW_S": "0.6",
    "BULKPRESS_READER_LIMIT_S": "0.6",
}
UPLOAD = (
    b"POST /api/compress/bulk HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
    b"Content-Length: 5000000\r\n\r\n"
    b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-1.7'
)


@pytest.fixture(scope="module")
def gateway(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway that waits for nobody for longer than a second."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    with GatewayProcess(valkey.url, folder / "store", folder / "gateway.log", **IMPATIENT) as process:
        yield process


@pytest.fixture
def connection(gateway: GatewayProcess, redis_url: str) -> Iterator[socket.socket]:
    """A connection to it."""
    assert redis_url
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        yield connection


def drip(connection: socket.socket, piece: bytes, every_s: float) -> bytes:
    """Send the piece again and again until the other side ends it; return what it had to say."""
    connection.settimeout(every_s)
    answer = b""
    for _ in range(int(20 / every_s)):
        with suppress(TimeoutError):
            received = connection.recv(65536)
            answer += received
            if not received:
                return answer
        with suppress(ConnectionError):
            connection.sendall(piece)
    raise AssertionError(f"still connected; so far: {answer!r}")


def test_slowloris_a_head_that_never_ends(connection: socket.socket) -> None:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n")
    answer = drip(connection, b"X-a: b\r\n", 0.1)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b'"code": "request_timeout"' in answer


def test_a_connection_on_which_nothing_is_said(connection: socket.socket) -> None:
    assert drip(connection, b"", 0.1).startswith(b"HTTP/1.1 408 ")


def test_slow_post_a_body_that_drips_is_discarded(
    connection: socket.socket, gateway: GatewayProcess, redis_client: redis.Redis
) -> None:
    connection.sendall(UPLOAD)
    until(lambda: redis_client.zcard("bulkpress:receiving"), "the upload is under way")
    assert drip(connection, b"x", 0.1).startswith(b"HTTP/1.1 408 ")
    until(lambda: not redis_client.exists("bulkpress:receiving"), "the upload is discarded")
    until(lambda: not redis_client.exists("bulkpress:uploads:default"), "its place is free")
    assert httpx.get(f"{gateway.url}/healthz").status_code == 200


def test_a_body_that_comes_at_a_fair_rate_may_take_its_time(connection: socket.socket) -> None:
    size, tail = 40_000, b"\r\n--B--\r\n"
    head = UPLOAD.replace(b"5000000", str(size).encode())
    sent = len(head) - head.index(b"--B")
    connection.sendall(head)
    rest = b"x" * (size - sent - len(tail)) + tail
    for at in range(0, len(rest), 2000):  # 20,000 bytes a second, for two seconds: longer than any limit
        connection.sendall(rest[at : at + 2000])
        time.sleep(0.1)
    assert connection.recv(65536).startswith(b"HTTP/1.1 202 ")


def ask_and_never_read(connection: socket.socket) -> None:
    """Ask for many megabytes, again and again for 20 s at most."""
    for _ in range(100):
        with suppress(TimeoutError):
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: gateway\r\n\r\n" * 200)
        time.sleep(0.05)


def test_slow_read_an_answer_that_is_not_taken(gateway: GatewayProcess, redis_url: str) -> None:
    assert redis_url
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", gateway.port))
        connection.settimeout(0.2)
        with pytest.raises(ConnectionError):
            ask_and_never_read(connection)


def test_many_slow_clients_at_once_leave_room_for_a_quick_one(gateway: GatewayProcess) -> None:
    slow = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(300)]
    try:
        for connection in slow:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: gateway\r\nX-a: ")
        assert httpx.get(f"{gateway.url}/healthz", timeout=20).status_code == 200
        for connection in slow:
            connection.settimeout(20)
            assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
    finally:
        for connection in slow:
            connection.close()
