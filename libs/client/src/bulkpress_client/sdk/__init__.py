"""The SDK: hand in a bulk job, watch it, take its results, from Python and over HTTP."""

from bulkpress_client.sdk.client import Client
from bulkpress_client.sdk.errors import BulkpressApiError, BulkpressClientError, UnreachableError, UnsafeArchiveError
from bulkpress_client.sdk.views import FileView, JobView

__all__ = [
    "BulkpressApiError",
    "BulkpressClientError",
    "Client",
    "FileView",
    "JobView",
    "UnreachableError",
    "UnsafeArchiveError",
]
