"""The outbox of webhooks: messages that the job store puts there with the change they tell of, until delivered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bulkpress_core.domain.jobs import JobId, TenantId
from bulkpress_core.domain.webhooks import Delivery, Message


class WebhookOutbox(Protocol):
    """Messages by job. Any method may raise StateUnavailableError.

    Times come from the caller (aware, UTC). Records go with those of their job.
    """

    def waiting(self, *, now: datetime) -> int:
        """How many messages are due."""

    def take(self, *, now: datetime, lease: timedelta) -> Delivery | None:
        """The message that is due longest, counted as attempted and nobody else's until `now + lease`; None if none is.

        Messages of deleted jobs are dropped; those to a disabled address end so.
        """

    def delivered(self, delivery: Delivery, *, status: int) -> None:
        """End the message well; its address counts as alive again."""

    def failed(
        self, delivery: Delivery, *, status: int | None, error: str, now: datetime, again_at: datetime | None
    ) -> None:
        """Note the attempt; send again at that time, or, with None, end the message. Others to the same address wait.

        With status 410, often enough in a row, the address is disabled.
        """

    def keep_body(self, delivery: Delivery, body: str) -> str:
        """Remember what the message says, unless it was remembered before; return what is remembered."""

    def messages(self, job_id: JobId, *, start: int = 0, stop: int | None = None) -> Sequence[Message]:
        """The job's messages from `start` (included) to `stop` (excluded), oldest first."""

    def replay(self, tenant: TenantId, job_id: JobId, message_id: str, *, now: datetime) -> Message | None:
        """Let a message of the job be sent again now, whatever became of it; None when there is no such message.

        It is given up 24 hours from now, and its address counts as alive again.
        """
