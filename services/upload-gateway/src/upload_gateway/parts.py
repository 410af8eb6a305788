"""What the app is made of: put together by bootstrap.py, or by a test."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bulkpress_core.ports.action_log import ActionLog
from upload_gateway.auditing import Auditor
from upload_gateway.bulk_compression_service import BulkCompressionService
from upload_gateway.callers import Authenticator, OpenToAll
from upload_gateway.idempotency import OnceOnly
from upload_gateway.metrics import Metrics
from upload_gateway.streams import Streams
from upload_gateway.tenant_limits import Gate
from upload_gateway.webhook_messages import WebhookMessages


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that routes work with."""

    service: BulkCompressionService
    webhooks: WebhookMessages
    gate: Gate
    once_only: OnceOnly
    actions: ActionLog
    auditor: Auditor
    authenticator: Authenticator = field(default_factory=OpenToAll)
    metrics: Metrics = field(default_factory=Metrics)
    streams: Streams = field(default_factory=Streams)
    redirects_downloads: bool = False  # send clients of single files to a presigned URL, where the store has those
    analysis_wait_s: float = 0.0  # for which the answer waits for an analysis to end
    cors_origins: Sequence[str] = ()
