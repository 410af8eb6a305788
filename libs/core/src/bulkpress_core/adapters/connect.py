"""From settings to adapters: the one place that knows which address means which. Nothing is connected to before use."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import redis
import redis.sentinel
from botocore.config import Config
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from bulkpress_core.adapters.clamd import Clamd
from bulkpress_core.adapters.fernet_sealer import FernetSealer
from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.adapters.jwks_http import HttpIssuerKeys
from bulkpress_core.adapters.public_http import PublicHttp
from bulkpress_core.adapters.redis_actions import RedisActionLog
from bulkpress_core.adapters.redis_idempotency import RedisIdempotencyKeys
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.redis_keys import RedisKeyStore
from bulkpress_core.adapters.redis_limiter import RedisLimiter
from bulkpress_core.adapters.redis_webhooks import RedisWebhookOutbox
from bulkpress_core.adapters.s3_foreign import S3ForeignObjects
from bulkpress_core.adapters.s3_objects import S3ObjectStore
from bulkpress_core.ports.action_log import ActionLog
from bulkpress_core.ports.foreign_objects import ForeignObjects
from bulkpress_core.ports.idempotency_keys import IdempotencyKeys
from bulkpress_core.ports.issuer_keys import IssuerKeys
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.key_store import KeyStore
from bulkpress_core.ports.limiter import Limiter
from bulkpress_core.ports.object_store import ObjectStore
from bulkpress_core.ports.sealer import Sealer
from bulkpress_core.ports.virus_scanner import VirusScanner
from bulkpress_core.ports.web import Web
from bulkpress_core.ports.webhook_outbox import WebhookOutbox
from bulkpress_core.settings import Settings, SettingsError

CONNECT_LIMIT_S = 5.0
REDIS_ANSWER_LIMIT_S = 10.0
SENTINEL_PORT = 26379
REDIS_RETRIES = 3  # 0.1 to 1 s apart: rides out a restart; what takes longer is for the caller to try again
S3_ANSWER_LIMIT_S = 60.0
S3_ATTEMPTS = 4
S3_CONNECTIONS = 32  # a gateway streams that many uploads at once without waiting for a connection


class UnknownAddressError(SettingsError):
    """A setting names a place in a way Bulkpress does not know."""


def job_store(settings: Settings) -> JobStore:
    """The job store at BULKPRESS_STATE_URL, or at the broker's address. Raises UnknownAddressError."""
    return RedisJobStore(redis_client(settings.state_url, master=settings.bulkpress_sentinel_master))


def webhook_outbox(settings: Settings) -> WebhookOutbox:
    """The outbox in the job store's Redis. Raises UnknownAddressError."""
    return RedisWebhookOutbox(redis_client(settings.state_url, master=settings.bulkpress_sentinel_master))


def redis_client(url: str, *, master: str = "mymaster") -> redis.Redis:
    """A client that returns bytes, waits a bounded time and tries again for a moment. Raises UnknownAddressError.

    Of `sentinel://host:port[/database]`, several with `;` between them, it asks which server is the primary of the name
    `master`, again whenever it connects; user and password in the first are those of that server.
    """
    options = {
        "socket_connect_timeout": CONNECT_LIMIT_S,
        "socket_timeout": REDIS_ANSWER_LIMIT_S,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(ExponentialBackoff(cap=1.0, base=0.1), REDIS_RETRIES),
    }
    if url.startswith("sentinel://"):
        return _client_of_primary(url, master, options)
    return redis.Redis.from_url(redis_address(url), **options)


def redis_address(url: str) -> str:
    """The address as redis-py reads it: operators who give Celery the same one spell an option Celery's way."""
    return re.sub(r"ssl_cert_reqs=CERT_(\w+)", lambda found: f"ssl_cert_reqs={found[1].lower()}", url)


def sentinel_addresses(url: str) -> tuple[list[tuple[str | None, int]], dict[str, Any]]:
    """The Sentinels to ask, and what the server they name is spoken to with. Raises UnknownAddressError."""
    asked = [urlsplit(one.strip()) for one in url.split(";")]
    if wrong := [one for one in asked if one.scheme != "sentinel" or not one.hostname]:
        raise UnknownAddressError(
            f"{wrong[0].scheme}://{wrong[0].hostname or ''} is not the address of a Sentinel: write "
            "sentinel://host:26379/0, several with ';' between them"
        )
    server = {
        "db": int(asked[0].path.strip("/") or 0),
        "username": unquote(asked[0].username) if asked[0].username else None,
        "password": unquote(asked[0].password) if asked[0].password else None,
    }
    return [(one.hostname, one.port or SENTINEL_PORT) for one in asked], server


def _client_of_primary(url: str, master: str, options: dict[str, Any]) -> redis.Redis:
    hosts, server = sentinel_addresses(url)
    sentinels = redis.sentinel.Sentinel(hosts, sentinel_kwargs={"socket_timeout": CONNECT_LIMIT_S})  # type: ignore[no-untyped-call]
    client: redis.Redis = sentinels.master_for(master, **server, **options)  # type: ignore[no-untyped-call]
    return client


def sealer(settings: Settings) -> Sealer | None:
    """What seals with BULKPRESS_SECRET_KEY; None without one."""
    return FernetSealer(settings.secrets) if settings.secrets else None


def key_store(settings: Settings) -> KeyStore:
    """The API keys, which are where the jobs are. Raises UnknownAddressError."""
    return RedisKeyStore(redis_client(settings.state_url, master=settings.bulkpress_sentinel_master))


def limiter(settings: Settings) -> Limiter:
    """What tenants have taken, which is where the jobs are. Raises UnknownAddressError."""
    return RedisLimiter(redis_client(settings.state_url, master=settings.bulkpress_sentinel_master))


def idempotency_keys(settings: Settings) -> IdempotencyKeys:
    """Idempotency keys, which are where the jobs are. Raises UnknownAddressError."""
    return RedisIdempotencyKeys(redis_client(settings.state_url, master=settings.bulkpress_sentinel_master))


def action_log(settings: Settings) -> ActionLog:
    """The audit log, which is where the jobs are. Raises UnknownAddressError."""
    client = redis_client(settings.state_url, master=settings.bulkpress_sentinel_master)
    return RedisActionLog(client, most=settings.bulkpress_audit_entries)


def issuer_keys(settings: Settings) -> IssuerKeys:
    """The key set at BULKPRESS_JWT_JWKS_URL."""
    return HttpIssuerKeys(settings.bulkpress_jwt_jwks_url)


def web(settings: Settings) -> Web:
    """The public internet, and BULKPRESS_PRIVATE_NETWORKS."""
    return PublicHttp(settings.private_networks)


def virus_scanner(settings: Settings) -> VirusScanner | None:
    """The scanner at BULKPRESS_CLAMD; None without one."""
    address = settings.bulkpress_clamd
    return Clamd(address, patience_s=settings.bulkpress_scan_limit_s) if address else None


def object_store(settings: Settings) -> ObjectStore:
    """The object store BULKPRESS_STORE names: s3://bucket[/prefix], a folder or its file:// URL.

    Raises UnknownAddressError.
    """
    address = settings.bulkpress_store
    if "://" not in address:
        return FolderObjectStore(Path(address).expanduser())
    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc:
        seen_outside = settings.bulkpress_s3_public_endpoint
        return S3ObjectStore(
            s3_client(settings),
            parts.netloc,
            prefix=unquote(parts.path),
            part_size_bytes=settings.bulkpress_s3_part_size_bytes,
            signer=s3_client(settings, endpoint=seen_outside) if seen_outside else None,
        )
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path:
        return FolderObjectStore(Path(unquote(parts.path)))
    raise UnknownAddressError(
        f"BULKPRESS_STORE is {address!r}: name a folder, file:///absolute/folder or s3://bucket/prefix"
    )


def foreign_objects(settings: Settings) -> ForeignObjects | None:
    """Objects of users in S3; None where nobody may name any."""
    if not settings.bulkpress_s3_prefixes:
        return None
    return S3ForeignObjects(s3_client(settings), part_size_bytes=settings.bulkpress_s3_part_size_bytes)


def s3_client(settings: Settings, *, endpoint: str | None = None) -> Any:
    """A boto3 client that works with S3 and with servers that speak like it; credentials as boto3 finds them.

    `endpoint` stands in for BULKPRESS_S3_ENDPOINT.
    """
    return boto3.client(
        "s3",
        endpoint_url=endpoint or settings.bulkpress_s3_endpoint,
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
