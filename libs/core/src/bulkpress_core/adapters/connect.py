"""From settings to adapters: the one place that knows which address means which. Nothing is connected to before use."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import redis
from botocore.config import Config
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.s3_objects import S3ObjectStore
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.object_store import ObjectStore
from bulkpress_core.settings import Settings, SettingsError

CONNECT_LIMIT_S = 5.0
REDIS_ANSWER_LIMIT_S = 10.0
REDIS_RETRIES = 3  # 0.1 to 1 s apart: rides out a restart; what takes longer is for the caller to try again
S3_ANSWER_LIMIT_S = 60.0
S3_ATTEMPTS = 4
S3_CONNECTIONS = 32  # a gateway streams that many uploads at once without waiting for a connection


class UnknownAddressError(SettingsError):
    """A setting names a place in a way Bulkpress does not know."""


def job_store(settings: Settings) -> JobStore:
    """The job store at BULKPRESS_STATE_URL, or at the broker's address. Raises UnknownAddressError."""
    return RedisJobStore(redis_client(settings.state_url))


def redis_client(url: str) -> redis.Redis:
    """A client that returns bytes, waits a bounded time and tries again for a moment. Raises UnknownAddressError."""
    if url.startswith("sentinel://"):
        raise UnknownAddressError(
            "Bulkpress keeps jobs in one Redis and does not ask Sentinels where it is: set BULKPRESS_STATE_URL to the "
            "address of the primary server, or of a proxy that follows it (redis://, rediss:// or unix://)"
        )
    # Celery's spelling of the same option, for operators who give both the same address
    url = re.sub(r"ssl_cert_reqs=CERT_(\w+)", lambda found: f"ssl_cert_reqs={found[1].lower()}", url)
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_LIMIT_S,
        socket_timeout=REDIS_ANSWER_LIMIT_S,
        socket_keepalive=True,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=1.0, base=0.1), REDIS_RETRIES),
    )


def object_store(settings: Settings) -> ObjectStore:
    """The object store BULKPRESS_STORE names: s3://bucket[/prefix], a folder or its file:// URL.

    Raises UnknownAddressError.
    """
    address = settings.bulkpress_store
    if "://" not in address:
        return FolderObjectStore(Path(address).expanduser())
    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc:
        return S3ObjectStore(
            s3_client(settings),
            parts.netloc,
            prefix=unquote(parts.path),
            part_size_bytes=settings.bulkpress_s3_part_size_bytes,
        )
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path:
        return FolderObjectStore(Path(unquote(parts.path)))
    raise UnknownAddressError(
        f"BULKPRESS_STORE is {address!r}: name a folder, file:///absolute/folder or s3://bucket/prefix"
    )


def s3_client(settings: Settings) -> Any:
    """A boto3 client that works with S3 and with servers that speak like it; credentials as boto3 finds them."""
    return boto3.client(
        "s3",
        endpoint_url=settings.bulkpress_s3_endpoint,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if settings.bulkpress_s3_path_style else "virtual"},
            connect_timeout=CONNECT_LIMIT_S,
            read_timeout=S3_ANSWER_LIMIT_S,
            retries={"mode": "standard", "total_max_attempts": S3_ATTEMPTS},
            max_pool_connections=S3_CONNECTIONS,
            request_checksum_calculation="when_required",  # few servers but AWS know the newer checksums
            response_checksum_validation="when_required",
        ),
    )
