"""What every job store promises to many callers at once: each file goes to one of them, each change counts once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

from bulkpress_core.domain.errors import BulkpressError, ConflictError, JobNotFoundError, JobSealedError, LeaseLostError
from bulkpress_core.domain.jobs import Claim, FileState, JobState, Outcome
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import AFTER_LEASE, LANE, LEASE, NOW, claimed, done, new_files, new_job, opened_job, sealed_job

T = TypeVar("T")
CALLERS = 8


def all_at_once(act: Callable[[int], T]) -> list[T]:
    """What `act(caller)` returned to each of CALLERS threads that start together."""
    start = Barrier(CALLERS)

    def call(caller: int) -> T:
        start.wait(timeout=30)
        return act(caller)

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(call, range(CALLERS)))


def refusal(act: Callable[[], object]) -> type[BulkpressError] | None:
    """What was raised, None if nothing was."""
    try:
        act()
    except BulkpressError as error:
        return type(error)
    return None


def drain(jobs: JobStore) -> list[Claim]:
    return list(iter(lambda: jobs.claim(LANE, now=NOW, lease=LEASE), None))


def test_eight_claimers_never_get_the_same_file(jobs: JobStore) -> None:
    for tenant in "abc":
        opened_job(jobs, 100, tenant=tenant)
        opened_job(jobs, 50, tenant=tenant)
    claims = [claim for drained in all_at_once(lambda _: drain(jobs)) for claim in drained]
    assert len({(claim.job_id, claim.file.number) for claim in claims}) == len(claims) == 450
    assert (jobs.pending(LANE), jobs.running(LANE)) == (0, 450)


def test_eight_workers_bring_every_file_to_one_end(jobs: JobStore) -> None:
    job_ids = [opened_job(jobs, 60, tenant=tenant) for tenant in "ab"]

    def work(_: int) -> int:
        finished = 0
        while claim := jobs.claim(LANE, now=NOW, lease=LEASE):
            finished += jobs.settle(claim, done(claim), now=NOW).job.state is JobState.FINISHED
        return finished

    assert sum(all_at_once(work)) == 2  # each job is told to be finished to one of them, by its last file
    for job_id in job_ids:
        totals = jobs.get(job_id).totals
        assert (totals.done, totals.bytes_in, totals.bytes_out) == (60, 6000, 2400)


def test_of_eight_settlements_one_counts(jobs: JobStore) -> None:
    job_id = opened_job(jobs)
    claim = claimed(jobs)
    refused = all_at_once(lambda caller: refusal(lambda: jobs.settle(claim, done(claim, bytes_out=caller), now=NOW)))
    assert Counter(refused) == {None: 1, LeaseLostError: CALLERS - 1}
    assert jobs.get(job_id).totals.done == 1


def test_of_eight_sweeps_each_file_is_returned_by_one(jobs: JobStore) -> None:
    opened_job(jobs, 200)
    drain(jobs)
    swept = all_at_once(lambda _: jobs.sweep(now=AFTER_LEASE, max_attempts=3, limit=40))
    assert sum(found.returned.get(LANE, 0) for found in swept) == 200
    assert len({claim.file.number for claim in drain(jobs)}) == 200


def test_a_settlement_racing_a_sweep_either_counts_or_is_refused(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 100)
    claims = drain(jobs)

    def settle_or_sweep(caller: int) -> list[Claim]:
        if caller % 2:
            jobs.sweep(now=AFTER_LEASE, max_attempts=3, limit=30)
            return []
        mine = claims[caller // 2 :: CALLERS // 2]
        return [claim for claim in mine if not refusal(lambda: jobs.settle(claim, done(claim), now=AFTER_LEASE))]  # noqa: B023 - called at once

    settled = sum(map(len, all_at_once(settle_or_sweep)))
    jobs.sweep(now=AFTER_LEASE, max_attempts=3)
    assert jobs.get(job_id).totals.done == settled
    assert jobs.pending(LANE) == 100 - settled
    assert Counter(file.state for file in jobs.files(job_id))[FileState.DONE] == settled


def test_of_eight_who_seal_a_job_one_does(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    refused = all_at_once(lambda _: refusal(lambda: jobs.seal(job.id, JobOptions(), now=NOW)))
    assert Counter(refused) == {None: 1, JobSealedError: CALLERS - 1}


def test_of_eight_who_open_a_job_one_does(jobs: JobStore) -> None:
    job_id = sealed_job(jobs, 500)
    opened = all_at_once(lambda _: jobs.open(job_id, LANE, now=NOW))
    assert sorted(sum(lanes.values()) for lanes in opened) == [0] * (CALLERS - 1) + [500]
    assert jobs.pending(LANE) == 500


def test_deleting_a_job_that_is_being_worked_on_leaves_no_trace_of_it(jobs: JobStore) -> None:
    doomed, other = opened_job(jobs, 1500), opened_job(jobs, 40, tenant="b")

    def work(caller: int) -> None:
        if caller == 0:
            jobs.delete(doomed)
        while claim := jobs.claim(LANE, now=NOW, lease=LEASE):
            outcome = Outcome(FileState.KEPT, "already_small", bytes_out=100)
            expected = {None, LeaseLostError} if claim.job_id == doomed else {None}
            assert refusal(lambda: jobs.settle(claim, outcome, now=NOW)) in expected  # noqa: B023 - called at once

    all_at_once(work)
    assert (jobs.pending(LANE), jobs.running(LANE)) == (0, 0)
    assert jobs.get(other).state is JobState.FINISHED
    assert jobs.sweep(now=NOW + timedelta(days=1), max_attempts=1).quarantined == 0


def test_a_cancellation_racing_settlements_leaves_totals_that_are_the_sum_of_the_files(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 80)
    claims = drain(jobs)

    def settle_or_cancel(caller: int) -> int:
        if caller == 0:
            jobs.cancel(job_id, now=NOW)
            return 0
        mine = claims[caller - 1 :: CALLERS - 1]
        return sum(not refusal(lambda: jobs.settle(claim, done(claim), now=NOW)) for claim in mine)  # noqa: B023 - called at once

    settled = sum(all_at_once(settle_or_cancel))
    totals = jobs.get(job_id).totals
    states = Counter(file.state for file in jobs.files(job_id))
    assert (totals.done, totals.cancelled) == (settled, 80 - settled)
    assert (states[FileState.DONE], states[FileState.CANCELLED]) == (settled, 80 - settled)
    assert jobs.get(job_id).state is JobState.FINISHED
    assert (jobs.pending(LANE), jobs.running(LANE)) == (0, 0)


def test_of_eight_retries_each_file_is_returned_by_one(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 50)
    for claim in drain(jobs):
        jobs.settle(claim, Outcome(FileState.FAILED, "timed_out"), now=NOW)
    returned = all_at_once(lambda _: jobs.retry(job_id, now=NOW).get(LANE, 0))
    assert sum(returned) == jobs.pending(LANE) == 50
    assert jobs.get(job_id).totals.failed == 0


def test_a_deletion_racing_an_upload_leaves_no_trace_of_the_job(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)

    def upload_or_delete(caller: int) -> type[BulkpressError] | None:
        if caller == 0:
            return refusal(lambda: jobs.delete(job.id))
        return refusal(lambda: jobs.add_files(job.id, new_files(job, 5)))

    refused = all_at_once(upload_or_delete)
    assert refused[0] is None
    assert set(refused[1:]) <= {None, JobNotFoundError, ConflictError}
    assert refusal(lambda: jobs.get(job.id)) is JobNotFoundError
    assert jobs.stalled(untouched_since=NOW + timedelta(days=1), limit=9) == []
