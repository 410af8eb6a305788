"""Uploads whose bytes come slowly: as long as they go on, their place and their key are theirs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from bulkpress_core.adapters.redis_idempotency import RedisIdempotencyKeys
from bulkpress_core.domain.errors import IdempotencyKeyReusedError, TooManyUploadsError
from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.limits import TenantLimits
from tests.unit.gateway.world import MULTIPART, TENANT, World, body, file_part
from upload_gateway import leases
from upload_gateway.routers import uploads
from upload_gateway.tenant_limits import LEASE

UPLOAD = body(file_part("a.pdf", b"%PDF-1.7 and so on" * 30))
LIMITS = TenantLimits(uploads_at_once=1)
STEP = timedelta(seconds=40)
LIMIT_S = 60.0  # only a test that fails waits that long


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.005)


def leases_end_after(world: World, name: str) -> bool:
    """Whether the upload and its key have leases that go on beyond the world's time."""
    now_ms = world.time.timestamp() * 1000
    (once,) = world.client.scan_iter("bulkpress:once:*")
    places: Any = world.client.zrange(f"bulkpress:uploads:{name}", 0, -1, withscores=True)
    key_ends: Any = world.client.hget(once, "lease")
    return all(ends > now_ms + 60_000 for ends in (float(key_ends), *(ends for _, ends in places)))


@pytest.mark.parametrize("first", [b"", UPLOAD[:70]], ids=["nothing has come", "half of it has come"])
def test_its_place_and_its_key_are_not_given_away(world: World, monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
    monkeypatch.setattr(leases, "LOOK_EVERY_S", 0.01)
    world.tenant_limits[TENANT] = LIMITS
    keys = RedisIdempotencyKeys(world.client)

    async def slowly() -> AsyncIterator[bytes]:
        yield first
        await until(lambda: bool(world.client.keys("bulkpress:once:*")))
        for _ in range(5):
            world.time += STEP
            await until(lambda: leases_end_after(world, TENANT))
        with pytest.raises(TooManyUploadsError):
            world.limiter.begin_upload(TENANT, LIMITS, "other", 0, now=world.time, lease=LEASE)
        with pytest.raises(IdempotencyKeyReusedError):
            keys.begin(TENANT, "k-1", "another request", JobId("0" * 32), now=world.time, lease=LEASE)
        yield UPLOAD[len(first) :]

    headers = {**MULTIPART, "Idempotency-Key": "k-1"}
    answer = world.request("POST", "/api/compress/bulk", content=slowly(), headers=headers)
    assert answer.status_code == 202, answer.text
    assert world.client.keys("bulkpress:uploads:*") == []


def test_it_is_not_taken_for_broken_off_although_little_comes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "FED_EVERY_S", 0.0)
    begun = world.time

    async def slowly() -> AsyncIterator[bytes]:
        for at in range(0, len(UPLOAD), 40):
            yield UPLOAD[at : at + 40]
            world.time += STEP
            if at >= 160:  # past the head of the part
                stalled = world.jobs.stalled(untouched_since=world.time - 2 * STEP, limit=1)
                assert list(stalled) == []

    answer = world.request("POST", "/api/compress/bulk", content=slowly(), headers=MULTIPART)
    assert answer.status_code == 202, answer.text
    assert world.time > begun + 4 * STEP
