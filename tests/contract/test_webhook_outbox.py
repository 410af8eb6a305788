"""What the outbox of webhooks promises: a message for each thing to tell, sent until it is delivered or given up."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import redis

from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.redis_webhooks import RedisWebhookOutbox
from bulkpress_core.domain.jobs import FileState, JobId, Outcome, TenantId
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.webhooks import Delivery, MessageState, WebhookEvent
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.webhook_outbox import WebhookOutbox
from tests.support.jobs import AFTER_LEASE, LANE, NOW, claimed, done, new_files, new_job, opened_job

URL = "https://example.com/hook"
LEASE = timedelta(minutes=3)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def jobs(redis_client: redis.Redis) -> JobStore:
    """The job store, which fills the outbox."""
    return RedisJobStore(redis_client)


@pytest.fixture
def outbox(redis_client: redis.Redis) -> WebhookOutbox:
    """An empty outbox."""
    return RedisWebhookOutbox(redis_client)


def watched_job(jobs: JobStore, files: int = 1, *, url: str = URL, tenant: str = "ada") -> JobId:
    """An opened job whose end somebody wants to be told."""
    job = new_job(tenant)
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, files))
    jobs.seal(job.id, JobOptions(webhook_url=url), now=NOW)
    jobs.open(job.id, LANE, now=NOW)
    return job.id


def finished_job(jobs: JobStore, *, url: str = URL, tenant: str = "ada", at: datetime = NOW) -> JobId:
    """A job about whose end there is a message."""
    job_id = watched_job(jobs, url=url, tenant=tenant)
    claim = claimed(jobs)
    jobs.settle(claim, done(claim), now=at)
    return job_id


def taken(outbox: WebhookOutbox, *, now: datetime = NOW) -> Delivery:
    """The message that is due."""
    delivery = outbox.take(now=now, lease=LEASE)
    assert delivery is not None
    return delivery


def test_the_end_of_a_job_is_told_once_to_its_address(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = finished_job(jobs)
    assert outbox.waiting(now=NOW) == 1
    delivery = taken(outbox)
    assert (delivery.tenant, delivery.url) == (TenantId("ada"), URL)
    message = delivery.message
    assert (message.job_id, message.event, message.number) == (job_id, WebhookEvent.JOB_FINISHED, None)
    assert (message.attempts, message.occurred_at) == (1, NOW)
    outbox.delivered(delivery, status=204)
    assert outbox.take(now=LATER, lease=LEASE) is None
    assert [(one.state, one.status) for one in outbox.messages(job_id)] == [(MessageState.DELIVERED, 204)]


def test_a_job_without_an_address_tells_nobody(jobs: JobStore, outbox: WebhookOutbox) -> None:
    opened_job(jobs)
    claim = claimed(jobs)
    jobs.settle(claim, Outcome(FileState.FAILED, "not_a_pdf"), now=NOW)
    assert outbox.take(now=LATER, lease=LEASE) is None


def test_every_file_that_fails_is_told_before_the_end(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = watched_job(jobs, files=3)
    for state in (FileState.FAILED, FileState.KEPT, FileState.FAILED):
        jobs.settle(claimed(jobs), Outcome(state, "some_reason"), now=NOW)
    told = [(one.event, one.number) for one in outbox.messages(job_id)]
    assert told == [(WebhookEvent.FILE_FAILED, 0), (WebhookEvent.FILE_FAILED, 2), (WebhookEvent.JOB_FINISHED, None)]


def test_a_file_that_used_up_its_attempts_is_told_too(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = watched_job(jobs)
    claimed(jobs)
    jobs.sweep(now=AFTER_LEASE, max_attempts=1)
    told = [one.event for one in outbox.messages(job_id)]
    assert told == [WebhookEvent.FILE_FAILED, WebhookEvent.JOB_FINISHED]


def test_cancelling_is_an_end_that_is_told(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = watched_job(jobs, files=2)
    jobs.cancel(job_id, now=NOW)
    jobs.cancel(job_id, now=NOW)
    assert [one.event for one in outbox.messages(job_id)] == [WebhookEvent.JOB_FINISHED]


def test_a_job_that_is_tried_again_ends_again(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = watched_job(jobs)
    for state in (FileState.FAILED, FileState.KEPT):
        jobs.settle(claimed(jobs), Outcome(state, "some_reason"), now=NOW)
        jobs.retry(job_id, now=NOW)
    ids = [one.id for one in outbox.messages(job_id)]
    assert len(set(ids)) == len(ids) == 3


def test_a_message_that_is_being_sent_is_nobody_elses_until_its_lease_ends(
    jobs: JobStore, outbox: WebhookOutbox
) -> None:
    finished_job(jobs)
    first = taken(outbox)
    assert outbox.take(now=NOW + LEASE - timedelta(seconds=1), lease=LEASE) is None
    again = taken(outbox, now=NOW + LEASE)
    assert (again.message.id, again.message.attempts) == (first.message.id, 2)


def test_a_failed_attempt_is_noted_and_made_again_when_told(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = finished_job(jobs)
    outbox.failed(taken(outbox), status=500, error="", now=NOW, again_at=LATER)
    assert outbox.take(now=LATER - timedelta(seconds=1), lease=LEASE) is None
    (message,) = outbox.messages(job_id)
    assert (message.state, message.status, message.attempts) == (MessageState.PENDING, 500, 1)
    assert taken(outbox, now=LATER).message.id == message.id


def test_a_message_given_up_is_not_sent_again_unless_asked_to_be(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = finished_job(jobs)
    delivery = taken(outbox)
    outbox.failed(delivery, status=None, error="host_unreachable", now=NOW, again_at=None)
    assert outbox.take(now=NOW + timedelta(days=2), lease=LEASE) is None
    (message,) = outbox.messages(job_id)
    assert (message.state, message.error) == (MessageState.FAILED, "host_unreachable")
    replayed = outbox.replay(delivery.tenant, job_id, message.id, now=LATER)
    assert replayed is not None
    assert (replayed.state, replayed.attempts, replayed.since) == (MessageState.PENDING, 0, LATER)
    assert taken(outbox, now=LATER).message.id == message.id


def test_while_an_address_does_not_answer_other_messages_to_it_wait(jobs: JobStore, outbox: WebhookOutbox) -> None:
    first, second, third = (NOW - timedelta(seconds=s) for s in (3, 2, 1))
    finished_job(jobs, at=first)
    finished_job(jobs, at=second)
    elsewhere = finished_job(jobs, url="https://example.org/", at=third)
    again_at = NOW + timedelta(seconds=30)
    outbox.failed(taken(outbox), status=503, error="", now=NOW, again_at=again_at)
    assert taken(outbox).message.job_id == elsewhere
    assert outbox.take(now=NOW, lease=LEASE) is None
    assert taken(outbox, now=again_at) is not None


def test_one_tenants_dead_address_is_not_another_tenants(jobs: JobStore, outbox: WebhookOutbox) -> None:
    finished_job(jobs, tenant="ada", at=NOW - timedelta(seconds=1))
    others = finished_job(jobs, tenant="bob")
    outbox.failed(taken(outbox), status=503, error="", now=NOW, again_at=LATER)
    assert taken(outbox).message.job_id == others


class TestGone:
    @staticmethod
    def gone(jobs: JobStore, outbox: WebhookOutbox, times: int) -> None:
        for time in range(times):
            at = NOW + time * timedelta(hours=1)
            outbox.failed(taken(outbox, now=at), status=410, error="", now=at, again_at=at + timedelta(hours=1))

    def test_an_address_that_says_so_three_times_is_called_no_more(self, jobs: JobStore, outbox: WebhookOutbox) -> None:
        job_id = finished_job(jobs)
        self.gone(jobs, outbox, 3)
        later = NOW + timedelta(hours=3)
        assert outbox.take(now=later, lease=LEASE) is None
        assert [one.state for one in outbox.messages(job_id)] == [MessageState.DISABLED]
        other = finished_job(jobs)
        assert outbox.take(now=later, lease=LEASE) is None
        assert [one.state for one in outbox.messages(other)] == [MessageState.DISABLED]

    def test_it_is_called_again_when_a_message_is_asked_for(self, jobs: JobStore, outbox: WebhookOutbox) -> None:
        job_id = finished_job(jobs)
        self.gone(jobs, outbox, 3)
        (message,) = outbox.messages(job_id)
        outbox.replay(TenantId("ada"), job_id, message.id, now=LATER)
        assert taken(outbox, now=LATER).message.id == message.id

    def test_another_answer_in_between_starts_the_count_anew(self, jobs: JobStore, outbox: WebhookOutbox) -> None:
        finished_job(jobs)
        self.gone(jobs, outbox, 2)
        at = NOW + timedelta(hours=2)
        outbox.failed(taken(outbox, now=at), status=500, error="", now=at, again_at=at)
        outbox.failed(taken(outbox, now=at), status=410, error="", now=at, again_at=at)
        assert outbox.take(now=at, lease=LEASE) is not None


def test_what_a_message_says_is_remembered_as_it_was_first_said(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = finished_job(jobs)
    delivery = taken(outbox)
    assert outbox.keep_body(delivery, "first") == "first"
    assert outbox.keep_body(delivery, "second") == "first"
    assert outbox.messages(job_id)[0].body == "first"


def test_messages_are_listed_in_pages(jobs: JobStore, outbox: WebhookOutbox) -> None:
    job_id = watched_job(jobs, files=5)
    for _ in range(5):
        jobs.settle(claimed(jobs), Outcome(FileState.FAILED, "not_a_pdf"), now=NOW)
    numbers = [one.number for one in outbox.messages(job_id, start=1, stop=4)]
    assert numbers == [1, 2, 3]


def test_a_deleted_job_leaves_no_message(jobs: JobStore, outbox: WebhookOutbox, redis_client: redis.Redis) -> None:
    job_id = finished_job(jobs)
    delivery = taken(outbox)
    jobs.delete(job_id)
    outbox.keep_body(delivery, "a name")
    outbox.failed(delivery, status=500, error="", now=NOW, again_at=LATER)
    assert outbox.take(now=LATER, lease=LEASE) is None
    assert list(redis_client.scan_iter("*hook*")) == []


@pytest.mark.parametrize("message_id", ["", "x", "{job}.2", "{other}.1", "{job}.1\n"])
def test_a_message_that_is_not_the_jobs_is_not_sent_again(
    jobs: JobStore, outbox: WebhookOutbox, message_id: str
) -> None:
    job_id, other = finished_job(jobs), finished_job(jobs)
    asked = message_id.format(job=job_id, other=other)
    assert outbox.replay(TenantId("ada"), job_id, asked, now=LATER) is None


def test_records_go_with_those_of_their_job(jobs: JobStore, outbox: WebhookOutbox, redis_client: redis.Redis) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 1))
    jobs.seal(job.id, replace(JobOptions(), webhook_url=URL), now=NOW)
    jobs.cancel(job.id, now=NOW)
    outbox.keep_body(taken(outbox), "body")
    keys = list(redis_client.scan_iter("bulkpress:hook:*"))
    assert {redis_client.pexpiretime(key) for key in keys} == {redis_client.pexpiretime(f"bulkpress:job:{job.id}")}
