"""What every job store promises about files that their clients are to put into the object store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bulkpress_core.domain.direct_uploads import NotAwaitedError
from bulkpress_core.domain.errors import JobNotFoundError, TooManyFilesWaitingError
from bulkpress_core.domain.jobs import NOT_UPLOADED, FileState, JobId, JobState, TenantId
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.origins import DirectUpload
from bulkpress_core.domain.sniffing import NOT_A_PDF
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import LANE, LEASE, NOW, claimed, done, new_files, new_job

LATER = NOW + timedelta(hours=1)


def awaiting_job(jobs: JobStore, count: int = 1, *, sent: int = 0, heavy: bool = False, opened: bool = True) -> JobId:
    """A job that awaits some files, after those that were sent with it."""
    job = new_job()
    jobs.create(job)
    awaited = [
        replace(file, state=FileState.AWAITING_UPLOAD, origin=DirectUpload())
        for file in new_files(job, count, first=sent, heavy=heavy)
    ]
    jobs.add_files(job.id, [*new_files(job, sent), *awaited])
    jobs.seal(job.id, JobOptions(), now=NOW)
    if opened:
        jobs.open(job.id, LANE, now=NOW)
    return job.id


def test_an_awaited_file_is_in_no_lane_and_its_siblings_go_on(jobs: JobStore) -> None:
    job_id = awaiting_job(jobs, 2, sent=1)
    assert jobs.pending(LANE) == 1
    claim = claimed(jobs)
    assert claim.file.number == 0
    job = jobs.settle(claim, done(claim), now=NOW).job
    assert (job.state, job.totals.awaiting, job.has_direct_uploads) == (JobState.RUNNING, 2, True)
    states = [file.state for file in jobs.files(job_id)]
    assert states == [FileState.DONE, FileState.AWAITING_UPLOAD, FileState.AWAITING_UPLOAD]


@pytest.mark.parametrize(("heavy", "lane"), [(False, LANE), (True, Lane.HEAVY)])
def test_once_arrived_it_waits_in_its_lane_and_ends_the_job(jobs: JobStore, *, heavy: bool, lane: Lane) -> None:
    job_id = awaiting_job(jobs, heavy=heavy)
    assert jobs.arrived(job_id, 0, now=NOW) is lane
    assert jobs.pending(lane) == 1
    assert jobs.get(job_id).totals.awaiting == 0
    claim = claimed(jobs, lane=lane)
    assert isinstance(claim.file.origin, DirectUpload)
    assert claim.put_key == f"ada/{job_id}/put/0.pdf"
    assert jobs.settle(claim, done(claim), now=NOW).job.state is JobState.FINISHED


@pytest.mark.parametrize("heavy", [False, True])
def test_one_that_arrives_before_the_job_is_opened_goes_into_its_lane_with_it(jobs: JobStore, *, heavy: bool) -> None:
    job_id = awaiting_job(jobs, 2, opened=False, heavy=heavy)
    assert jobs.arrived(job_id, 1, now=NOW) is None
    lane = Lane.HEAVY if heavy else LANE
    assert jobs.open(job_id, LANE, now=NOW) == {lane: 1}
    assert claimed(jobs, lane=lane).file.number == 1


def test_one_that_fails_at_the_door_ends_the_job_and_is_not_tried_again(jobs: JobStore) -> None:
    job_id = awaiting_job(jobs)
    assert jobs.arrived(job_id, 0, failed=NOT_A_PDF, now=NOW) is None
    (file,) = jobs.files(job_id)
    assert (file.state, file.outcome and file.outcome.reason) == (FileState.FAILED, "not_a_pdf")
    job = jobs.get(job_id)
    assert (job.state, job.totals.failed, job.totals.awaiting) == (JobState.FINISHED, 1, 0)
    assert jobs.retry(job_id, now=NOW) == {}
    assert jobs.claim(LANE, now=NOW, lease=LEASE) is None


def test_one_that_fails_before_the_job_is_opened_ends_it_then(jobs: JobStore) -> None:
    job_id = awaiting_job(jobs, opened=False)
    jobs.arrived(job_id, 0, failed=NOT_UPLOADED, now=NOW)
    assert jobs.get(job_id).state is JobState.QUEUED
    jobs.open(job_id, LANE, now=NOW)
    assert jobs.get(job_id).state is JobState.FINISHED
    assert jobs.unopened(sealed_before=LATER, limit=10) == []


def test_a_file_arrives_once(jobs: JobStore) -> None:
    job_id = awaiting_job(jobs, sent=1)
    jobs.arrived(job_id, 1, now=NOW)
    for number in (0, 1, 7):  # sent along, arrived before, none at all
        with pytest.raises(NotAwaitedError):
            jobs.arrived(job_id, number, now=NOW)
        with pytest.raises(NotAwaitedError):
            jobs.awaited_in_parts(job_id, number, "some")
    assert jobs.pending(LANE) == 2


def test_nothing_arrives_for_a_job_that_was_cancelled_or_deleted(jobs: JobStore) -> None:
    job_id = awaiting_job(jobs, 2)
    job = jobs.cancel(job_id, now=NOW)
    assert (job.totals.cancelled, job.totals.awaiting) == (2, 0)
    with pytest.raises(NotAwaitedError):
        jobs.arrived(job_id, 0, now=NOW)
    with pytest.raises(NotAwaitedError):
        jobs.awaited_in_parts(job_id, 0, "some")
    jobs.delete(job_id)
    with pytest.raises(JobNotFoundError):
        jobs.arrived(job_id, 0, now=NOW)
    assert jobs.abandoned(untouched_since=LATER, limit=10) == []


def test_the_first_id_of_an_upload_in_parts_counts_until_another_takes_its_place(jobs: JobStore) -> None:
    job_id = awaiting_job(jobs)
    assert jobs.awaited_in_parts(job_id, 0, "one") == "one"
    assert jobs.awaited_in_parts(job_id, 0, "two") == "one"
    assert jobs.awaited_in_parts(job_id, 0, "three", instead_of="one") == "three"
    assert jobs.awaited_in_parts(job_id, 0, "four", instead_of="one") == "three"
    (file,) = jobs.files(job_id)
    assert file.origin == DirectUpload("three")


def test_jobs_are_abandoned_that_nothing_was_heard_of_since_and_no_others(jobs: JobStore) -> None:
    silent, heard_of, served = (awaiting_job(jobs, 2), awaiting_job(jobs, 2), awaiting_job(jobs))
    jobs.keep_awaiting(heard_of, now=LATER)
    jobs.arrived(served, 0, now=NOW)
    jobs.keep_awaiting(served, now=LATER)
    assert [job.id for job in jobs.abandoned(untouched_since=LATER, limit=10)] == [silent]
    jobs.arrived(silent, 0, now=LATER)  # a sign of life as well
    assert jobs.abandoned(untouched_since=LATER, limit=10) == []
    assert {job.id for job in jobs.abandoned(untouched_since=LATER + LEASE, limit=10)} == {silent, heard_of}
    assert len(jobs.abandoned(untouched_since=LATER + LEASE, limit=1)) == 1


def test_awaited_files_count_towards_those_that_a_tenant_may_have_waiting(jobs: JobStore) -> None:
    job_id = awaiting_job(jobs, 3)
    job = new_job()
    jobs.create(job)
    with pytest.raises(TooManyFilesWaitingError):
        jobs.add_files(job.id, new_files(job, 1), most_open=3)
    jobs.arrived(job_id, 0, failed=NOT_UPLOADED, now=NOW)
    jobs.add_files(job.id, new_files(job, 1), most_open=3)
    assert jobs.get(job_id).tenant == TenantId("ada")
