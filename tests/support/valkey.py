"""A real Valkey for tests: one server for each test process, an empty database for each test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
import redis

from bulkpress_client.local.valkey import ValkeyMissingError, ValkeyServer, server_program

__all__ = ["ValkeyServer", "missing_server", "redis_client", "redis_url", "valkey"]


def missing_server(what: str) -> NoReturn:
    """Skip the test that needs a server this machine does not have; fail it in CI, where nothing may go untested."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}. CI must have it.")
    pytest.skip(what)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A running server. Tests that stop it start one of their own instead, from `ValkeyServer(tmp_path)`."""
    try:
        server_program()
    except ValkeyMissingError as error:
        missing_server(str(error))
    folder: Path = tmp_path_factory.mktemp("valkey")
    with ValkeyServer(folder, append_only=False) as server:
        yield server


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> str:
    """The URL of an empty database."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of an empty database."""
    with redis.Redis.from_url(redis_url) as client:
        yield client
