"""Which address means which adapter, and what is said of those that mean none."""

from pathlib import Path
from typing import Any

import pytest

from bulkpress_core.adapters.connect import UnknownAddressError, job_store, object_store, redis_client, s3_client
from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.s3_objects import S3ObjectStore
from bulkpress_core.settings import Settings


def settings(**values: object) -> Settings:
    return Settings.model_validate(values)


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("./.bulkpress/store", Path(".bulkpress/store")),
        ("/var/lib/bulk press", Path("/var/lib/bulk press")),
        ("file:///var/lib/bulk%20press", Path("/var/lib/bulk press")),
        ("file://localhost/var/lib", Path("/var/lib")),
        ("~/store", Path.home() / "store"),
    ],
)
def test_a_path_or_a_file_url_is_a_folder(address: str, root: Path) -> None:
    store = object_store(settings(bulkpress_store=address))
    assert isinstance(store, FolderObjectStore)
    assert store._root == root.absolute()


@pytest.mark.parametrize(
    ("address", "bucket", "prefix"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://bucket/some/prefix", "bucket", "some/prefix/"),
        ("s3://bucket/some/prefix/", "bucket", "some/prefix/"),
    ],
)
def test_an_s3_url_is_a_bucket_with_a_prefix(address: str, bucket: str, prefix: str) -> None:
    store = object_store(settings(bulkpress_store=address, bulkpress_s3_part_size_bytes=6 * 2**20))
    assert isinstance(store, S3ObjectStore)
    assert (store._bucket, store._prefix, store._part_size_bytes) == (bucket, prefix, 6 * 2**20)


@pytest.mark.parametrize(
    "address", ["gs://bucket", "s3://", "s3:///prefix", "file://server/share", "file://", "http://x/y"]
)
def test_an_address_that_means_no_store_is_refused_with_those_that_do(address: str) -> None:
    with pytest.raises(UnknownAddressError, match="s3://bucket/prefix"):
        object_store(settings(bulkpress_store=address))


def test_the_s3_client_goes_where_the_settings_say() -> None:
    client = s3_client(settings(bulkpress_s3_endpoint="http://127.0.0.1:9/"))
    assert client.meta.endpoint_url == "http://127.0.0.1:9/"
    assert client.meta.config.s3["addressing_style"] == "path"
    assert client.meta.config.signature_version == "s3v4"


@pytest.mark.parametrize(
    "url", ["redis://:secret@h:1/2", "rediss://h/0?ssl_cert_reqs=required", "unix:///run/redis.sock"]
)
def test_jobs_live_in_the_redis_the_settings_name(url: str) -> None:
    assert isinstance(job_store(settings(bulkpress_state_url=url)), RedisJobStore)


def test_celerys_spelling_of_tls_options_is_understood() -> None:
    client = redis_client("rediss://h:1/0?ssl_cert_reqs=CERT_NONE")
    assert client.connection_pool.connection_kwargs["ssl_cert_reqs"] == "none"


@pytest.mark.parametrize("url", ["sentinel://a:26379;sentinel://b:26379", "sentinel://:secret@a/2; sentinel://b"])
def test_sentinels_are_asked_for_the_primary(url: str) -> None:
    assert isinstance(job_store(settings(celery_broker_url=url)), RedisJobStore)
    client = redis_client(url, master="main")
    pool: Any = client.connection_pool
    assert pool.service_name == "main"
    assert len(pool.sentinel_manager.sentinels) == 2


def test_a_list_of_sentinels_with_something_else_in_it_is_refused() -> None:
    with pytest.raises(UnknownAddressError, match=r"redis://b is not the address of a Sentinel"):
        redis_client("sentinel://a:26379;redis://b:6379")
