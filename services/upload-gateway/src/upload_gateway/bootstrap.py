"""The gateway's wiring, and its only one: settings → adapters → service → app."""

from datetime import timedelta
from ipaddress import ip_address

from fastapi import FastAPI

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.adapters.celery_queue import CeleryTaskQueue
from bulkpress_core.adapters.connect import (
    action_log,
    foreign_objects,
    idempotency_keys,
    issuer_keys,
    job_store,
    key_store,
    limiter,
    object_store,
    sealer,
    webhook_outbox,
)
from bulkpress_core.adapters.connect_async import story_bell
from bulkpress_core.ports.key_store import KeyStore
from bulkpress_core.settings import Settings, SettingsError
from bulkpress_core.settings.limits import OwnLimits
from upload_gateway.access.api_keys import KeyJudge
from upload_gateway.access.credentials import CredentialAuthenticator
from upload_gateway.access.issuer import KnownKeys
from upload_gateway.access.tokens import TokenJudge, TokenRules
from upload_gateway.app import create_app
from upload_gateway.auditing import Auditor
from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.callers import Authenticator, OpenToAll
from upload_gateway.clock import utc_now
from upload_gateway.idempotency import OnceOnly
from upload_gateway.intake import IntakeLimits
from upload_gateway.parts import Parts
from upload_gateway.s3_jobs import S3Jobs
from upload_gateway.streams import Streams
from upload_gateway.tenant_limits import Gate
from upload_gateway.webhook_messages import WebhookMessages


def bulk_compression_service(settings: Settings) -> BulkCompressionService:
    """The service on what the settings name; connections are made when first needed."""
    seals = sealer(settings)
    return BulkCompressionService(
        job_store(settings),
        object_store(settings),
        CeleryTaskQueue(make_celery(settings), settings),
        limits=intake_limits(settings, ""),
        limits_by_tenant={tenant: intake_limits(settings, tenant) for tenant in settings.bulkpress_tenant_limits},
        clock=utc_now,
        seal=seals.seal if seals else None,
        s3_jobs=S3Jobs(foreign_objects(settings), settings.s3_prefixes),
    )


def intake_limits(settings: Settings, tenant: str) -> IntakeLimits:
    """What a job of the tenant may hold."""
    own = settings.bulkpress_tenant_limits.get(tenant, OwnLimits())
    longest_s = max(settings.bulkpress_max_expires_in_s, settings.bulkpress_expires_in_s)
    return IntakeLimits(
        max_file_bytes=settings.max_file_bytes(tenant),
        max_files=own.max_files or settings.bulkpress_max_files,
        expires_in=timedelta(seconds=settings.bulkpress_expires_in_s),
        max_expires_in=timedelta(seconds=longest_s),
        weights=settings.bulkpress_tenant_weights,
        max_job_bytes=own.max_job_bytes or settings.bulkpress_max_job_bytes,
        max_waiting=settings.tenant_limits(tenant).files_waiting,
    )


def keys_of(settings: Settings) -> KeyStore:
    """The API keys, for the commands that manage them."""
    return key_store(settings)


def authenticator(settings: Settings) -> Authenticator:
    """What asks callers who they are. Raises SettingsError where nobody would be asked and anybody could call."""
    if not settings.auth_ways:
        if not settings.asks_nobody_on_purpose and not _is_loopback(settings.bulkpress_gateway_host):
            raise SettingsError(
                f"BULKPRESS_GATEWAY_HOST is {settings.bulkpress_gateway_host}, where others can reach it, and "
                "BULKPRESS_AUTH asks nobody who they are: set BULKPRESS_AUTH=keys (then `bulkpress keys create`) or "
                "jwt, or BULKPRESS_AUTH=none if something before the gateway asks"
            )
        return OpenToAll()
    keys = KeyJudge(key_store(settings), utc_now) if "keys" in settings.auth_ways else None
    tokens = None
    if "jwt" in settings.auth_ways:
        rules = TokenRules(
            settings.bulkpress_jwt_issuer,
            settings.bulkpress_jwt_audience,
            settings.bulkpress_jwt_tenant_claim,
            settings.bulkpress_jwt_scope_claim,
            settings.bulkpress_jwt_leeway_s,
        )
        tokens = TokenJudge(KnownKeys(issuer_keys(settings), utc_now), rules)
    return CredentialAuthenticator(keys, tokens)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def gateway(settings: Settings) -> FastAPI:
    """The whole gateway. Raises SettingsError."""
    queue = CeleryTaskQueue(make_celery(settings), settings)
    actions = action_log(settings)
    return create_app(
        Parts(
            bulk_compression_service(settings),
            WebhookMessages(webhook_outbox(settings), queue, settings.secrets, utc_now),
            Gate(limiter(settings), settings.tenant_limits, utc_now),
            OnceOnly(idempotency_keys(settings), utc_now),
            actions,
            Auditor(actions, utc_now),
            streams=Streams(
                story_bell(settings),
                most=settings.bulkpress_max_event_streams,
                most_of_tenant=settings.bulkpress_event_streams_per_tenant,
            ),
            authenticator=authenticator(settings),
            analysis_wait_s=settings.bulkpress_analysis_wait_s,
            cors_origins=settings.cors_origins,
            redirects_downloads=settings.bulkpress_download_redirect,
        )
    )
