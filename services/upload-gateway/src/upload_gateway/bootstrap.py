"""The gateway's wiring, and its only one: settings → adapters → service → app."""

from datetime import timedelta

from fastapi import FastAPI

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.adapters.celery_queue import CeleryTaskQueue
from bulkpress_core.adapters.connect import job_store, object_store, sealer, webhook_outbox
from bulkpress_core.adapters.connect_async import story_bell
from bulkpress_core.settings import Settings
from upload_gateway.app import create_app
from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.clock import utc_now
from upload_gateway.intake import IntakeLimits
from upload_gateway.parts import Parts
from upload_gateway.streams import Streams
from upload_gateway.webhook_messages import WebhookMessages


def bulk_compression_service(settings: Settings) -> BulkCompressionService:
    """The service on what the settings name; connections are made when first needed."""
    seals = sealer(settings)
    return BulkCompressionService(
        job_store(settings),
        object_store(settings),
        CeleryTaskQueue(make_celery(settings), settings),
        limits=IntakeLimits(
            max_file_bytes=settings.bulkpress_max_file_bytes,
            max_files=settings.bulkpress_max_files,
            expires_in=timedelta(seconds=settings.bulkpress_expires_in_s),
            max_expires_in=timedelta(seconds=max(settings.bulkpress_max_expires_in_s, settings.bulkpress_expires_in_s)),
            weights=settings.bulkpress_tenant_weights,
            max_job_bytes=settings.bulkpress_max_job_bytes,
        ),
        clock=utc_now,
        seal=seals.seal if seals else None,
    )


def gateway(settings: Settings) -> FastAPI:
    """The whole gateway."""
    queue = CeleryTaskQueue(make_celery(settings), settings)
    return create_app(
        Parts(
            bulk_compression_service(settings),
            WebhookMessages(webhook_outbox(settings), queue, settings.secrets, utc_now),
            streams=Streams(story_bell(settings), most=settings.bulkpress_max_event_streams),
            redirects_downloads=settings.bulkpress_download_redirect,
        )
    )
