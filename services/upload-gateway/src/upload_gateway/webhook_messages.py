"""What tenants can see and do about their webhooks: the secret, the messages of a job, sending one again."""

from collections.abc import Sequence
from typing import Final

import structlog

from bulkpress_core.domain.errors import MessageNotFoundError, QueueUnavailableError, WebhooksNotSentError
from bulkpress_core.domain.jobs import Job, TenantId
from bulkpress_core.domain.webhooks import Message, signing_secrets
from bulkpress_core.ports.task_queue import TaskQueue
from bulkpress_core.ports.webhook_outbox import WebhookOutbox
from upload_gateway.clock import Clock

log = structlog.get_logger(__name__)


class WebhookMessages:
    """The outbox as tenants see it."""

    def __init__(self, outbox: WebhookOutbox, queue: TaskQueue, secrets: Sequence[str], clock: Clock) -> None:
        self._outbox: Final = outbox
        self._queue: Final = queue
        self._secrets: Final = secrets
        self._clock: Final = clock

    def secrets_of(self, tenant: TenantId) -> list[str]:
        """What the tenant's messages are signed with, the newest first. Raises WebhooksNotSentError."""
        if not self._secrets:
            raise WebhooksNotSentError
        return signing_secrets(self._secrets, tenant)

    def of(self, job: Job, *, offset: int, limit: int) -> list[Message]:
        """Up to `limit` messages of the job, oldest first."""
        return list(self._outbox.messages(job.id, start=offset, stop=offset + limit))

    def replay(self, job: Job, message_id: str) -> Message:
        """Send the message again, whatever became of it. Raises MessageNotFoundError."""
        message = self._outbox.replay(job.tenant, job.id, message_id, now=self._clock())
        if message is None:
            raise MessageNotFoundError
        log.info("webhook.replayed", job_id=job.id, message=message.id)
        self.call()
        return message

    def call(self) -> None:
        """Have what is in the outbox sent; with the broker away, the scheduler does so later."""
        try:
            self._queue.call_for_webhooks()
        except QueueUnavailableError as error:
            log.warning("webhooks.put_off", error=str(error))
