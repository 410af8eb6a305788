"""A gateway killed in the middle of an upload: what the upload had taken comes free, and it can be sent again."""

import socket
from pathlib import Path
from typing import Any

import httpx
import redis

from tests.support.gateway_process import GatewayProcess
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

BODY = (
    b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'
    + b"y" * 600_000
    + b"\r\n--B--\r\n"
)
TYPE = "multipart/form-data; boundary=B"
LIMITS = {"BULKPRESS_UPLOADS_AT_ONCE": "1", "BULKPRESS_BYTES_PER_DAY": "1000000"}  # not twice as much as is announced


def upload(gateway: GatewayProcess) -> httpx.Response:
    headers = {"Content-Type": TYPE, "Idempotency-Key": "once"}
    return httpx.post(f"{gateway.url}/api/compress/bulk", content=BODY, headers=headers, timeout=60)


def half_an_upload(gateway: GatewayProcess) -> socket.socket:
    """The connection on which it goes on."""
    connection = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)
    head = f"POST /api/compress/bulk HTTP/1.1\r\nHost: x\r\nContent-Type: {TYPE}\r\nContent-Length: {len(BODY)}\r\n"
    connection.sendall(head.encode() + b"Idempotency-Key: once\r\n\r\n" + BODY[: len(BODY) // 2])
    return connection


def let_leases_end(client: redis.Redis) -> None:
    """What two minutes do."""
    for key in client.scan_iter("bulkpress:uploads:*"):
        uploads: Any = client.zrange(key, 0, -1)
        client.zadd(key, dict.fromkeys(uploads, 0))
    for key in client.scan_iter("bulkpress:once:*"):
        client.hset(key, "lease", 0)


def test_its_place_its_bytes_and_its_key_come_free(
    valkey: ValkeyServer, redis_client: redis.Redis, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with GatewayProcess(valkey.url, store, tmp_path / "first.log", **LIMITS) as first, half_an_upload(first):
        until(lambda: list(redis_client.scan_iter("bulkpress:job:*")), "the job is recorded")
        first.process.kill()
        first.process.wait()
    with GatewayProcess(valkey.url, store, tmp_path / "second.log", **LIMITS) as second:
        assert upload(second).status_code == 429  # it may still go on, elsewhere
        let_leases_end(redis_client)
        answer = upload(second)
        assert answer.status_code == 202, answer.text
