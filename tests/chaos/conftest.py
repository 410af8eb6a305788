"""A system to be hurt, and files that take long enough to be hurt in the middle."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.faulty_link import FaultyLink
from tests.support.gateway_process import GatewayProcess
from tests.support.pdf_factory import images
from tests.support.s3 import S3Bucket
from tests.support.services import System
from tests.support.valkey import ValkeyServer

PART_SIZE_BYTES = 5 * 2**20  # S3 takes no smaller ones


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


@pytest.fixture
def link(s3_bucket: S3Bucket) -> Iterator[FaultyLink]:
    """The way to the object store."""
    with FaultyLink(urlsplit(s3_bucket.server.endpoint).port or 80) as made:
        yield made


@pytest.fixture
def outaged(
    tmp_path: Path, own_valkey: ValkeyServer, s3_bucket: S3Bucket, link: FaultyLink, monkeypatch: pytest.MonkeyPatch
) -> Iterator[System]:
    """A system whose store is behind the link, with the product's own number of retries, each a little sooner."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_bucket.server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_bucket.server.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    store = {
        "bulkpress_store": f"s3://{s3_bucket.name}",
        "bulkpress_s3_endpoint": f"http://127.0.0.1:{link.port}",
        "bulkpress_retry_delay_s": "15",
    }
    with System(tmp_path / "system", own_valkey.url, **store) as made:
        yield made


@pytest.fixture
def gateway(outaged: System) -> Iterator[GatewayProcess]:
    """The gateway of that system, which sends parts of objects to the store while it receives them."""
    settings = {
        "BULKPRESS_S3_ENDPOINT": outaged.settings.bulkpress_s3_endpoint or "",
        "BULKPRESS_S3_PART_SIZE_BYTES": str(PART_SIZE_BYTES),
    }
    with GatewayProcess(
        outaged.settings.broker_url, outaged.settings.bulkpress_store, outaged.folder / "gateway.log", **settings
    ) as made:
        yield made
