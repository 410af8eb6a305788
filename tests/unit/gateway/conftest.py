"""A fresh gateway for every test."""

from pathlib import Path

import pytest

from tests.unit.gateway.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A gateway on fakes, with all it works on."""
    return World(tmp_path / "store")
