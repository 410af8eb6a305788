"""What every job store promises about jobs: receiving, handing in, opening, reading, expiring, forgetting."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bulkpress_core.domain.compression import CompressionLevel, CompressionSettings
from bulkpress_core.domain.errors import ConflictError, JobNotFoundError, JobSealedError, LeaseLostError
from bulkpress_core.domain.jobs import FileState, JobFile, JobState, Outcome, new_job_id
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.sniffing import EMPTY, NOT_A_PDF, ended_at_the_door
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import AFTER_LEASE, LANE, LEASE, NOW, claimed, done, new_files, new_job, opened_job, sealed_job

SETTINGS = CompressionSettings(CompressionLevel.HIGH, image_quality=40)


def test_a_new_job_is_read_back_as_it_was(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    assert jobs.get(job.id) == job


def test_a_job_cannot_be_created_twice(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    with pytest.raises(ConflictError, match="is there already"):
        jobs.create(job)


def test_files_are_read_back_as_they_were_whatever_their_names(jobs: JobStore) -> None:
    job = new_job()
    names = ["plain.pdf", "a/b\\c.pdf", "été 日本語 \U0001f4c4.pdf", "x" * 300, "two\r\nlines.pdf", ""]
    files = [
        JobFile(number, name, 2**40 + number, f"{job.source_prefix}source/{number}.pdf", cost=0.5 + number)
        for number, name in enumerate(names)
    ]
    jobs.create(job)
    jobs.add_files(job.id, files)
    assert jobs.files(job.id) == files


def test_a_source_may_lie_outside_the_jobs_own_prefix(jobs: JobStore) -> None:
    job = new_job()
    file = JobFile(0, "a.pdf", 1, "shared/elsewhere/a.pdf", cost=1.0)
    jobs.create(job)
    jobs.add_files(job.id, [file])
    assert jobs.files(job.id) == [file]


def test_files_added_later_go_on_from_those_already_there(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 2))
    jobs.add_files(job.id, [])
    jobs.add_files(job.id, new_files(job, 3, first=2))
    assert [file.number for file in jobs.files(job.id)] == [0, 1, 2, 3, 4]
    assert jobs.get(job.id).totals.files == 5


@pytest.mark.parametrize("first", [0, 1, 3])
def test_files_whose_numbers_do_not_go_on_are_refused_whole(jobs: JobStore, first: int) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 2))
    with pytest.raises(ConflictError, match="next file of the job is number 2"):
        jobs.add_files(job.id, new_files(job, 2, first=first))
    assert jobs.files(job.id) == new_files(job, 2)


def test_files_with_a_gap_between_their_numbers_are_refused_whole(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    with pytest.raises(ConflictError):
        jobs.add_files(job.id, [new_files(job, 1)[0], new_files(job, 1, first=2)[0]])
    assert jobs.get(job.id).totals.files == 0


def test_sealing_queues_the_job_and_fixes_its_settings(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 2))
    sealed = jobs.seal(job.id, JobOptions(SETTINGS), now=NOW)
    assert (sealed.state, sealed.settings, sealed.totals.files) == (JobState.QUEUED, SETTINGS, 2)
    assert jobs.get(job.id) == sealed


def test_a_sealed_job_takes_no_more_files(jobs: JobStore) -> None:
    job_id = sealed_job(jobs, 1)
    with pytest.raises(JobSealedError):
        jobs.add_files(job_id, new_files(jobs.get(job_id), 1, first=1))
    assert jobs.get(job_id).totals.files == 1


def test_a_job_is_sealed_once(jobs: JobStore) -> None:
    job_id = sealed_job(jobs)
    with pytest.raises(JobSealedError):
        jobs.seal(job_id, JobOptions(SETTINGS), now=NOW)
    assert jobs.get(job_id).settings == CompressionSettings()


def test_opening_puts_every_file_into_the_lane_and_runs_the_job(jobs: JobStore) -> None:
    job_id = sealed_job(jobs, 2500)
    assert jobs.pending(LANE) == 0
    assert jobs.open(job_id, LANE, now=NOW) == {LANE: 2500}
    assert jobs.pending(LANE) == 2500
    assert jobs.get(job_id).state is JobState.RUNNING


def test_a_job_opened_before_adds_nothing(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 3)
    assert jobs.open(job_id, LANE, now=NOW) == {}
    assert jobs.pending(LANE) == 3


def test_a_job_that_still_receives_files_cannot_be_opened(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    with pytest.raises(ConflictError, match="seal it"):
        jobs.open(job.id, LANE, now=NOW)


def test_a_job_without_files_is_finished_when_opened(jobs: JobStore) -> None:
    job_id = sealed_job(jobs, 0)
    assert jobs.open(job_id, LANE, now=NOW) == {}
    assert (jobs.get(job_id).state, jobs.get(job_id).finished_at) == (JobState.FINISHED, NOW)
    assert jobs.claim(LANE, now=NOW, lease=LEASE) is None


def test_unopened_names_the_jobs_sealed_before_that_time_oldest_first(jobs: JobStore) -> None:
    minutes = [3, 1, 2]
    queued = []
    for minute in minutes:
        job = new_job()
        jobs.create(job)
        jobs.seal(job.id, JobOptions(SETTINGS), now=NOW + timedelta(minutes=minute))
        queued.append(job.id)
    third, first, second = queued
    assert jobs.unopened(sealed_before=NOW + timedelta(minutes=4), limit=10) == [first, second, third]
    assert jobs.unopened(sealed_before=NOW + timedelta(minutes=4), limit=2) == [first, second]
    assert jobs.unopened(sealed_before=NOW + timedelta(minutes=2), limit=10) == [first]
    jobs.open(first, LANE, now=NOW)
    jobs.delete(second)
    assert jobs.unopened(sealed_before=NOW + timedelta(minutes=4), limit=10) == [third]


def test_files_are_read_by_number_from_start_to_before_stop(jobs: JobStore) -> None:
    job_id = sealed_job(jobs, 2500)

    def numbers(start: int, stop: int | None) -> list[int]:
        return [file.number for file in jobs.files(job_id, start=start, stop=stop)]

    assert numbers(0, None) == list(range(2500))
    assert numbers(10, 12) == [10, 11]
    assert numbers(2498, None) == [2498, 2499]
    assert numbers(2499, 9999) == [2499]
    assert numbers(2500, None) == []


def test_expired_names_the_jobs_past_their_time_oldest_first(jobs: JobStore) -> None:
    early, late, later = (new_job(expires_in=timedelta(hours=hours)) for hours in (1, 2, 3))
    for job in (later, early, late):
        jobs.create(job)
    assert jobs.expired(now=NOW, limit=10) == []
    assert jobs.expired(now=NOW + timedelta(hours=2, seconds=1), limit=10) == [early, late]
    assert jobs.expired(now=NOW + timedelta(hours=2, seconds=1), limit=1) == [early]
    jobs.delete(early.id)
    assert jobs.expired(now=NOW + timedelta(hours=2, seconds=1), limit=10) == [late]


def test_deleting_forgets_the_job_its_files_and_its_place_in_the_lane(jobs: JobStore) -> None:
    doomed, other = opened_job(jobs, 2500), opened_job(jobs, 2)
    for _ in range(3):
        claimed(jobs)
    jobs.delete(doomed)
    with pytest.raises(JobNotFoundError):
        jobs.get(doomed)
    with pytest.raises(JobNotFoundError):
        jobs.files(doomed)
    left = [jobs.claim(LANE, now=NOW, lease=LEASE) for _ in range(3)]
    assert {claim.job_id for claim in left if claim} == {other}
    assert (jobs.pending(LANE), jobs.running(LANE)) == (0, 2)


def test_deleting_a_job_while_its_files_are_claimed_and_deferred_ends_their_leases(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 3)
    held, deferred, settled = (claimed(jobs) for _ in range(3))
    jobs.defer(deferred, until=NOW + timedelta(minutes=5))
    jobs.settle(settled, done(settled), now=NOW)
    jobs.delete(job_id)
    assert jobs.running(LANE) == 0
    with pytest.raises(LeaseLostError):
        jobs.renew(held, now=NOW, lease=LEASE)
    with pytest.raises(LeaseLostError):
        jobs.settle(held, done(held), now=NOW)
    with pytest.raises(LeaseLostError):
        jobs.defer(held, until=NOW)
    swept = jobs.sweep(now=AFTER_LEASE + timedelta(hours=1), max_attempts=1)
    assert (dict(swept.returned), swept.quarantined) == ({}, 0)


def test_deleting_what_is_not_there_is_no_error(jobs: JobStore) -> None:
    job_id = sealed_job(jobs)
    jobs.delete(job_id)
    jobs.delete(job_id)
    jobs.delete(new_job_id())
    with pytest.raises(JobNotFoundError):
        jobs.get(job_id)


def test_whoever_names_a_job_that_is_not_there_is_told(jobs: JobStore) -> None:
    job = new_job()
    for ask in (
        lambda: jobs.get(job.id),
        lambda: jobs.files(job.id),
        lambda: jobs.add_files(job.id, new_files(job, 1)),
        lambda: jobs.seal(job.id, JobOptions(SETTINGS), now=NOW),
        lambda: jobs.open(job.id, LANE, now=NOW),
    ):
        with pytest.raises(JobNotFoundError):
            ask()


def test_an_outcome_is_read_back_as_it_was(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 2)
    full, bare = claimed(jobs), claimed(jobs)
    bare_outcome = Outcome(FileState.FAILED, "encrypted_pdf")
    jobs.settle(full, done(full), now=NOW)
    jobs.settle(bare, bare_outcome, now=NOW)
    assert [file.outcome for file in jobs.files(job_id)] == [done(full), bare_outcome]
    assert [file.state for file in jobs.files(job_id)] == [FileState.DONE, FileState.FAILED]


def test_a_store_that_answers_passes_its_check(jobs: JobStore) -> None:
    jobs.check()
    assert jobs.pending(LANE) == 0


def test_what_was_asked_of_a_job_is_kept_with_it_and_told_to_whoever_claims_a_file(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 1))
    options = JobOptions(SETTINGS, keep_names=False, webhook_url="https://example.com/hook")
    sealed = jobs.seal(job.id, options, now=NOW)
    assert (sealed.settings, sealed.keep_names, sealed.webhook_url) == (SETTINGS, False, "https://example.com/hook")
    assert jobs.get(job.id) == sealed
    jobs.open(job.id, LANE, now=NOW)
    assert claimed(jobs).settings == SETTINGS


def test_a_files_own_settings_go_before_those_of_its_job(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    plain, own = new_files(job, 2)
    own = replace(own, asked={"compression_level": "low", "target_size": 1000})
    jobs.add_files(job.id, [plain, own])
    assert jobs.files(job.id) == [plain, own]
    jobs.seal(job.id, JobOptions(SETTINGS), now=NOW)
    jobs.open(job.id, LANE, now=NOW)
    assert [claimed(jobs).settings for _ in range(2)] == [
        SETTINGS,
        CompressionSettings(CompressionLevel.LOW, target_size=1000),
    ]


@pytest.mark.parametrize(
    ("asked", "hours"),
    [(None, 24), (timedelta(hours=5), 5), (timedelta(hours=30), 24)],  # created to expire after 24 at the latest
)
def test_handing_in_says_when_a_job_expires(jobs: JobStore, asked: timedelta | None, hours: int) -> None:
    job = new_job(expires_in=timedelta(hours=24))
    jobs.create(job)
    jobs.add_files(job.id, new_files(job, 1))
    expires_at = NOW + timedelta(hours=hours)
    assert jobs.seal(job.id, JobOptions(expires_in=asked), now=NOW).expires_at == expires_at
    assert jobs.expired(now=expires_at - timedelta(seconds=1), limit=5) == []
    assert [one.id for one in jobs.expired(now=expires_at, limit=5)] == [job.id]


def test_a_file_may_have_failed_before_the_job_is_handed_in(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    good, bad = new_files(job, 2)
    bad = ended_at_the_door(bad, NOT_A_PDF)
    jobs.add_files(job.id, [good, bad])
    jobs.add_files(job.id, [ended_at_the_door(file, EMPTY) for file in new_files(job, 1, first=2)])
    assert jobs.files(job.id)[:2] == [good, bad]
    assert jobs.get(job.id).state is JobState.RECEIVING
    assert jobs.retry(job.id, now=NOW) == {}
    jobs.seal(job.id, JobOptions(), now=NOW)
    assert jobs.open(job.id, LANE, now=NOW) == {LANE: 1}
    claim = claimed(jobs)
    assert claim.file.number == 0
    ended = jobs.settle(claim, done(claim), now=NOW).job
    assert (ended.state, ended.totals.failed, ended.totals.done) == (JobState.FINISHED, 2, 1)
    assert jobs.retry(job.id, now=NOW) == {}  # there is nothing of them to press


def test_a_job_whose_files_have_all_failed_is_finished_when_it_is_opened(jobs: JobStore) -> None:
    job = new_job()
    jobs.create(job)
    jobs.add_files(job.id, [ended_at_the_door(file, EMPTY) for file in new_files(job, 2)])
    jobs.seal(job.id, JobOptions(), now=NOW)
    assert jobs.open(job.id, LANE, now=NOW) == {}
    assert jobs.get(job.id).state is JobState.FINISHED
