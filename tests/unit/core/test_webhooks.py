"""How webhooks are signed and when they are sent again."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from bulkpress_core.domain.jobs import JobId, TenantId
from bulkpress_core.domain.webhooks import (
    GIVEN_UP_AFTER,
    Message,
    WebhookEvent,
    next_attempt,
    signed_headers,
    signing_secrets,
)
from tests.support.jobs import NOW

MESSAGE = Message("job.1", JobId("job"), WebhookEvent.JOB_FINISHED, None, occurred_at=NOW, since=NOW)
# The example of the specification's reference libraries: id, timestamp, payload, secret and what they sign it with.
EXAMPLE_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE_BODY = b'{"test": 2432232314}'


def attempts(count: int) -> Message:
    """The message after so many attempts."""
    return Message("job.1", JobId("job"), WebhookEvent.JOB_FINISHED, None, NOW, NOW, attempts=count)


def test_a_signature_is_that_of_the_standards_own_example() -> None:
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", JobId("job"), WebhookEvent.JOB_FINISHED, None, NOW, NOW)
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers(message, EXAMPLE_BODY, [EXAMPLE_SECRET], now=at)
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_replaced_both_sign() -> None:
    secrets = signing_secrets(["n" * 32, "o" * 32], TenantId("ada"))
    signatures = signed_headers(MESSAGE, b"{}", secrets, now=NOW)["webhook-signature"].split(" ")
    signed = f"job.1.{int(NOW.timestamp())}.{{}}".encode()
    for secret, signature in zip(secrets, signatures, strict=True):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        assert signature == f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def test_every_tenant_has_a_secret_of_its_own() -> None:
    assert signing_secrets(["s" * 32], TenantId("ada")) == signing_secrets(["s" * 32], TenantId("ada"))
    assert signing_secrets(["s" * 32], TenantId("ada")) != signing_secrets(["s" * 32], TenantId("bob"))


@pytest.mark.parametrize(
    ("made", "asked_s", "pause_s"),
    [
        (1, 0, 5),
        (2, 0, 30),
        (9, 0, 14400),
        (10, 0, 21600),
        (1, 60, 60),  # what the server asks for
        (3, 60, 120),  # but never sooner than usual
        (1, 10**9, 21600),  # nor later than six hours
    ],
)
def test_pauses_grow_and_heed_what_the_server_asks(made: int, asked_s: float, pause_s: int) -> None:
    assert next_attempt(attempts(made), now=NOW, asked_s=asked_s) == NOW + timedelta(seconds=pause_s)


def test_after_a_day_a_message_is_given_up() -> None:
    made, now = 1, NOW
    while (again := next_attempt(attempts(made), now=now)) is not None:
        made, now = made + 1, again
    assert timedelta(hours=12) < now - NOW <= GIVEN_UP_AFTER
