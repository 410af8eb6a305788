"""What every job store promises about lanes: fair turns, leases, settling once, deferring, sweeping."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings
from bulkpress_core.domain.errors import IllegalTransitionError, LeaseLostError
from bulkpress_core.domain.jobs import FileState, JobState, Outcome, Totals
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import (
    AFTER_LEASE,
    LANE,
    LEASE,
    NOW,
    claimed,
    done,
    new_files,
    new_job,
    opened_job,
)

LONG_AFTER = NOW + timedelta(hours=1)


def tenants_served(jobs: JobStore, claims: int) -> str:
    return "".join(claimed(jobs).tenant for _ in range(claims))


class TestClaim:
    def test_an_empty_lane_gives_nothing(self, jobs: JobStore) -> None:
        opened_job(jobs)
        assert jobs.claim(Lane.CLEANUP, now=NOW, lease=LEASE) is None
        assert jobs.claim(LANE, now=NOW, lease=LEASE) is not None
        assert jobs.claim(LANE, now=NOW, lease=LEASE) is None

    def test_it_tells_the_worker_all_it_needs(self, jobs: JobStore) -> None:
        job = new_job("ada")
        settings = CompressionSettings(CompressionLevel.LOW, image_quality=77)
        jobs.create(job)
        jobs.add_files(job.id, new_files(job, 1))
        jobs.seal(job.id, JobOptions(settings), now=NOW)
        jobs.open(job.id, LANE, now=NOW)
        claim = claimed(jobs)
        assert (claim.job_id, claim.tenant, claim.lane, claim.settings) == (job.id, "ada", LANE, settings)
        assert claim.file == replace(new_files(job, 1)[0], state=FileState.RUNNING, attempts=1)
        assert jobs.files(job.id) == [claim.file]

    def test_a_claimed_file_is_running_and_no_longer_pending(self, jobs: JobStore) -> None:
        opened_job(jobs, 3)
        claimed(jobs)
        assert (jobs.pending(LANE), jobs.running(LANE)) == (2, 1)
        assert (jobs.pending(Lane.CLEANUP), jobs.running(Lane.CLEANUP)) == (0, 0)

    def test_files_of_a_job_go_in_their_order(self, jobs: JobStore) -> None:
        opened_job(jobs, 4)
        assert [claimed(jobs).file.number for _ in range(4)] == [0, 1, 2, 3]

    def test_no_two_claims_share_a_token(self, jobs: JobStore) -> None:
        opened_job(jobs, 5)
        assert len({claimed(jobs).token for _ in range(5)}) == 5


class TestFairness:
    def test_within_a_tenant_jobs_alternate(self, jobs: JobStore) -> None:
        first, second = opened_job(jobs, 3), opened_job(jobs, 3)
        assert [claimed(jobs).job_id for _ in range(6)] == [first, second] * 3

    def test_many_files_of_one_tenant_do_not_delay_the_three_of_another(self, jobs: JobStore) -> None:
        opened_job(jobs, 1000, tenant="a")
        tenants_served(jobs, 10)
        opened_job(jobs, 3, tenant="b")
        assert Counter(tenants_served(jobs, 7))["b"] == 3

    def test_tenants_take_turns_by_cost_and_not_by_files(self, jobs: JobStore) -> None:
        opened_job(jobs, 30, tenant="a", cost=100)  # ten of these ...
        opened_job(jobs, 30, tenant="b", cost=500)  # ... weigh as much as two of those
        assert Counter(tenants_served(jobs, 12)) == {"a": 10, "b": 2}

    def test_a_tenant_with_many_jobs_gets_no_more_than_one_with_one(self, jobs: JobStore) -> None:
        for _ in range(10):
            opened_job(jobs, 5, tenant="a")
        opened_job(jobs, 50, tenant="b")
        assert Counter(tenants_served(jobs, 20)) == {"a": 10, "b": 10}

    def test_idling_saves_up_no_credit(self, jobs: JobStore) -> None:
        opened_job(jobs, 100, tenant="a")
        tenants_served(jobs, 50)  # all this time "b" is away
        opened_job(jobs, 100, tenant="b")
        assert Counter(tenants_served(jobs, 20)) in ({"a": 10, "b": 10}, {"a": 9, "b": 11})

    def test_leaving_and_coming_back_wipes_out_nothing(self, jobs: JobStore) -> None:
        opened_job(jobs, 100, tenant="a")
        served = ""
        for _ in range(20):  # "b" sends its files one by one, each as soon as the last was taken
            opened_job(jobs, 1, tenant="b", cost=300)
            while jobs.pending(LANE) and not served.endswith("b"):
                served += claimed(jobs).tenant
            served += claimed(jobs).tenant
        spent = Counter(served)
        assert abs(spent["a"] * 100 - spent["b"] * 300) <= 400

    def test_files_that_cost_nothing_still_take_turns(self, jobs: JobStore) -> None:
        opened_job(jobs, 5, tenant="a", cost=0.0)
        opened_job(jobs, 5, tenant="b", cost=0.0)
        assert Counter(tenants_served(jobs, 4)) == {"a": 2, "b": 2}

    def test_a_deleted_jobs_tenant_keeps_its_turn_for_its_other_jobs(self, jobs: JobStore) -> None:
        gone, kept = opened_job(jobs, 5, tenant="a"), opened_job(jobs, 5, tenant="a")
        jobs.delete(gone)
        assert [claimed(jobs).job_id for _ in range(5)] == [kept] * 5
        assert jobs.claim(LANE, now=NOW, lease=LEASE) is None


class TestSettle:
    def test_it_adds_the_file_to_the_totals(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 4)
        pressed, kept, failed, _ = (claimed(jobs) for _ in range(4))
        jobs.settle(pressed, Outcome(FileState.DONE, "pressed", bytes_out=30), now=NOW)
        jobs.settle(kept, Outcome(FileState.KEPT, "signed", bytes_out=100), now=NOW)
        job = jobs.settle(failed, Outcome(FileState.FAILED, "not_a_pdf", bytes_out=7), now=NOW).job
        assert job.totals == Totals(files=4, done=1, kept=1, failed=1, bytes_in=200, bytes_out=130)
        assert (job.state, job.finished_at) == (JobState.RUNNING, None)
        assert jobs.get(job_id) == job
        assert jobs.running(LANE) == 1

    def test_the_last_file_finishes_the_job(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        first, last = claimed(jobs), claimed(jobs)
        assert jobs.settle(last, done(last), now=NOW).job.state is JobState.RUNNING
        job = jobs.settle(first, done(first), now=LONG_AFTER).job
        assert (job.state, job.finished_at, job.progress) == (JobState.FINISHED, LONG_AFTER, 100.0)
        assert jobs.get(job_id) == job

    def test_a_file_is_settled_once(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW)
        with pytest.raises(LeaseLostError):
            jobs.settle(claim, Outcome(FileState.FAILED, "broken"), now=NOW)
        assert jobs.get(job_id).totals.ended == 1

    def test_a_lease_that_ran_out_unswept_still_counts(self, jobs: JobStore) -> None:
        opened_job(jobs)
        claim = claimed(jobs)
        assert jobs.settle(claim, done(claim), now=LONG_AFTER).job.totals.done == 1

    def test_a_settled_file_is_not_swept(self, jobs: JobStore) -> None:
        opened_job(jobs)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW)
        assert jobs.sweep(now=LONG_AFTER, max_attempts=1).quarantined == 0
        assert jobs.pending(LANE) == 0

    def test_an_outcome_that_is_no_end_cannot_be_made(self, jobs: JobStore) -> None:
        with pytest.raises(IllegalTransitionError):
            Outcome(FileState.PENDING, "later")


class TestLease:
    def test_a_file_whose_lease_ran_out_is_no_longer_the_workers(self, jobs: JobStore) -> None:
        opened_job(jobs)
        late = claimed(jobs)
        jobs.sweep(now=AFTER_LEASE, max_attempts=3)
        for act in (
            lambda: jobs.settle(late, done(late), now=LONG_AFTER),
            lambda: jobs.renew(late, now=LONG_AFTER, lease=LEASE),
            lambda: jobs.defer(late, until=LONG_AFTER),
        ):
            with pytest.raises(LeaseLostError):
                act()
        assert (jobs.pending(LANE), jobs.running(LANE)) == (1, 0)

    def test_the_next_worker_settles_and_the_late_one_does_not(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        late = claimed(jobs)
        jobs.sweep(now=AFTER_LEASE, max_attempts=3)
        prompt = claimed(jobs, now=AFTER_LEASE)
        with pytest.raises(LeaseLostError):
            jobs.settle(late, done(late), now=AFTER_LEASE)
        jobs.settle(prompt, Outcome(FileState.KEPT, "already_small", bytes_out=100), now=AFTER_LEASE)
        with pytest.raises(LeaseLostError):
            jobs.settle(late, done(late), now=AFTER_LEASE)
        assert jobs.files(job_id)[0].state is FileState.KEPT

    def test_renewing_moves_its_end(self, jobs: JobStore) -> None:
        opened_job(jobs)
        claim = claimed(jobs)
        jobs.renew(claim, now=NOW + LEASE / 2, lease=LEASE)
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=3).returned == {}
        assert jobs.sweep(now=AFTER_LEASE + LEASE / 2, max_attempts=3).returned == {LANE: 1}


class TestSweep:
    def test_it_leaves_leases_that_hold(self, jobs: JobStore) -> None:
        opened_job(jobs)
        claim = claimed(jobs)
        swept = jobs.sweep(now=AFTER_LEASE - timedelta(milliseconds=1), max_attempts=1)
        assert (swept.returned, swept.quarantined) == ({}, 0)
        jobs.renew(claim, now=NOW, lease=LEASE)

    def test_it_returns_each_file_once(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 3)
        claimed(jobs)
        claimed(jobs)
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=3).returned == {LANE: 2}
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=3).returned == {}
        assert (jobs.pending(LANE), jobs.running(LANE)) == (3, 0)
        assert {file.state for file in jobs.files(job_id)} == {FileState.PENDING}

    def test_a_returned_file_goes_before_those_that_wait(self, jobs: JobStore) -> None:
        first, second = opened_job(jobs, 3), opened_job(jobs, 3)
        claimed(jobs)
        jobs.sweep(now=AFTER_LEASE, max_attempts=3)
        served = [(claim.job_id, claim.file.number) for claim in (claimed(jobs) for _ in range(3))]
        assert served == [(first, 0), (second, 0), (first, 1)]

    def test_a_file_returned_to_an_empty_lane_is_claimed_again(self, jobs: JobStore) -> None:
        opened_job(jobs)
        claimed(jobs)
        jobs.sweep(now=AFTER_LEASE, max_attempts=3)
        assert claimed(jobs).file.attempts == 2

    def test_a_file_that_lost_its_last_worker_is_failed_and_its_siblings_go_on(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        now = NOW
        for attempt in (1, 2, 3):
            assert claimed(jobs, now=now).file.attempts == attempt
            now += LEASE
            swept = jobs.sweep(now=now, max_attempts=3)
            assert (swept.returned, swept.quarantined) == (({}, 1) if attempt == 3 else ({LANE: 1}, 0))
        killer, sibling = jobs.files(job_id)
        assert (killer.state, killer.attempts) == (FileState.FAILED, 3)
        assert killer.outcome
        assert killer.outcome.reason == "engine_crash"
        assert "3 times" in killer.outcome.detail
        assert sibling.state is FileState.PENDING
        claim = claimed(jobs, now=now)
        assert claim.file.number == 1
        job = jobs.settle(claim, done(claim), now=now).job
        assert job.totals == Totals(files=2, done=1, failed=1, bytes_in=100, bytes_out=40)
        assert job.state is JobState.FINISHED

    def test_failing_the_last_file_finishes_the_job(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        claimed(jobs)
        jobs.sweep(now=LONG_AFTER, max_attempts=1)
        job = jobs.get(job_id)
        assert (job.state, job.finished_at, job.totals.failed) == (JobState.FINISHED, LONG_AFTER, 1)

    def test_it_takes_no_more_than_its_limit_those_that_ran_out_first(self, jobs: JobStore) -> None:
        opened_job(jobs, 3)
        for seconds in (2, 0, 1):
            claimed(jobs, now=NOW + timedelta(seconds=seconds))
        assert jobs.sweep(now=LONG_AFTER, max_attempts=3, limit=2).returned == {LANE: 2}
        assert {claimed(jobs).file.number for _ in range(2)} == {1, 2}


class TestDefer:
    def test_a_deferred_file_comes_back_at_its_time_and_not_before(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        later = NOW + timedelta(minutes=10)
        jobs.defer(claimed(jobs), until=later)
        assert (jobs.pending(LANE), jobs.running(LANE)) == (0, 1)
        assert jobs.files(job_id)[0].state is FileState.PENDING
        assert jobs.sweep(now=later - timedelta(seconds=1), max_attempts=3).returned == {}
        assert jobs.claim(LANE, now=later, lease=LEASE) is None
        assert jobs.sweep(now=later, max_attempts=3).returned == {LANE: 1}
        assert claimed(jobs, now=later).file.attempts == 2

    def test_a_deferred_file_is_no_longer_the_workers(self, jobs: JobStore) -> None:
        opened_job(jobs)
        claim = claimed(jobs)
        jobs.defer(claim, until=LONG_AFTER)
        for act in (
            lambda: jobs.settle(claim, done(claim), now=NOW),
            lambda: jobs.renew(claim, now=NOW, lease=LEASE),
            lambda: jobs.defer(claim, until=LONG_AFTER),
        ):
            with pytest.raises(LeaseLostError):
                act()
        assert jobs.sweep(now=LONG_AFTER, max_attempts=3).returned == {LANE: 1}

    def test_deferrals_are_attempts_but_no_deaths_of_workers(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        now = NOW
        for _ in range(5):
            now += LEASE
            jobs.defer(claimed(jobs, now=now), until=now)
            assert jobs.sweep(now=now, max_attempts=2).returned == {LANE: 1}
        assert claimed(jobs, now=now).file.attempts == 6
        assert jobs.sweep(now=now + LEASE, max_attempts=2).returned == {LANE: 1}  # its first death
        claimed(jobs, now=now)
        assert jobs.sweep(now=now + LEASE, max_attempts=2).quarantined == 1
        assert jobs.files(job_id)[0].attempts == 7
