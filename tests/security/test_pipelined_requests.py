"""Requests sent by the thousand without waiting for an answer: read as they are answered, and others are served."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway_process import GatewayProcess
from tests.support.valkey import ValkeyServer

SHORTEST = b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n"
CONNECTIONS = 20
SENT_AT_MOST = 4 * 2**20  # of each connection: sockets hold some of it, and the gateway one read
GROWTH_MIB = 64
START = b"POST /api/compress/bulk HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
PART = b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'


@pytest.fixture(scope="module")
def gateway(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway for all tests."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    with GatewayProcess(valkey.url, folder / "store", folder / "gateway.log") as process:
        yield process


def resident_mib(gateway: GatewayProcess) -> int:
    """Memory of the gateway's process."""
    status = Path(f"/proc/{gateway.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+([0-9]+) kB", status)
    assert found
    return int(found[1]) // 1024


def push(connection: socket.socket, most: int) -> int:
    """Send the shortest request again and again until nothing more is taken; return the number of bytes."""
    connection.setblocking(False)
    sent, piece = 0, SHORTEST * 2000
    try:
        while sent < most:
            sent += connection.send(piece[sent % len(SHORTEST) :])
    except BlockingIOError:
        pass
    return sent


def statuses(gateway: GatewayProcess, sent: bytes) -> list[int]:
    """Those of all answers until the gateway ends the connection, in order."""
    received = b""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        connection.sendall(sent)
        while piece := connection.recv(65536):
            received += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", received)]


def test_a_flood_of_requests_costs_little_memory_and_keeps_nobody_waiting(gateway: GatewayProcess) -> None:
    assert gateway.request("GET", "/healthz").status_code == 200
    before = resident_mib(gateway)
    connections = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(CONNECTIONS)]
    try:
        for _ in range(20):
            for connection in connections:
                push(connection, SENT_AT_MOST // 20)
            assert gateway.request("GET", "/healthz").status_code == 200
        assert resident_mib(gateway) - before < GROWTH_MIB
    finally:
        for connection in connections:
            connection.close()
    assert gateway.request("GET", "/healthz").status_code == 200


def test_requests_sent_at_once_are_answered_in_order_however_many_and_large_they_are(gateway: GatewayProcess) -> None:
    missing = b"GET /nothing HTTP/1.1\r\nHost: gateway\r\n\r\n"
    body = PART + b"%PDF-1.7\n" + b"y" * 300_000 + b"\r\n--B--\r\n"
    upload = START + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:100_000], body[100_000:]))
    chunked = START + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    last = b"GET /nothing HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"
    sent = SHORTEST * 500 + upload + missing + chunked + SHORTEST * 300 + upload + upload + last
    assert statuses(gateway, sent) == [200] * 500 + [202, 404, 202] + [200] * 300 + [202, 202, 404]


def test_nonsense_behind_requests_that_wait_ends_the_connection(gateway: GatewayProcess) -> None:
    found = statuses(gateway, SHORTEST * 500 + b"NONSENSE\r\n\r\n" + SHORTEST)
    assert found[-1] == 400
    assert set(found[:-1]) == {200}
