"""The SDK: hand in a bulk job, watch it, take its results, from Python and over HTTP."""

from bulkpress_client.sdk.aio import AsyncClient
from bulkpress_client.sdk.client import Client
from bulkpress_client.sdk.errors import (
    BulkpressApiError,
    BulkpressClientError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    LimitedError,
    NotAuthenticatedError,
    NotFoundError,
    ServerError,
    UnreachableError,
    UnsafeArchiveError,
)
from bulkpress_client.sdk.retrying import NO_RETRIES, Retries
from bulkpress_client.sdk.views import Event, FileView, JobView, Message

__all__ = [
    "NO_RETRIES",
    "AsyncClient",
    "BulkpressApiError",
    "BulkpressClientError",
    "Client",
    "ConflictError",
    "Event",
    "FileView",
    "ForbiddenError",
    "InvalidRequestError",
    "JobView",
    "LimitedError",
    "Message",
    "NotAuthenticatedError",
    "NotFoundError",
    "Retries",
    "ServerError",
    "UnreachableError",
    "UnsafeArchiveError",
]
