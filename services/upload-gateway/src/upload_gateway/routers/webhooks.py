"""What was told to a job's `webhook_url`, and with which secret it is signed."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from bulkpress_core.domain.webhooks import Message, MessageState, WebhookEvent
from upload_gateway.dependencies import AppParts, JobIdParam, MayRead, MayWrite
from upload_gateway.problems import responses
from upload_gateway.views import PREFIX

MESSAGES_PER_PAGE = 1000

router = APIRouter(prefix=PREFIX, tags=["webhooks"])


class MessageView(BaseModel):
    """A message to a webhook."""

    id: str = Field(description="The header `webhook-id`, the same in every attempt.")
    type: WebhookEvent
    occurred_at: datetime
    state: MessageState
    attempts: int
    status: int | None = Field(description="HTTP status of the last answer.")
    error: str | None = Field(description="Why there was no answer to the last attempt.")
    attempted_at: datetime | None
    file_number: int | None = Field(description="Of the file that failed.")

    @classmethod
    def of(cls, message: Message) -> Self:
        """The message as clients see it."""
        return cls(
            id=message.id,
            type=message.event,
            occurred_at=message.occurred_at,
            state=message.state,
            attempts=message.attempts,
            status=message.status,
            error=message.error or None,
            attempted_at=message.attempted_at,
            file_number=message.number,
        )


class WebhookSecretView(BaseModel):
    """What messages are signed with."""

    secrets: list[str] = Field(description="`whsec_…`; several while the secret is being replaced, the newest first.")


@router.get(
    "/webhook-secret",
    operation_id="read_webhook_secret",
    summary="What webhooks are signed with",
    responses=responses(422),
)
async def read_webhook_secret(parts: AppParts, caller: MayWrite) -> WebhookSecretView:
    """The tenant's own secret, for verifying `webhook-signature` with any library of Standard Webhooks."""
    return WebhookSecretView(secrets=parts.webhooks.secrets_of(caller.tenant))


@router.get(
    "/jobs/{job_id}/webhooks",
    operation_id="read_webhooks",
    summary="A job's webhook messages",
    responses=responses(404, 422, 503),
)
def read_webhooks(
    job_id: JobIdParam,
    parts: AppParts,
    caller: MayRead,
    offset: Annotated[int, Query(ge=0, le=2**53, description="How many messages to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MESSAGES_PER_PAGE, description="How many to list.")] = MESSAGES_PER_PAGE,
) -> list[MessageView]:
    """What was told, how often it was tried, and what the server answered. Kept as long as the job."""
    job = parts.service.job(caller.tenant, job_id)
    return [MessageView.of(message) for message in parts.webhooks.of(job, offset=offset, limit=limit)]


@router.post(
    "/jobs/{job_id}/webhooks/{message_id}/replay",
    status_code=202,
    operation_id="replay_webhook",
    summary="Send a webhook message again",
    responses=responses(404, 422, 503),
)
def replay_webhook(
    job_id: JobIdParam,
    message_id: Annotated[str, Path(description="The message's id, from the job's list of messages.")],
    parts: AppParts,
    caller: MayWrite,
) -> MessageView:
    """Now, with the same id and body, whatever became of it. An address that was given up as gone is called again."""
    return MessageView.of(parts.webhooks.replay(parts.service.job(caller.tenant, job_id), message_id))
