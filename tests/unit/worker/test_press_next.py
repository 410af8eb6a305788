"""What becomes of one file, in every case that can be told apart."""

import errno
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import pytest

from bulkpress_core.domain.errors import LeaseLostError, StoreUnavailableError
from bulkpress_core.domain.jobs import FileState, JobState
from bulkpress_core.domain.lanes import Lane
from bulkpress_engine import Level, Report
from bulkpress_engine.errors import EncryptedPdfError, EngineCrashError
from bulkpress_engine.report import Reason, Result
from bulkpress_engine.sandbox import SandboxError
from compression_worker.handlers import press_next
from tests.unit.worker.conftest import PRESSED, START, Worker

ORIGINAL = b"%PDF-1.4 " + b"x" * 100
Behaviour = Callable[[Path, Path], Report]


def raising(error: Exception) -> Behaviour:
    """A presser that fails in this way."""

    def behave(_source: Path, _target: Path) -> Report:
        raise error

    return behave


def keeping(source: Path, _target: Path) -> Report:
    """A presser that gains nothing."""
    size = source.stat().st_size
    return Report(Result.KEPT, Reason.ALREADY_SMALL, size, size)


def test_a_pressed_file_is_done_and_its_result_is_stored(worker: Worker) -> None:
    job_id = worker.opened(ORIGINAL)
    press_next(Lane.EXPRESS, worker.deps)
    outcome = worker.file(job_id).outcome
    assert outcome is not None
    assert (outcome.state, outcome.reason, outcome.bytes_out) == (FileState.DONE, "compressed", len(PRESSED))
    assert outcome.result_key == f"acme/{job_id}/result/0.pdf"
    assert b"".join(worker.objects.read(outcome.result_key)) == PRESSED
    assert outcome.decisions == {"images.recode": 2}
    assert outcome.crc32 == crc32(PRESSED)
    assert worker.jobs.get(job_id).state is JobState.FINISHED
    assert worker.left_in_scratch() == []


def test_a_kept_file_has_its_source_for_result_and_stores_nothing(worker: Worker) -> None:
    worker.presser.behave = keeping
    job_id = worker.opened(ORIGINAL)
    press_next(Lane.EXPRESS, worker.deps)
    outcome = worker.file(job_id).outcome
    assert outcome is not None
    assert (outcome.state, outcome.reason, outcome.bytes_out) == (FileState.KEPT, "already_small", len(ORIGINAL))
    assert outcome.result_key == worker.file(job_id).source_key
    assert outcome.crc32 == crc32(ORIGINAL)
    assert worker.keys(job_id) == [f"acme/{job_id}/source/0.pdf"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EncryptedPdfError(), "encrypted_pdf"),
        (EngineCrashError(), "engine_crash"),
        (ZeroDivisionError("a defect"), "internal_error"),
        (MemoryError(), "internal_error"),
    ],
)
def test_an_error_that_would_come_again_ends_the_file_and_no_other(
    worker: Worker, error: Exception, reason: str
) -> None:
    worker.presser.behave = raising(error)
    job_id = worker.opened(ORIGINAL, ORIGINAL)
    press_next(Lane.EXPRESS, worker.deps)
    worker.presser.behave = None
    press_next(Lane.EXPRESS, worker.deps)
    first, second = worker.file(job_id, 0).outcome, worker.file(job_id, 1).outcome
    assert first is not None
    assert second is not None
    assert (first.state, first.reason, second.state) == (FileState.FAILED, reason, FileState.DONE)
    assert first.detail  # words for people
    assert worker.left_in_scratch() == []


def test_a_lost_source_fails_the_file(worker: Worker) -> None:
    job_id = worker.opened(ORIGINAL)
    worker.objects.delete_prefix(f"acme/{job_id}/")
    press_next(Lane.EXPRESS, worker.deps)
    outcome = worker.file(job_id).outcome
    assert outcome is not None
    assert (outcome.state, outcome.reason) == (FileState.FAILED, "source_missing")


def test_an_engine_that_crashes_on_a_full_disk_is_not_the_documents_fault(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(worker.scratch_root)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    worker.presser.behave = raising(EngineCrashError("SIGABRT"))
    job_id = worker.opened(ORIGINAL)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.PENDING


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreUnavailableError(), "store_unavailable"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EIO, "Input/output error"), "machine_error"),
        (SandboxError("no process"), "machine_error"),
    ],
)
def test_an_error_that_may_pass_is_tried_again_later_and_later_and_then_ends_the_file(
    worker: Worker, error: Exception, reason: str
) -> None:
    worker.presser.behave = raising(error)
    job_id = worker.opened(ORIGINAL)

    press_next(Lane.EXPRESS, worker.deps)  # fails: again after 60 s and up to a quarter more
    assert worker.file(job_id).state is FileState.PENDING
    worker.sweep_at(START + timedelta(seconds=59))
    assert worker.jobs.pending(Lane.EXPRESS) == 0
    worker.sweep_at(START + timedelta(seconds=75))
    assert worker.jobs.pending(Lane.EXPRESS) == 1

    press_next(Lane.EXPRESS, worker.deps)  # first retry, fails: again after 120 s
    worker.sweep_at(START + timedelta(seconds=75 + 119))
    assert worker.jobs.pending(Lane.EXPRESS) == 0
    worker.sweep_at(START + timedelta(seconds=75 + 150))
    assert worker.jobs.pending(Lane.EXPRESS) == 1

    press_next(Lane.EXPRESS, worker.deps)  # second retry, the last
    outcome = worker.file(job_id).outcome
    assert outcome is not None
    assert (outcome.state, outcome.reason) == (FileState.FAILED, reason)
    assert worker.file(job_id).attempts == 3


def test_an_error_that_passed_leaves_no_trace_in_the_result(worker: Worker) -> None:
    worker.presser.behave = raising(StoreUnavailableError())
    job_id = worker.opened(ORIGINAL)
    press_next(Lane.EXPRESS, worker.deps)
    worker.presser.behave = None
    worker.sweep_at(START + timedelta(minutes=2))
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.DONE
    assert worker.jobs.get(job_id).totals.ended == 1


def test_a_bell_that_finds_nothing_does_nothing(worker: Worker) -> None:
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.presser.options == []


def test_a_duplicate_bell_presses_no_file_twice(worker: Worker) -> None:
    worker.opened(ORIGINAL)
    for _ in range(3):
        press_next(Lane.EXPRESS, worker.deps)
    assert len(worker.presser.options) == 1


def test_a_result_whose_lease_was_lost_is_dropped_quietly(worker: Worker) -> None:
    job_id = worker.opened(ORIGINAL)

    def lose_lease(source: Path, target: Path) -> Report:
        worker.sweep_at(START + timedelta(minutes=2))  # the sweep gives the file to somebody else
        target.write_bytes(PRESSED)
        return Report(Result.PRESSED, Reason.COMPRESSED, source.stat().st_size, len(PRESSED))

    worker.presser.behave = lose_lease
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.PENDING
    assert worker.registry.get_sample_value("bulkpress_leases_lost_total") == 1
    worker.presser.behave = None
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.DONE


def test_a_press_that_is_told_of_the_lost_lease_ends_quietly_too(worker: Worker) -> None:
    job_id = worker.opened(ORIGINAL)
    worker.presser.behave = raising(LeaseLostError())
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.RUNNING
    assert worker.file(job_id).outcome is None


def test_a_job_deleted_while_its_file_is_pressed_leaves_no_object(worker: Worker) -> None:
    job_id = worker.opened(ORIGINAL)

    def delete_job(source: Path, target: Path) -> Report:
        worker.objects.delete_prefix(f"acme/{job_id}/")
        worker.jobs.delete(job_id)
        target.write_bytes(PRESSED)
        return Report(Result.PRESSED, Reason.COMPRESSED, source.stat().st_size, len(PRESSED))

    worker.presser.behave = delete_job
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.keys(job_id) == []


def test_the_engine_is_given_the_settings_of_the_job(worker: Worker) -> None:
    worker.opened(ORIGINAL)
    press_next(Lane.EXPRESS, worker.deps)
    assert [options.level for options in worker.presser.options] == [Level.MEDIUM]


def test_files_are_counted_by_how_they_ended(worker: Worker) -> None:
    worker.opened(ORIGINAL, ORIGINAL)
    press_next(Lane.EXPRESS, worker.deps)
    worker.presser.behave = raising(EncryptedPdfError())
    press_next(Lane.EXPRESS, worker.deps)

    def sample(name: str, **labels: str) -> float | None:
        return worker.registry.get_sample_value(name, labels)

    assert sample("bulkpress_files_total", state="done", reason="compressed") == 1
    assert sample("bulkpress_files_total", state="failed", reason="encrypted_pdf") == 1
    assert sample("bulkpress_bytes_in_total") == len(ORIGINAL)
    assert sample("bulkpress_bytes_out_total") == len(PRESSED)
    assert sample("bulkpress_press_seconds_count") == 1
    assert sample("bulkpress_decisions_total", decision="images.recode") == 2
