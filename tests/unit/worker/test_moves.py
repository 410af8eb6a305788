"""Files that change lanes, are given back by a worker that stops, or are known already."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from celery.exceptions import SoftTimeLimitExceeded

from bulkpress_core.domain.jobs import FileState, JobId, JobState
from bulkpress_core.domain.lanes import Lane
from bulkpress_engine import Report
from bulkpress_engine.errors import KilledError, OutOfMemoryError, TimedOutError
from bulkpress_engine.report import Reason, Result
from compression_worker.handlers import press_next
from compression_worker.lease import StoppingError
from tests.unit.worker.conftest import PRESSED, START, Worker

ORIGINAL = b"%PDF-1.4 " + b"x" * 100


def raising(error: Exception) -> Callable[[Path, Path], Report]:
    """A presser that fails in this way."""

    def behave(_source: Path, _target: Path) -> Report:
        raise error

    return behave


def keeping(source: Path, _target: Path) -> Report:
    """A presser that gains nothing."""
    size = source.stat().st_size
    return Report(Result.KEPT, Reason.ALREADY_SMALL, size, size)


def ended(worker: Worker, job_id: JobId) -> tuple[FileState, str]:
    outcome = worker.file(job_id).outcome
    assert outcome
    return outcome.state, outcome.reason


class TestTooHeavy:
    @pytest.mark.parametrize(
        "error", [OutOfMemoryError(), KilledError(), TimedOutError(), SoftTimeLimitExceeded()], ids=type
    )
    def test_a_file_moves_to_the_heavy_lane_and_is_pressed_there(self, worker: Worker, error: Exception) -> None:
        worker.presser.behave = raising(error)
        job_id = worker.opened(ORIGINAL)
        press_next(Lane.EXPRESS, worker.deps)
        assert worker.file(job_id).heavy
        assert worker.queue.bells[Lane.HEAVY] == 1
        worker.presser.behave = None
        press_next(Lane.HEAVY, worker.deps)
        assert ended(worker, job_id) == (FileState.DONE, "compressed")

    @pytest.mark.parametrize(
        ("error", "reason"), [(OutOfMemoryError(), "out_of_memory"), (SoftTimeLimitExceeded(), "timed_out")]
    )
    def test_one_that_is_too_heavy_there_fails(self, worker: Worker, error: Exception, reason: str) -> None:
        worker.presser.behave = raising(error)
        job_id = worker.opened(ORIGINAL)
        press_next(Lane.EXPRESS, worker.deps)
        press_next(Lane.HEAVY, worker.deps)
        assert ended(worker, job_id) == (FileState.FAILED, reason)

    def test_one_that_is_killed_there_is_tried_again_later(self, worker: Worker) -> None:
        worker.presser.behave = raising(KilledError())
        job_id = worker.opened(ORIGINAL)
        press_next(Lane.EXPRESS, worker.deps)
        press_next(Lane.HEAVY, worker.deps)
        assert (worker.file(job_id).state, worker.file(job_id).retries) == (FileState.PENDING, 1)

    def test_every_lane_has_its_own_limits(self, worker: Worker) -> None:
        worker.presser.behave = raising(OutOfMemoryError())
        worker.opened(ORIGINAL)
        press_next(Lane.EXPRESS, worker.deps)
        press_next(Lane.HEAVY, worker.deps)
        express, heavy = worker.presser.limits
        assert express
        assert heavy
        assert express.memory_bytes < heavy.memory_bytes
        assert express.seconds < heavy.seconds


class TestStopping:
    def test_a_file_is_given_back_at_once_and_rung_for(self, worker: Worker) -> None:
        worker.presser.behave = raising(StoppingError())
        job_id = worker.opened(ORIGINAL)
        press_next(Lane.EXPRESS, worker.deps)
        assert worker.jobs.pending(Lane.EXPRESS) == 1
        assert worker.queue.bells[Lane.EXPRESS] == 2
        worker.presser.behave = None
        press_next(Lane.EXPRESS, worker.deps)
        assert (worker.file(job_id).state, worker.file(job_id).retries) == (FileState.DONE, 0)

    def test_no_other_is_begun(self, worker: Worker) -> None:
        job_id = worker.opened(ORIGINAL)
        worker.stopping = True
        press_next(Lane.EXPRESS, worker.deps)
        assert worker.file(job_id).attempts == 0


class TestCancelling:
    def test_a_result_stored_after_the_job_was_cancelled_is_deleted(self, worker: Worker) -> None:
        job_id = worker.opened(ORIGINAL, ORIGINAL + b"2")
        press_next(Lane.EXPRESS, worker.deps)

        def cancel(source: Path, target: Path) -> Report:
            worker.jobs.cancel(job_id, now=worker.time)
            target.write_bytes(PRESSED)
            return Report(Result.PRESSED, Reason.COMPRESSED, source.stat().st_size, len(PRESSED))

        worker.presser.behave = cancel
        press_next(Lane.EXPRESS, worker.deps)
        assert [file.state for file in worker.jobs.files(job_id)] == [FileState.DONE, FileState.CANCELLED]
        assert [key for key in worker.keys(job_id) if "result" in key] == [f"acme/{job_id}/result/0.pdf"]


class TestKnownResults:
    def press_twice(self, worker: Worker, *, second: str = "acme") -> tuple[JobId, JobId]:
        """Two jobs of one file each, of the same content."""
        jobs = (worker.opened(ORIGINAL, digest="same"), worker.opened(ORIGINAL, digest="same", tenant=second))
        for _ in jobs:
            press_next(Lane.EXPRESS, worker.deps)
        return jobs

    def test_what_was_pressed_before_is_copied_and_said_to_be(self, worker: Worker) -> None:
        first, second = self.press_twice(worker)
        assert len(worker.presser.options) == 1
        outcomes = [worker.file(job_id).outcome for job_id in (first, second)]
        assert [outcome.cached for outcome in outcomes if outcome] == [False, True]
        assert ended(worker, second) == (FileState.DONE, "compressed")
        assert b"".join(worker.objects.read(f"acme/{second}/result/0.pdf")) == PRESSED

    def test_it_outlives_the_job_it_came_from(self, worker: Worker) -> None:
        first, second = self.press_twice(worker)
        worker.objects.delete_prefix(f"acme/{first}/")
        worker.jobs.delete(first)
        assert b"".join(worker.objects.read(f"acme/{second}/result/0.pdf")) == PRESSED
        third = worker.opened(ORIGINAL, digest="same")
        press_next(Lane.EXPRESS, worker.deps)
        assert ended(worker, third) == (FileState.DONE, "compressed")
        assert len(worker.presser.options) == 1

    def test_a_kept_file_is_kept_again_with_its_own_source_for_result(self, worker: Worker) -> None:
        worker.presser.behave = keeping
        _, second = self.press_twice(worker)
        outcome = worker.file(second).outcome
        assert outcome
        assert (outcome.state, outcome.cached) == (FileState.KEPT, True)
        assert outcome.result_key == worker.file(second).source_key

    @pytest.mark.parametrize("behave", [None, keeping])
    def test_what_an_older_worker_took_no_checksum_of_gets_one_when_it_is_taken_over(
        self, worker: Worker, redis_client: redis.Redis, behave: Callable[[Path, Path], Report] | None
    ) -> None:
        worker.presser.behave = behave
        first = worker.opened(ORIGINAL, digest="same")
        press_next(Lane.EXPRESS, worker.deps)
        recorded = worker.file(first).outcome
        assert redis_client.hdel(f"bulkpress:file:{first}:0", "y") == 1
        second = worker.opened(ORIGINAL, digest="same")
        press_next(Lane.EXPRESS, worker.deps)
        taken_over = worker.file(second).outcome
        assert recorded
        assert taken_over
        assert taken_over.cached
        assert taken_over.crc32 == recorded.crc32

    def test_no_tenant_gets_anothers_result(self, worker: Worker) -> None:
        self.press_twice(worker, second="other")
        assert len(worker.presser.options) == 2

    def test_a_result_that_is_gone_is_pressed_anew(self, worker: Worker) -> None:
        first = worker.opened(ORIGINAL, digest="same")
        press_next(Lane.EXPRESS, worker.deps)
        worker.objects.delete(f"acme/{first}/result/0.pdf")
        second = worker.opened(ORIGINAL, digest="same")
        press_next(Lane.EXPRESS, worker.deps)
        assert ended(worker, second) == (FileState.DONE, "compressed")
        assert len(worker.presser.options) == 2

    def test_files_of_one_job_with_the_same_content_are_pressed_once(self, worker: Worker) -> None:
        job_id = worker.opened(ORIGINAL, ORIGINAL, ORIGINAL, digest="same")
        assert worker.jobs.pending(Lane.EXPRESS) == 1
        for _ in range(3):
            press_next(Lane.EXPRESS, worker.deps)
        assert worker.jobs.get(job_id).state is JobState.FINISHED
        assert len(worker.presser.options) == 1
        assert worker.queue.bells[Lane.EXPRESS] == 1 + 2  # for the first, and for those it let go
        assert worker.time == START
