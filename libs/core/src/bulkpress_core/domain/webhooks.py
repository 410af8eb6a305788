"""Webhooks: what users' servers are told, how it is signed (Standard Webhooks 1.0), and when it is sent again."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobId, TenantId

SECRET_PREFIX = "whsec_"  # noqa: S105  # says what follows, and is none itself
GIVEN_UP_AFTER = timedelta(hours=24)
# After each attempt, in seconds: soon while a server restarts, then slower.
PAUSES_S = (5, 30, 120, 300, 900, 1800, 3600, 7200, 14400)
LONGEST_PAUSE_S = 6 * 3600
GONE_TIMES = 3  # answers 410 in a row, after which an address is no longer called


class WebhookEvent(StrEnum):
    """What is told."""

    JOB_FINISHED = "job.finished"
    FILE_FAILED = "file.failed"


class MessageState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"  # not delivered within GIVEN_UP_AFTER
    DISABLED = "disabled"  # its address had said repeatedly that it is gone (410)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. Its id and its body are the same in every attempt."""

    id: str
    job_id: JobId
    event: WebhookEvent
    number: int | None  # of the file that failed
    occurred_at: datetime
    since: datetime  # given up 24 hours after: when it occurred, or when asked to be sent again
    state: MessageState = MessageState.PENDING
    attempts: int = 0
    status: int | None = None  # HTTP status of the last answer
    error: str = ""  # why the last attempt failed, when there was no answer
    attempted_at: datetime | None = None
    body: str = ""  # as sent first


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to be sent now, and where to."""

    message: Message
    tenant: TenantId
    url: str


def signing_secrets(secrets: Sequence[str], tenant: TenantId) -> list[str]:
    """What the tenant's messages are signed with, one for each of the installation's secrets: `whsec_…`.

    Derived, so that nothing is stored and no tenant can sign for another.
    """
    keys = (
        hmac.digest(secret.encode(), b"bulkpress.webhook\0" + tenant.encode(), hashlib.sha256) for secret in secrets
    )
    return [SECRET_PREFIX + base64.b64encode(key).decode() for key in keys]


def signed_headers(message: Message, body: bytes, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """The headers that a message is sent with: its id, the time, and a signature by each secret."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message.id.encode(), timestamp.encode(), body))
    keys = (base64.b64decode(secret.removeprefix(SECRET_PREFIX)) for secret in secrets)
    signatures = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)
    return {
        "content-type": "application/json",
        "user-agent": "Bulkpress-Webhooks/1.0",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def next_attempt(message: Message, *, now: datetime, asked_s: float = 0.0) -> datetime | None:
    """When a message that could not be delivered is sent again; None when it is given up.

    `attempts` counts the one that just failed; `asked_s` is what the server's Retry-After asked for.
    """
    usual_s = PAUSES_S[message.attempts - 1] if message.attempts <= len(PAUSES_S) else LONGEST_PAUSE_S
    at = now + timedelta(seconds=min(max(usual_s, asked_s), LONGEST_PAUSE_S))
    return at if at - message.since <= GIVEN_UP_AFTER else None


def job_told(job: Job) -> dict[str, Any]:
    """What `job.finished` tells."""
    totals = job.totals
    return {
        "job_id": job.id,
        "status": job.state.value,
        "file_count": totals.files,
        "done_count": totals.done,
        "kept_count": totals.kept,
        "failed_count": totals.failed,
        "cancelled_count": totals.cancelled,
        "bytes_in": totals.bytes_in,
        "bytes_out": totals.bytes_out,
        "expires_at": _iso(job.expires_at),
    }


def file_told(job_id: JobId, file: JobFile) -> dict[str, Any]:
    """What `file.failed` tells."""
    failed = file.outcome if file.state is FileState.FAILED else None  # it may have been tried again since
    return {
        "job_id": job_id,
        "number": file.number,
        "name": file.name,
        "size_bytes": file.size_bytes,
        "reason": failed.reason if failed else None,
        "message": failed.detail if failed else "",
    }


def body_of(message: Message, told: dict[str, Any]) -> str:
    """The JSON of a message: its type, when it happened, and what it tells."""
    whole = {"type": message.event.value, "timestamp": _iso(message.occurred_at), "data": told}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
