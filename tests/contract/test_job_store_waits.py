"""What every job store promises to tell of a lane: who waits there, and since when."""

from datetime import timedelta

from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import AFTER_LEASE, LANE, LEASE, NOW, claimed, done, new_files, new_job, opened_job, sealed_job

LATER = NOW + timedelta(minutes=5)


def test_nobody_waits_in_an_empty_lane(jobs: JobStore) -> None:
    sealed_job(jobs)
    assert (jobs.waiting_since(LANE), jobs.tenants_waiting(LANE)) == (None, 0)


def test_the_job_that_waits_longest_says_since_when(jobs: JobStore) -> None:
    opened_job(jobs, 2)
    jobs.open(sealed_job(jobs, 1, tenant="bob"), LANE, now=LATER)
    assert (jobs.waiting_since(LANE), jobs.tenants_waiting(LANE)) == (NOW, 2)
    for _ in range(2):
        claimed(jobs)
    assert jobs.waiting_since(LANE) in {NOW, LATER}  # turns are by cost, so that either may be first
    claimed(jobs)
    assert (jobs.waiting_since(LANE), jobs.tenants_waiting(LANE)) == (None, 0)


def test_a_job_waits_until_its_last_file_is_claimed(jobs: JobStore) -> None:
    opened_job(jobs, 3)
    claimed(jobs)
    claimed(jobs)
    assert jobs.waiting_since(LANE) == NOW
    claimed(jobs)
    assert jobs.waiting_since(LANE) is None


def test_heavy_files_wait_in_their_own_lane(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 1, heavy=True))
    jobs.seal(job.id, JobOptions(), now=NOW)
    jobs.open(job.id, LANE, now=LATER)
    assert (jobs.waiting_since(LANE), jobs.waiting_since(Lane.HEAVY)) == (None, LATER)


def test_a_file_of_a_dead_worker_waits_since_it_was_returned(jobs: JobStore) -> None:
    opened_job(jobs)
    claimed(jobs)
    jobs.sweep(now=AFTER_LEASE, max_attempts=2)
    assert jobs.waiting_since(LANE) == AFTER_LEASE


def test_a_file_moved_to_the_heavy_lane_waits_there_since_it_was_claimed(jobs: JobStore) -> None:
    opened_job(jobs)
    claim = jobs.claim(LANE, now=LATER, lease=LEASE)
    assert claim is not None
    jobs.give_back(claim, lane=Lane.HEAVY)
    assert (jobs.waiting_since(LANE), jobs.waiting_since(Lane.HEAVY)) == (None, LATER)


def test_twins_wait_since_they_were_let_go(jobs: JobStore) -> None:
    job_id = sealed_job(jobs, 2, digest="same")
    jobs.open(job_id, LANE, now=NOW)
    claim = claimed(jobs)
    assert jobs.waiting_since(LANE) is None
    jobs.settle(claim, done(claim), now=LATER)
    assert jobs.waiting_since(LANE) == LATER


def test_files_tried_again_wait_since_then(jobs: JobStore) -> None:
    job_id = opened_job(jobs)
    claimed(jobs)
    jobs.sweep(now=AFTER_LEASE, max_attempts=1)
    assert jobs.waiting_since(LANE) is None
    jobs.retry(job_id, now=LATER)
    assert jobs.waiting_since(LANE) == LATER


def test_a_job_cancelled_or_deleted_waits_no_longer(jobs: JobStore) -> None:
    cancelled, deleted = opened_job(jobs, 2), opened_job(jobs, 2)
    jobs.cancel(cancelled, now=LATER)
    assert jobs.waiting_since(LANE) == NOW
    jobs.delete(deleted)
    assert jobs.waiting_since(LANE) is None


def test_a_job_says_when_it_was_accepted_and_when_it_was_tried_again(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 1))
    assert jobs.get(job.id).accepted_at is None
    assert jobs.seal(job.id, JobOptions(), now=LATER).accepted_at == LATER
    jobs.open(job.id, LANE, now=LATER)
    jobs.claim(LANE, now=LATER, lease=LEASE)
    jobs.sweep(now=LATER + LEASE, max_attempts=1)
    jobs.retry(job.id, now=LATER + 2 * LEASE)
    assert jobs.get(job.id).accepted_at == LATER + 2 * LEASE


def test_the_store_says_what_memory_it_takes(jobs: JobStore) -> None:
    memory = jobs.memory()
    assert memory is not None
    assert memory.used > 0
    assert memory.limit >= 0
