"""The adapters that each port's contract is tested on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bulkpress_core.adapters.connect import object_store
from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.s3_objects import S3ObjectStore
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.settings import Settings
from tests.support.s3 import S3Server, bucket_on, running_s3_server
from tests.support.versitygw import running_versitygw

S3_SERVERS = ("swift", "versitygw")


@pytest.fixture(scope="package")
def swift() -> Iterator[S3Server]:
    """A running Swift with its S3 API."""
    with running_s3_server() as server:
        yield server


@pytest.fixture(scope="package")
def versitygw() -> Iterator[S3Server]:
    """A running versitygw: two servers that others wrote differ in more than one would think."""
    with running_versitygw() as (server, _):
        yield server


@pytest.fixture(params=S3_SERVERS)
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    """Each of the two."""
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def jobs(redis_client: redis.Redis) -> JobStore:
    """An empty job store."""
    return RedisJobStore(redis_client)


@pytest.fixture(params=["folder", *S3_SERVERS])
def objects(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FolderObjectStore | S3ObjectStore]:
    """An empty object store, made from settings as services make theirs."""
    if request.param == "folder":
        yield FolderObjectStore(tmp_path / "store")
        return
    with bucket_on(request.getfixturevalue(request.param)) as bucket:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.server.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.server.secret_key)
        settings = Settings(
            bulkpress_store=f"s3://{bucket.name}/some/prefix",
            bulkpress_s3_endpoint=bucket.server.endpoint,
            bulkpress_s3_part_size_bytes=5 * 2**20,
        )
        store = object_store(settings)
        assert isinstance(store, S3ObjectStore)
        yield store
        store._client.close()
