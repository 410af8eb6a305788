"""Delivering webhooks: every message that is due, several at once, each signed and sent to its address."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from bulkpress_core.domain.errors import AddressRefusedError, HostUnreachableError, JobNotFoundError
from bulkpress_core.domain.webhooks import (
    GIVEN_UP_AFTER,
    Delivery,
    WebhookEvent,
    body_of,
    file_told,
    job_told,
    next_attempt,
    signed_headers,
    signing_secrets,
)
from bulkpress_core.ports.web import WebAnswer
from compression_worker.deps import Deps

log = structlog.get_logger(__name__)

AT_ONCE = 8  # addresses that are slow keep others waiting no longer than that many of them
MOST = 400  # in one task; the scheduler asks for the rest
LEASE = timedelta(minutes=3)  # of a message: longer than a request may take
ANSWER_BYTES = 64 * 1024  # of an answer's body, which says nothing to us, read for good manners


def deliver_webhooks(deps: Deps) -> int:
    """Send messages that are due, until there are none or MOST have been sent; return how many were.

    Raises StateUnavailableError. A message whose worker dies is sent again when its lease ends.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as pool:
        return sum(pool.map(lambda _: _deliver_several(deps), range(AT_ONCE)))


def _deliver_several(deps: Deps) -> int:
    for sent in range(MOST // AT_ONCE):
        delivery = None if deps.stopping() else deps.outbox.take(now=deps.now(), lease=LEASE)
        if delivery is None:
            return sent
        _deliver(delivery, deps)
    return MOST // AT_ONCE


def _deliver(delivery: Delivery, deps: Deps) -> None:
    message = delivery.message
    body = message.body or _body(delivery, deps)
    if body is None:  # deleted since
        return
    secrets = signing_secrets(deps.secrets, delivery.tenant)
    told = {"message": message.id, "webhook_event": message.event.value, "attempt": message.attempts}
    status, error, asked_s = None, "", 0.0
    try:
        headers = signed_headers(message, body.encode(), secrets, now=deps.now())
        with deps.web.request("POST", delivery.url, headers=headers, body=body.encode()) as answer:
            status = answer.status
            asked_s = _asked_s(answer, deps.now())
            _read_a_little(answer)
    except (AddressRefusedError, HostUnreachableError) as failure:
        if status is None or not 200 <= status < 300:
            error = failure.code
    if status is not None and 200 <= status < 300:
        deps.outbox.delivered(delivery, status=status)
        log.info("webhook.delivered", **told, status=status)
        return
    refused = error == AddressRefusedError.code  # by us, and will be so tomorrow
    again_at = None if refused else next_attempt(message, now=deps.now(), asked_s=asked_s)
    deps.outbox.failed(delivery, status=status, error=error, now=deps.now(), again_at=again_at)
    log.warning("webhook.failed", **told, status=status, error=error, again_at=again_at and again_at.isoformat())


def _body(delivery: Delivery, deps: Deps) -> str | None:
    """What the message says: put into words when first sent, and kept, so that it stays the same."""
    message = delivery.message
    try:
        if message.event is WebhookEvent.JOB_FINISHED or message.number is None:
            told = job_told(deps.jobs.get(message.job_id))
        else:
            (file,) = deps.jobs.files(message.job_id, start=message.number, stop=message.number + 1)
            told = file_told(message.job_id, file)
    except JobNotFoundError:
        return None
    return deps.outbox.keep_body(delivery, body_of(message, told))


def _asked_s(answer: WebAnswer, now: datetime) -> float:
    """The seconds that Retry-After asks to wait (RFC 9110, 10.2.3), none if it asks for nothing sensible."""
    asked = answer.headers.get("retry-after", "")
    if asked.isascii() and asked.isdigit():
        return min(float(asked), GIVEN_UP_AFTER.total_seconds())
    with suppress(ValueError):
        at = parsedate_to_datetime(asked)
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
    return 0.0


def _read_a_little(answer: WebAnswer) -> None:
    read = 0
    for piece in answer.pieces:
        read += len(piece)
        if read > ANSWER_BYTES:
            return
