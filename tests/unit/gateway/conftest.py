"""A fresh gateway for every test."""

from pathlib import Path

import pytest
import redis

from tests.unit.gateway.credentials import KeyedWorld
from tests.unit.gateway.world import World


@pytest.fixture
def world(tmp_path: Path, redis_client: redis.Redis) -> World:
    """A gateway with all it works on."""
    return World(tmp_path / "store", redis_client)


@pytest.fixture
def keyed_world(tmp_path: Path, redis_client: redis.Redis) -> KeyedWorld:
    """A gateway that wants API keys."""
    return KeyedWorld(tmp_path / "store", redis_client)
