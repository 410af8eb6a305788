"""Requests whose length can be read in two ways, so that a proxy in front and the gateway might not agree on it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway_process import GatewayProcess
from tests.support.valkey import ValkeyServer

POST = b"POST /api/compress/jobs/x/cancel HTTP/1.1\r\nHost: gateway\r\n"
HIDDEN = b"GET /metrics HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"
EMPTY_CHUNKS = b"\r\n\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def gateway(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway for all tests: none may harm it."""
    folder: Path = tmp_path_factory.mktemp("gateway")
    with GatewayProcess(valkey.url, folder / "store", folder / "gateway.log") as process:
        yield process


def answers(gateway: GatewayProcess, sent: bytes) -> bytes:
    """All that comes back until the gateway ends the connection, which it keeps for 5 s if it is content."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


AMBIGUOUS = {
    "content length and transfer encoding": b"Content-Length: 4\r\nTransfer-Encoding: chunked" + EMPTY_CHUNKS,
    "transfer encoding and content length": b"Transfer-Encoding: chunked\r\nContent-Length: 4" + EMPTY_CHUNKS,
    "two content lengths": b"Content-Length: 0\r\nContent-Length: 46\r\n\r\n",
    "a list of content lengths": b"Content-Length: 0, 46\r\n\r\n",
    "a signed content length": b"Content-Length: +0\r\n\r\n",
    "a hexadecimal content length": b"Content-Length: 0x0\r\n\r\n",
    "a space before the colon": b"Content-Length : 0\r\n\r\n",
    "a folded content length": b"Content-Length:\r\n 0\r\n\r\n",
    "chunked that is not the last coding": b"Transfer-Encoding: chunked, identity" + EMPTY_CHUNKS,
    "an unknown coding": b"Transfer-Encoding: xchunked" + EMPTY_CHUNKS,
    "a coding with a vertical tab": b"Transfer-Encoding: \x0bchunked" + EMPTY_CHUNKS,
    "a bare line feed": b"X-a: b\nContent-Length: 0\r\n\r\n",
    "a bare carriage return": b"X-a: b\rContent-Length: 0\r\n\r\n",
    "a null byte": b"X-a: b\x00c\r\n\r\n",
    "a chunk size with a sign": b"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
    "a chunk size in no number": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "chunk data that is longer than it says": b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "a coding before chunked": b"Transfer-Encoding: gzip, chunked" + EMPTY_CHUNKS,
    "two codings in two lines": b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked" + EMPTY_CHUNKS,
    "a second host": b"Host: another\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("framing", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(
    gateway: GatewayProcess, framing: bytes
) -> None:
    received = answers(gateway, POST + framing + HIDDEN)
    assert b"bulkpress_" not in received  # the hidden request would be answered with figures
    assert received.startswith(b"HTTP/1.1 400 ")
    assert received.count(b"HTTP/1.1 ") == 1


def test_one_that_is_clear_is_followed_by_the_next(gateway: GatewayProcess) -> None:
    assert b"bulkpress_" in answers(gateway, POST + b"Content-Length: 0\r\n\r\n" + HIDDEN)


@pytest.mark.parametrize(
    "head",
    [b"GET /healthz HTTP/1.1\r\n\r\n", b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ids=["no host", "chunks in HTTP/1.0"],
)
def test_what_no_sound_client_sends_is_refused(gateway: GatewayProcess, head: bytes) -> None:
    assert answers(gateway, head).startswith(b"HTTP/1.1 400 ")


def test_what_stands_behind_a_body_is_no_header(gateway: GatewayProcess) -> None:
    """A proxy that sets who calls and from where looks at headers only."""
    head = b"POST /api/compress/bulk HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
    chunks = b"Transfer-Encoding: chunked\r\nTrailer: X-Request-ID\r\n\r\n2\r\n{}\r\n0\r\n"
    received = answers(gateway, head + chunks + b"X-Request-ID: smuggled\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 422 ")
    assert b"smuggled" not in received


def test_the_refusal_is_a_problem_document(gateway: GatewayProcess) -> None:
    received = answers(gateway, b"NONSENSE\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n")
    assert b'"code": "malformed_request"' in received


def addresses(gateway: GatewayProcess, line: bytes) -> set[object]:
    """Where the log says that a request came from which has this header."""
    head = b"GET /api/compress/jobs HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n"
    assert answers(gateway, head + line + b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    return {event["client"] for event in gateway.events if event.get("route") == "/api/compress/jobs"}


@pytest.mark.parametrize("line", [b"X-Forwarded-For: 198.51.100.7", b"Forwarded: for=198.51.100.7"])
def test_a_client_that_names_another_address_is_not_believed(gateway: GatewayProcess, line: bytes) -> None:
    assert addresses(gateway, line) == {"127.0.0.1"}


def test_a_proxy_that_the_operator_trusts_is_believed(valkey: ValkeyServer, tmp_path: Path) -> None:
    trust = {"BULKPRESS_TRUSTED_PROXIES": "127.0.0.0/8"}
    with GatewayProcess(valkey.url, tmp_path / "store", tmp_path / "log", **trust) as gateway:
        # the last that is not itself a trusted proxy: what stands before it, anybody may have written
        assert addresses(gateway, b"X-Forwarded-For: 203.0.113.5, 198.51.100.7") == {"198.51.100.7"}
