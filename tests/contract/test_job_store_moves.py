"""What every job store promises about files that change lanes, wait for a twin, or are known already."""

from collections import Counter

import pytest

from bulkpress_core.domain.errors import LeaseLostError
from bulkpress_core.domain.jobs import FileState, JobState, Outcome, TenantId
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import AFTER_LEASE, LANE, LEASE, NOW, claimed, done, new_files, new_job, opened_job

ADA = TenantId("ada")


class TestHeavyFiles:
    def test_opening_puts_them_into_their_own_lane(self, jobs: JobStore) -> None:
        job = new_job()
        jobs.create(job)
        jobs.add_files(job.id, [*new_files(job, 2), *new_files(job, 1, first=2, heavy=True)])
        jobs.seal(job.id, JobOptions(), now=NOW)
        assert jobs.open(job.id, LANE, now=NOW) == {LANE: 2, Lane.HEAVY: 1}
        assert (jobs.pending(LANE), jobs.pending(Lane.HEAVY)) == (2, 1)
        assert claimed(jobs, lane=Lane.HEAVY).file.number == 2
        assert [claimed(jobs).file.number for _ in range(2)] == [0, 1]

    def test_a_file_that_proved_too_heavy_moves_and_stays_there(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        claim = claimed(jobs)
        jobs.give_back(claim, lane=Lane.HEAVY)
        assert jobs.files(job_id)[0].heavy
        assert (jobs.pending(LANE), jobs.pending(Lane.HEAVY), jobs.running(LANE)) == (1, 1, 0)
        with pytest.raises(LeaseLostError):
            jobs.settle(claim, done(claim), now=NOW)
        again = claimed(jobs, lane=Lane.HEAVY)
        assert (again.lane, again.file.number, again.file.attempts) == (Lane.HEAVY, 0, 2)
        jobs.sweep(now=AFTER_LEASE, max_attempts=3)
        assert claimed(jobs, lane=Lane.HEAVY, now=AFTER_LEASE).file.number == 0

    def test_a_job_ends_with_its_last_file_whatever_lane_that_is_in(self, jobs: JobStore) -> None:
        opened_job(jobs, 2)
        jobs.give_back(claimed(jobs), lane=Lane.HEAVY)
        light, heavy = claimed(jobs), claimed(jobs, lane=Lane.HEAVY)
        assert jobs.settle(light, done(light), now=NOW).job.state is JobState.RUNNING
        assert jobs.settle(heavy, done(heavy), now=NOW).job.state is JobState.FINISHED


class TestGivingBack:
    def test_a_file_given_back_goes_first_and_at_once(self, jobs: JobStore) -> None:
        opened_job(jobs, 3)
        jobs.give_back(claimed(jobs), lane=LANE)
        assert (jobs.pending(LANE), jobs.running(LANE)) == (3, 0)
        assert claimed(jobs).file.number == 0

    def test_it_is_neither_a_death_of_a_worker_nor_a_retry(self, jobs: JobStore) -> None:
        opened_job(jobs)
        for _ in range(3):
            jobs.give_back(claimed(jobs), lane=LANE)
        claim = claimed(jobs)
        assert (claim.file.attempts, claim.file.retries) == (4, 0)
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=2).returned == {LANE: 1}

    def test_deferrals_are_counted_as_retries(self, jobs: JobStore) -> None:
        opened_job(jobs)
        jobs.defer(claimed(jobs), until=NOW)
        jobs.sweep(now=NOW, max_attempts=1)
        assert claimed(jobs).file.retries == 1


class TestTwins:
    def test_files_of_the_same_content_wait_for_the_first_to_end(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 3, digest="same")
        first = claimed(jobs)
        assert first.file.number == 0
        assert jobs.claim(LANE, now=NOW, lease=LEASE) is None
        assert {file.state for file in jobs.files(job_id)[1:]} == {FileState.PENDING}
        assert jobs.settle(first, done(first), now=NOW).released == 2
        twins = [claimed(jobs) for _ in range(2)]
        assert {claim.file.number for claim in twins} == {1, 2}
        assert [jobs.settle(claim, done(claim), now=NOW).released for claim in twins] == [0, 0]
        assert jobs.get(job_id).state is JobState.FINISHED

    def test_files_of_other_content_do_not_wait(self, jobs: JobStore) -> None:
        job = new_job()
        jobs.create(job)
        jobs.add_files(job.id, [*new_files(job, 1, digest="a"), *new_files(job, 1, first=1, digest="b")])
        jobs.add_files(job.id, new_files(job, 1, first=2, digest="a"))
        jobs.seal(job.id, JobOptions(), now=NOW)
        assert jobs.open(job.id, LANE, now=NOW) == {LANE: 2}
        assert [claimed(jobs).file.number for _ in range(2)] == [0, 1]

    def test_neither_do_those_of_another_job(self, jobs: JobStore) -> None:
        opened_job(jobs, 1, digest="same")
        opened_job(jobs, 1, digest="same")
        assert jobs.pending(LANE) == 2

    def test_they_wait_as_long_as_the_first_is_given_back_deferred_or_swept(self, jobs: JobStore) -> None:
        opened_job(jobs, 2, digest="same")
        jobs.give_back(claimed(jobs), lane=LANE)
        jobs.defer(claimed(jobs), until=NOW)
        jobs.sweep(now=NOW, max_attempts=2)
        claimed(jobs)
        jobs.sweep(now=AFTER_LEASE, max_attempts=2)
        assert jobs.pending(LANE) == 1

    def test_they_follow_it_into_the_heavy_lane(self, jobs: JobStore) -> None:
        opened_job(jobs, 3, digest="same")
        jobs.give_back(claimed(jobs), lane=Lane.HEAVY)
        heavy = claimed(jobs, lane=Lane.HEAVY)
        assert jobs.settle(heavy, done(heavy), now=NOW).released == 2
        assert (jobs.pending(LANE), jobs.pending(Lane.HEAVY)) == (0, 2)
        claimed(jobs, lane=Lane.HEAVY)
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=3).returned == {Lane.HEAVY: 1}

    def test_twins_of_a_file_that_kills_its_workers_are_set_aside_with_it(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 3, digest="same")
        claimed(jobs)
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=1).quarantined == 3
        reasons = Counter(file.outcome.reason for file in jobs.files(job_id) if file.outcome)
        assert reasons == {"engine_crash": 3}
        assert jobs.get(job_id).state is JobState.FINISHED

    def test_they_are_cancelled_and_deleted_with_their_job(self, jobs: JobStore) -> None:
        cancelled, deleted = opened_job(jobs, 3, digest="same"), opened_job(jobs, 3, digest="same")
        assert jobs.cancel(cancelled, now=NOW).totals.cancelled == 3
        jobs.delete(deleted)
        assert jobs.pending(LANE) == 0


class TestKnownFiles:
    def test_a_file_is_found_under_the_name_it_was_settled_with(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW, known_as="name")
        known = jobs.known(ADA, "name")
        assert known == jobs.files(job_id)[0]
        assert jobs.known(ADA, "other") is None

    def test_no_tenant_finds_what_another_has_sent(self, jobs: JobStore) -> None:
        opened_job(jobs)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW, known_as="name")
        assert jobs.known(TenantId("bob"), "name") is None

    def test_a_failed_file_is_not_known(self, jobs: JobStore) -> None:
        opened_job(jobs)
        jobs.settle(claimed(jobs), Outcome(FileState.FAILED, "timed_out"), now=NOW, known_as="name")
        assert jobs.known(ADA, "name") is None

    def test_it_is_forgotten_with_its_job(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW, known_as="name")
        jobs.delete(job_id)
        assert jobs.known(ADA, "name") is None

    def test_that_an_outcome_was_taken_over_is_kept_with_it(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        outcome = Outcome(FileState.KEPT, "signed", bytes_out=100, cached=True)
        jobs.settle(claimed(jobs), outcome, now=NOW)
        assert jobs.files(job_id)[0].outcome == outcome


class TestWeights:
    def test_a_tenant_with_twice_the_weight_gets_twice_the_share(self, jobs: JobStore) -> None:
        opened_job(jobs, 50, tenant="a", weight=2.0)
        opened_job(jobs, 50, tenant="b")
        assert Counter(claimed(jobs).tenant for _ in range(30)) == {"a": 20, "b": 10}
