"""What every job store promises of a job's story."""

import pytest

from bulkpress_core.domain.errors import JobNotFoundError
from bulkpress_core.domain.jobs import FileState, JobId, Outcome
from bulkpress_core.domain.stories import StoryEvent
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import LANE, LEASE, NOW, claimed, done, opened_job, sealed_job

FAILED = Outcome(FileState.FAILED, "not_a_pdf")
KEPT = Outcome(FileState.KEPT, "already_small", bytes_out=100)


def told(jobs: JobStore, job_id: JobId, after: int = 0) -> list[tuple[int, str, int | None]]:
    chapters = jobs.story(job_id, after=after, limit=100).chapters
    return [(one.position, one.event.value, one.number) for one in chapters]


def test_a_job_that_nothing_happened_to_has_no_story(jobs: JobStore) -> None:
    story = jobs.story(sealed_job(jobs), limit=10)
    assert (story.chapters, story.length, story.is_over) == ([], 0, False)


def test_it_tells_of_each_end_in_order_with_the_file_as_it_ended(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 3)
    first, second, third = (claimed(jobs) for _ in range(3))
    jobs.settle(second, KEPT, now=NOW)
    jobs.settle(first, done(first), now=NOW)
    assert not jobs.story(job_id, limit=10).is_over
    jobs.settle(third, FAILED, now=NOW)
    assert told(jobs, job_id) == [
        (1, "job.opened", None),
        (2, "file.kept", 1),
        (3, "file.done", 0),
        (4, "file.failed", 2),
        (5, "job.finished", None),
    ]
    story = jobs.story(job_id, limit=10)
    assert story.is_over
    assert [one.file for one in story.chapters[1:4]] == [jobs.files(job_id)[number] for number in (1, 0, 2)]
    assert story.job == jobs.get(job_id)


@pytest.mark.parametrize("after", range(7))
def test_it_goes_on_after_any_position(jobs: JobStore, after: int) -> None:
    job_id = opened_job(jobs, 3)
    for claim in [claimed(jobs) for _ in range(3)]:
        jobs.settle(claim, KEPT, now=NOW)
    whole = told(jobs, job_id)
    assert told(jobs, job_id, after) == whole[after:]
    page = jobs.story(job_id, after=after, limit=2)
    assert len(page.chapters) == min(2, max(0, 5 - after))
    assert page.is_over == (after >= 3)
    assert page.length == 5


def test_a_cancelled_job_says_so_and_then_that_it_is_finished(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 2)
    jobs.cancel(job_id, now=NOW)
    assert told(jobs, job_id) == [(1, "job.opened", None), (2, "job.cancelled", None), (3, "job.finished", None)]


def test_a_failure_that_was_tried_again_stays_a_failure_in_the_story(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 2)
    first, second = claimed(jobs), claimed(jobs)
    jobs.settle(first, FAILED, now=NOW)
    jobs.settle(second, KEPT, now=NOW)
    jobs.retry(job_id, now=NOW)
    assert told(jobs, job_id)[1:] == [
        (2, "file.failed", 0),
        (3, "file.kept", 1),
        (4, "job.finished", None),
        (5, "job.retried", None),
    ]
    assert not jobs.story(job_id, limit=10).is_over
    again = claimed(jobs)
    jobs.settle(again, done(again), now=NOW)
    story = jobs.story(job_id, limit=10)
    assert [one.event for one in story.chapters[1:]] == [
        StoryEvent.FILE_FAILED,
        StoryEvent.FILE_KEPT,
        StoryEvent.JOB_FINISHED,
        StoryEvent.JOB_RETRIED,
        StoryEvent.FILE_DONE,
        StoryEvent.JOB_FINISHED,
    ]
    assert story.chapters[1].file is None  # what it failed with is known no longer
    assert story.chapters[5].file == jobs.files(job_id)[0]
    assert story.is_over


def test_a_file_set_aside_by_the_sweep_is_told_of(jobs: JobStore) -> None:
    job_id = opened_job(jobs, 1)
    claimed(jobs)
    jobs.sweep(now=NOW + LEASE, max_attempts=1)
    assert told(jobs, job_id) == [(1, "job.opened", None), (2, "file.failed", 0), (3, "job.finished", None)]


def test_a_job_that_is_gone_has_no_story(jobs: JobStore) -> None:
    job_id = opened_job(jobs)
    jobs.delete(job_id)
    for unknown in (job_id, JobId("0" * 32)):
        with pytest.raises(JobNotFoundError):
            jobs.story(unknown, limit=10)
    assert jobs.pending(LANE) == 0
