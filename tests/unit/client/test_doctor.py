"""What the doctor makes of a gateway that cannot work, and of a key that does not count."""

from pathlib import Path

import httpx
import redis

from bulkpress_client.cli.doctor import REMEDIES, Finding, there
from tests.unit.client.test_sdk import served
from tests.unit.gateway.credentials import KeyedWorld
from tests.unit.gateway.world import World


def test_what_is_out_of_reach_of_the_gateway_is_named_with_a_remedy(tmp_path: Path, redis_client: redis.Redis) -> None:
    world = World(tmp_path / "store", redis_client)
    world.objects.reachable = world.queue.reachable = False
    with served(world) as url:
        found = list(there(url, ""))
    assert found[:2] == [
        Finding(part, "out of reach of the gateway", REMEDIES[part]) for part in ("object_store", "broker")
    ]
    assert found[2] == Finding("access", "jobs can be listed")


def test_a_key_that_is_missing_is_told_of(tmp_path: Path, redis_client: redis.Redis) -> None:
    with served(KeyedWorld(tmp_path / "store", redis_client)) as url:
        ready, access = there(url, "")
    assert ready.is_well
    assert "not_authenticated" in access.found
    assert "bulkpress keys create" in access.remedy


def test_something_else_that_answers_is_no_gateway(tmp_path: Path, redis_client: redis.Redis) -> None:
    world = World(tmp_path / "store", redis_client)
    with served(world) as url:
        assert httpx.get(f"{url}/elsewhere/readyz").status_code == 404
        first = next(there(f"{url}/elsewhere", ""))
    assert (first.what, first.is_well) == ("gateway", False)
    assert "answers 404" in first.found
