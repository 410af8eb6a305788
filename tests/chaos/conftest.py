"""A system to be hurt, and files that take long enough to be hurt in the middle."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pdf_factory import images
from tests.support.services import System
from tests.support.valkey import ValkeyServer


@pytest.fixture
def system(tmp_path: Path, own_valkey: ValkeyServer) -> Iterator[System]:
    """A system with no service running yet, whose leases and sweeps are short."""
    with System(tmp_path, own_valkey.url) as made:
        yield made


@pytest.fixture
def own_valkey(tmp_path: Path, valkey: ValkeyServer) -> Iterator[ValkeyServer]:
    """A server of the test's own, to be stopped at will. Asks for the shared one to be skipped where there is none."""
    assert valkey.port
    with ValkeyServer(tmp_path / "valkey") as server:
        yield server


@pytest.fixture
def own_valkey_url(own_valkey: ValkeyServer) -> str:
    """Where it is."""
    return own_valkey.url


@pytest.fixture(scope="session")
def slow_pdf() -> bytes:
    """A photograph that takes the engine about a second."""
    return images.photo_flate(1000, 750)
