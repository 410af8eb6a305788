"""What every job store promises about being told what to do: cancel, retry, delete; and about uploads nobody ends."""

from datetime import timedelta

import pytest

from bulkpress_core.domain.errors import JobCancelledError, JobNotFoundError, JobSealedError, LeaseLostError
from bulkpress_core.domain.jobs import FileState, JobState, Outcome, Receipt, TenantId, Totals, new_job_id
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import AFTER_LEASE, LANE, LEASE, NOW, claimed, done, new_files, new_job, opened_job, sealed_job

BROKEN = Outcome(FileState.FAILED, "damaged_pdf")
LATER = NOW + timedelta(hours=1)


class TestCancel:
    def test_it_ends_what_has_not_ended_and_with_it_the_job(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 5)
        ended, held, deferred = (claimed(jobs) for _ in range(3))
        jobs.settle(ended, done(ended), now=NOW)
        jobs.defer(deferred, until=LATER)
        job = jobs.cancel(job_id, now=LATER)
        assert job.totals == Totals(files=5, done=1, cancelled=4, bytes_in=100, bytes_out=40)
        assert (job.state, job.finished_at, job.progress) == (JobState.FINISHED, LATER, 100.0)
        assert jobs.get(job_id) == job
        files = jobs.files(job_id)
        assert [file.state for file in files] == [FileState.DONE, *[FileState.CANCELLED] * 4]
        assert {file.outcome.reason for file in files if file.outcome} == {"pressed", "cancelled"}
        assert (jobs.pending(LANE), jobs.running(LANE)) == (0, 0)
        assert held.file.number == 1

    def test_whoever_presses_one_of_its_files_has_lost_it(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        held = claimed(jobs)
        job = jobs.cancel(job_id, now=NOW)
        for act in (
            lambda: jobs.renew(held, now=NOW, lease=LEASE),
            lambda: jobs.settle(held, done(held), now=NOW),
            lambda: jobs.defer(held, until=LATER),
            lambda: jobs.give_back(held, lane=LANE),
        ):
            with pytest.raises(LeaseLostError):
                act()
        assert jobs.sweep(now=LATER, max_attempts=1).quarantined == 0
        assert jobs.get(job_id) == job

    def test_a_finished_job_stays_as_it_is(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        claim = claimed(jobs)
        job = jobs.settle(claim, done(claim), now=NOW).job
        assert jobs.cancel(job_id, now=LATER) == job
        assert jobs.files(job_id)[0].state is FileState.DONE

    def test_it_can_be_said_twice(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        assert jobs.cancel(job_id, now=NOW) == jobs.cancel(job_id, now=LATER)

    def test_a_job_not_opened_yet_is_not_opened_any_more(self, jobs: JobStore) -> None:
        job_id = sealed_job(jobs, 2)
        jobs.cancel(job_id, now=NOW)
        assert jobs.open(job_id, LANE, now=NOW) == {}
        assert jobs.unopened(sealed_before=LATER, limit=9) == []
        assert jobs.claim(LANE, now=NOW, lease=LEASE) is None
        assert jobs.get(job_id).totals.cancelled == 2

    def test_a_job_that_still_receives_files_takes_no_more(self, jobs: JobStore) -> None:
        job = new_job()
        jobs.create(job)
        jobs.add_files(job.id, new_files(job, 1))
        jobs.cancel(job.id, now=NOW)
        with pytest.raises(JobSealedError):
            jobs.add_files(job.id, new_files(job, 1, first=1))
        with pytest.raises(JobSealedError):
            jobs.seal(job.id, JobOptions(), now=NOW)
        assert jobs.stalled(untouched_since=LATER, limit=9) == []

    def test_other_jobs_of_the_tenant_go_on(self, jobs: JobStore) -> None:
        doomed, other = opened_job(jobs, 3), opened_job(jobs, 3)
        jobs.cancel(doomed, now=NOW)
        assert [claimed(jobs).job_id for _ in range(3)] == [other] * 3

    def test_a_job_that_is_not_there_is_told(self, jobs: JobStore) -> None:
        with pytest.raises(JobNotFoundError):
            jobs.cancel(new_job_id(), now=NOW)


class TestRetry:
    def test_failed_files_wait_again_as_if_new_and_others_stay(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 3)
        good, *bad = (claimed(jobs) for _ in range(3))
        jobs.settle(good, done(good), now=NOW)
        for claim in bad:
            jobs.settle(claim, BROKEN, now=NOW)
        assert jobs.retry(job_id, now=NOW) == {LANE: 2}
        job = jobs.get(job_id)
        assert (job.state, job.finished_at) == (JobState.RUNNING, None)
        assert job.totals == Totals(files=3, done=1, bytes_in=100, bytes_out=40)
        assert jobs.files(job_id)[1:] == new_files(job, 2, first=1)
        again = [claimed(jobs) for _ in range(2)]
        assert [claim.file.attempts for claim in again] == [1, 1]
        last = [jobs.settle(claim, done(claim), now=LATER) for claim in again][-1]
        assert (last.job.state, last.job.totals.done) == (JobState.FINISHED, 3)

    def test_without_failed_files_nothing_happens(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        job = jobs.get(job_id)
        assert jobs.retry(job_id, now=NOW) == {}
        assert jobs.get(job_id) == job
        assert jobs.pending(LANE) == 2

    def test_a_file_set_aside_for_killing_workers_gets_its_attempts_back(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        claimed(jobs)
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=1).quarantined == 1
        assert jobs.retry(job_id, now=NOW) == {LANE: 1}
        assert claimed(jobs).file.attempts == 1
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=2).returned == {LANE: 1}

    def test_more_than_one_batch_all_wait_again(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 1200)
        while claim := jobs.claim(LANE, now=NOW, lease=LEASE):
            jobs.settle(claim, BROKEN, now=NOW)
        assert jobs.retry(job_id, now=NOW) == {LANE: 1200}
        assert (jobs.pending(LANE), jobs.get(job_id).totals.failed) == (1200, 0)

    def test_a_cancelled_job_is_not_tried_again(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        jobs.settle(claimed(jobs), BROKEN, now=NOW)
        jobs.cancel(job_id, now=NOW)
        with pytest.raises(JobCancelledError):
            jobs.retry(job_id, now=NOW)
        assert jobs.get(job_id).totals.failed == 1

    def test_a_file_of_the_heavy_lane_goes_back_there(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        jobs.give_back(claimed(jobs), lane=Lane.HEAVY)
        jobs.settle(claimed(jobs, lane=Lane.HEAVY), BROKEN, now=NOW)
        assert jobs.retry(job_id, now=NOW) == {Lane.HEAVY: 1}


class TestDelete:
    def test_a_deletion_leaves_its_receipt_and_the_newest_is_told_first(self, jobs: JobStore) -> None:
        receipts = []
        for minute in range(3):
            job_id = opened_job(jobs, minute)
            receipts.append(Receipt(job_id, TenantId("ada"), NOW + timedelta(minutes=minute), minute, 2 * minute))
            jobs.delete(job_id, receipt=receipts[-1])
        assert jobs.receipts(TenantId("ada")) == receipts[::-1]
        assert jobs.receipts(TenantId("ada"), limit=1) == receipts[-1:]
        assert jobs.receipts(TenantId("bob")) == []

    def test_what_is_not_there_leaves_no_receipt(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs)
        receipt = Receipt(job_id, TenantId("ada"), NOW, 1, 1)
        jobs.delete(job_id, receipt=receipt)
        jobs.delete(job_id, receipt=receipt)
        assert jobs.receipts(TenantId("ada")) == [receipt]

    def test_its_objects_are_looked_for_once_more_when_so_asked(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        prefix = jobs.get(job_id).source_prefix
        jobs.delete(job_id, look_again_at=LATER)
        with pytest.raises(JobNotFoundError):
            jobs.get(job_id)
        assert jobs.expired(now=LATER - timedelta(seconds=1), limit=9) == []
        (trace,) = jobs.expired(now=LATER, limit=9)
        assert (trace.id, trace.source_prefix) == (job_id, prefix)
        jobs.delete(job_id)
        assert jobs.expired(now=NOW + timedelta(days=9), limit=9) == []


class TestStalledUploads:
    def test_they_are_those_nobody_touched_longest_first(self, jobs: JobStore) -> None:
        quiet, quieter, busy = (new_job() for _ in range(3))
        for job in (quiet, quieter, busy):
            jobs.create(job)
        jobs.touch(quiet.id, now=NOW + timedelta(minutes=1))
        jobs.touch(busy.id, now=LATER)
        assert [job.id for job in jobs.stalled(untouched_since=LATER, limit=9)] == [quieter.id, quiet.id]
        assert [job.id for job in jobs.stalled(untouched_since=LATER, limit=1)] == [quieter.id]

    def test_a_job_handed_in_or_deleted_is_none_of_them(self, jobs: JobStore) -> None:
        sealed_job(jobs)
        gone = new_job()
        jobs.create(gone)
        jobs.delete(gone.id)
        jobs.touch(gone.id, now=NOW)
        assert jobs.stalled(untouched_since=LATER, limit=9) == []
