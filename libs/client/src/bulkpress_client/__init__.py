"""The way in for people and programs: the `bulkpress` command, the SDK, and one machine's own little cluster.

from bulkpress_client import Client

with Client("http://127.0.0.1:8000") as client:
    job = client.wait(client.submit(["a.pdf", "b.pdf"], level="high").job_id)
    client.download(job.job_id, "pressed")
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bulkpress_client.sdk import (
        NO_RETRIES,
        AsyncClient,
        BulkpressApiError,
        BulkpressClientError,
        Client,
        ConflictError,
        Event,
        FileView,
        ForbiddenError,
        InvalidRequestError,
        JobView,
        LimitedError,
        Message,
        NotAuthenticatedError,
        NotFoundError,
        Retries,
        ServerError,
        UnreachableError,
        UnsafeArchiveError,
    )

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


def __getattr__(name: str) -> Any:
    """Import the SDK when it is first asked for: the command starts without its HTTP client."""
    if name in __all__:
        return getattr(importlib.import_module("bulkpress_client.sdk"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
