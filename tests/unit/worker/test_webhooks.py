"""Delivering webhooks to a real server on loopback."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bulkpress_core.domain.jobs import FileState, JobId, Outcome
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.webhooks import MessageState, signing_secrets
from compression_worker.handlers import press_next
from compression_worker.opening import open_job
from compression_worker.webhooks import deliver_webhooks
from tests.support.web_server import Answer, Sent, WebServer, web_server
from tests.unit.worker.conftest import Worker

PDF = b"%PDF-1.7 larger than what becomes of it"


@pytest.fixture
def receiver() -> Iterator[WebServer]:
    """The user's server."""
    with web_server() as server:
        yield server


def watched(worker: Worker, url: str, *contents: bytes) -> JobId:
    """An opened job whose end is told to `url`."""
    job_id = worker.receive(*contents)
    worker.jobs.seal(job_id, JobOptions(webhook_url=url), now=worker.time)
    open_job(job_id, worker.deps)
    return job_id


def pressed(worker: Worker, url: str) -> JobId:
    """A job that has ended."""
    job_id = watched(worker, url, PDF)
    press_next(Lane.EXPRESS, worker.deps)
    return job_id


def states(worker: Worker, job_id: JobId) -> list[MessageState]:
    """Where the messages of a job stand."""
    return [message.state for message in worker.deps.outbox.messages(job_id)]


def test_the_end_of_a_job_is_told_signed_and_in_the_standards_form(worker: Worker, receiver: WebServer) -> None:
    job_id = pressed(worker, f"{receiver.url}/hook?x=1")
    assert worker.queue.webhook_calls == 1
    assert deliver_webhooks(worker.deps) == 1
    (sent,) = receiver.sent
    assert (sent.method, sent.path) == ("POST", "/hook?x=1")
    assert sent.headers["content-type"] == "application/json"
    told = json.loads(sent.body)
    assert (told["type"], told["data"]["job_id"], told["data"]["done_count"]) == ("job.finished", job_id, 1)
    assert (told["data"]["bytes_in"], told["timestamp"]) == (len(PDF), "2100-01-01T12:00:00.000Z")
    assert is_signed(sent, worker)
    assert states(worker, job_id) == [MessageState.DELIVERED]


def is_signed(sent: Sent, worker: Worker) -> bool:
    """Whether a receiver that knows the tenant's secret would believe it, by the standard's own recipe."""
    (secret,) = signing_secrets(worker.deps.secrets, worker.jobs.get(JobId(sent.headers["webhook-id"][:32])).tenant)
    content = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.{sent.body.decode()}"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, content.encode(), hashlib.sha256).digest()).decode()
    return sent.headers["webhook-signature"] == f"v1,{expected}"


def test_a_file_that_fails_is_told_with_its_name_and_why(worker: Worker, receiver: WebServer) -> None:
    job_id = watched(worker, receiver.url, PDF)
    claim = worker.jobs.claim(Lane.EXPRESS, now=worker.time, lease=timedelta(minutes=1))
    assert claim
    worker.jobs.settle(claim, Outcome(FileState.FAILED, "not_a_pdf", "It is a picture."), now=worker.time)
    deliver_webhooks(worker.deps)
    told = sorted((json.loads(sent.body) for sent in receiver.sent), key=lambda one: str(one["type"]))
    assert [one["type"] for one in told] == ["file.failed", "job.finished"]
    assert told[0]["data"] == {
        "job_id": job_id,
        "number": 0,
        "name": "0.pdf",
        "size_bytes": len(PDF),
        "reason": "not_a_pdf",
        "message": "It is a picture.",
    }


@pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 500, 503])
def test_whatever_is_not_taken_is_sent_again_the_same(worker: Worker, receiver: WebServer, status: int) -> None:
    receiver.answer = lambda _: Answer(status, {"Location": f"{receiver.url}/elsewhere"})
    job_id = pressed(worker, receiver.url)
    deliver_webhooks(worker.deps)
    assert states(worker, job_id) == [MessageState.PENDING]
    assert deliver_webhooks(worker.deps) == 0  # not yet
    receiver.answer = lambda _: Answer(204)
    worker.time += timedelta(seconds=5)
    assert deliver_webhooks(worker.deps) == 1
    first, second = receiver.sent
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert {first.path, second.path} == {"/"}
    assert states(worker, job_id) == [MessageState.DELIVERED]


@pytest.mark.parametrize("in_words", [False, True])
def test_a_server_that_asks_for_patience_gets_it(worker: Worker, receiver: WebServer, in_words: bool) -> None:
    until = worker.time + timedelta(minutes=10)
    receiver.answer = lambda _: Answer(503, {"Retry-After": format_datetime(until, usegmt=True) if in_words else "600"})
    pressed(worker, receiver.url)
    deliver_webhooks(worker.deps)
    worker.time = until - timedelta(seconds=2)
    assert deliver_webhooks(worker.deps) == 0
    worker.time = until
    assert deliver_webhooks(worker.deps) == 1


def test_an_address_inside_is_given_up_at_once(worker: Worker) -> None:
    job_id = pressed(worker, "http://10.0.0.1/hook")
    assert deliver_webhooks(worker.deps) == 1
    (message,) = worker.deps.outbox.messages(job_id)
    assert (message.state, message.error) == (MessageState.FAILED, "address_refused")


def test_a_server_that_is_away_is_tried_for_a_day(worker: Worker) -> None:
    job_id = pressed(worker, "http://127.0.0.1:1025/")
    for _ in range(50):
        deliver_webhooks(worker.deps)
        worker.time += timedelta(hours=1)
    (message,) = worker.deps.outbox.messages(job_id)
    assert (message.state, message.error) == (MessageState.FAILED, "host_unreachable")
    assert message.attempts > 5


def test_a_job_deleted_before_it_was_told_is_not_told(worker: Worker, receiver: WebServer) -> None:
    job_id = pressed(worker, receiver.url)
    worker.jobs.delete(job_id)
    assert deliver_webhooks(worker.deps) == 0
    assert receiver.sent == []


def test_many_messages_go_out_in_one_task(worker: Worker, receiver: WebServer) -> None:
    job_id = watched(worker, receiver.url, *[PDF] * 20)
    for _ in range(20):
        claim = worker.jobs.claim(Lane.EXPRESS, now=worker.time, lease=timedelta(minutes=1))
        assert claim
        worker.jobs.settle(claim, Outcome(FileState.FAILED, "not_a_pdf"), now=worker.time)
    assert deliver_webhooks(worker.deps) == 21
    assert len({sent.headers["webhook-id"] for sent in receiver.sent}) == 21
    assert set(states(worker, job_id)) == {MessageState.DELIVERED}
