"""What reaches the gateway below its routes: heads without an end, and offers to switch protocols."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path

import httpx
import pytest
import uvicorn

from tests.support.gateway_process import GatewayProcess
from tests.support.valkey import ValkeyServer
from upload_gateway.protocol import MAX_HEAD_BYTES, BoundedHttpProtocol

START = b"POST /api/compress/bulk HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
BODY = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF\r\n--B--\r\n'
ENDLESS_BYTES = 32 * 2**20  # of what should be refused after MAX_HEAD_BYTES and what the sockets hold
SENT_AT_MOST = 16 * 2**20


@pytest.fixture(scope="module")
def gateway(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway for all tests."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    with GatewayProcess(valkey.url, folder / "store", folder / "gateway.log") as process:
        yield process


@pytest.fixture
def connection(gateway: GatewayProcess) -> Iterator[socket.socket]:
    """A connection to the gateway."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        yield connection


def status_of_answer(connection: socket.socket) -> int:
    """Read one answer whole; return its status."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


@pytest.mark.parametrize(
    ("beginning", "piece"),
    [
        (b"GET /", b"y" * 2**14),
        (b"GET / HTTP/1.1\r\nHost: gateway\r\nX-Long: ", b"y" * 2**14),
        (b"GET / HTTP/1.1\r\nHost: gateway\r\n", b"X-Many: y\r\n" * 2**10),
        (START + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: y\r\n" * 2**10),
        (START + b"Transfer-Encoding: chunked\r\n\r\n5;", b"extension" * 2**10),
    ],
    ids=["url", "header", "headers", "trailers", "chunk extension"],
)
def test_a_head_without_an_end_is_cut_off(connection: socket.socket, beginning: bytes, piece: bytes) -> None:
    connection.sendall(beginning)
    sent = 0
    with suppress(ConnectionError):
        while sent < ENDLESS_BYTES:
            connection.sendall(piece)
            sent += len(piece)
    assert sent < SENT_AT_MOST


def test_a_head_that_is_too_large_is_answered_so(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: gateway\r\nX-Long: " + b"y" * MAX_HEAD_BYTES)
    assert status_of_answer(connection) == 431


def test_many_requests_on_one_connection_make_no_large_head(connection: socket.socket) -> None:
    padding = b"y" * (MAX_HEAD_BYTES // 4)
    for _ in range(8):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: gateway\r\nX-Long: %b\r\n\r\n" % padding)
        assert status_of_answer(connection) == 200


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
@pytest.mark.parametrize("at_once", [True, False])
def test_an_upload_that_offers_another_protocol_is_taken_whole(
    connection: socket.socket, protocol: bytes, *, at_once: bool
) -> None:
    offer = (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n" % protocol
    )
    head = START + offer + b"Content-Length: %d\r\n\r\n" % len(BODY)
    for piece in [head + BODY] if at_once else [head[:80], head[80:], BODY]:
        connection.sendall(piece)
    assert status_of_answer(connection) == 202


def all_of_it(connection: socket.socket, request: bytes) -> tuple[bytes, bytes]:
    """The head of the answer and its body, which ends with the connection."""
    connection.sendall(request)
    received = b""
    while piece := connection.recv(65536):
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return head.lower(), body


def test_a_client_of_http_1_0_gets_no_chunks(gateway: GatewayProcess, connection: socket.socket) -> None:
    files = {"files": ("a.pdf", b"%PDF-1.7")}
    job = httpx.post(f"{gateway.url}/api/compress/bulk", files=files, timeout=60).json()
    head, body = all_of_it(connection, b"GET %b HTTP/1.0\r\n\r\n" % job["links"]["report"].encode())
    assert head.startswith(b"http/1.1 200 ")
    assert b"\r\ntransfer-encoding:" not in head
    assert json.loads(body)["job"]["job_id"] == job["job_id"]


def test_a_client_of_http_1_0_is_not_told_to_go_on(connection: socket.socket) -> None:
    old = START.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    head, body = all_of_it(connection, old + BODY)
    assert head.startswith(b"http/1.1 202 ")
    assert json.loads(body)["file_count"] == 1


def test_answers_do_not_wait_for_acknowledgements() -> None:
    async def app(_scope: object, _receive: object, _send: object) -> None:
        """Nothing is asked of it."""

    async def set_on_accepted() -> int:
        made: list[BoundedHttpProtocol] = []
        config = uvicorn.Config(app)
        state = uvicorn.Server(config).server_state

        def protocol() -> BoundedHttpProtocol:
            made.append(BoundedHttpProtocol(config, state, {}))
            return made[-1]

        listener = socket.create_server(("127.0.0.1", 0))  # as the gateway opens its own
        server = await asyncio.get_running_loop().create_server(protocol, sock=listener)
        _, writer = await asyncio.open_connection(*listener.getsockname())
        while not made or made[-1].transport is None:
            await asyncio.sleep(0.01)
        accepted = made[-1].transport.get_extra_info("socket")
        is_set = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        server.close()
        return int(is_set)

    assert asyncio.run(set_on_accepted()) != 0
