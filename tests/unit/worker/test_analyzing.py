"""Files that are handed in to be analysed: they are audited, not pressed, and nothing of them is kept."""

from datetime import timedelta
from pathlib import Path

import pytest

from bulkpress_core.domain.errors import StoreUnavailableError
from bulkpress_core.domain.jobs import FileState, JobState, Purpose
from bulkpress_core.domain.lanes import Lane
from bulkpress_engine import Report
from bulkpress_engine.errors import EncryptedPdfError, OutOfMemoryError
from compression_worker.cleaning import clean_up
from compression_worker.handlers import press_next
from tests.unit.worker.conftest import Worker

PDF = b"%PDF-1.4 " + b"x" * 100


def raising(error: Exception) -> object:
    def behave(_source: Path, _target: Path) -> Report:
        raise error

    return behave


def test_the_audit_is_recorded_and_the_file_is_deleted(worker: Worker) -> None:
    job_id = worker.opened(PDF, purpose=Purpose.ANALYZE)
    press_next(Lane.EXPRESS, worker.deps)
    outcome = worker.file(job_id).outcome
    assert outcome is not None
    assert (outcome.state, outcome.reason, outcome.result_key) == (FileState.DONE, "analyzed", None)
    size = len(PDF)
    assert outcome.audit["composition"] == {"structure": size}
    assert outcome.audit["estimates"] == {"low": size, "medium": size, "high": 1}
    assert worker.keys(job_id) == []
    assert worker.left_in_scratch() == []
    assert worker.jobs.get(job_id).state is JobState.FINISHED


def test_it_has_the_limits_of_its_lane(worker: Worker) -> None:
    worker.opened(PDF, purpose=Purpose.ANALYZE)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.presser.limits == [worker.deps.limits(Lane.EXPRESS)]


def test_a_file_that_cannot_be_audited_fails_with_its_reason_and_is_deleted(worker: Worker) -> None:
    worker.presser.behave = raising(EncryptedPdfError())  # type: ignore[assignment]
    job_id = worker.opened(PDF, purpose=Purpose.ANALYZE)
    press_next(Lane.EXPRESS, worker.deps)
    outcome = worker.file(job_id).outcome
    assert outcome is not None
    assert (outcome.state, outcome.reason, outcome.audit) == (FileState.FAILED, "encrypted_pdf", {})
    assert worker.keys(job_id) == []


def test_a_file_that_proves_too_heavy_is_kept_for_the_heavy_lane(worker: Worker) -> None:
    worker.presser.behave = raising(OutOfMemoryError())  # type: ignore[assignment]
    job_id = worker.opened(PDF, purpose=Purpose.ANALYZE)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.keys(job_id) == [f"acme/{job_id}/source/0.pdf"]
    worker.presser.behave = None
    press_next(Lane.HEAVY, worker.deps)
    assert worker.file(job_id).state is FileState.DONE
    assert worker.keys(job_id) == []


def test_it_neither_takes_over_the_result_of_a_pressed_file_nor_leaves_one(worker: Worker) -> None:
    pressed = worker.opened(PDF, digest="same")
    press_next(Lane.EXPRESS, worker.deps)
    analysed = worker.opened(PDF, digest="same", purpose=Purpose.ANALYZE)
    press_next(Lane.EXPRESS, worker.deps)
    again = worker.opened(PDF, digest="same")
    press_next(Lane.EXPRESS, worker.deps)
    outcomes = [worker.file(job_id).outcome for job_id in (pressed, analysed, again)]
    assert [one.cached for one in outcomes if one] == [False, False, True]
    assert [one.reason for one in outcomes if one] == ["compressed", "analyzed", "compressed"]


def test_bytes_saved_are_counted_of_pressed_files_only(worker: Worker) -> None:
    worker.opened(PDF, purpose=Purpose.ANALYZE)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.registry.get_sample_value("bulkpress_bytes_in_total") == 0
    labels = {"state": "done", "reason": "analyzed"}
    assert worker.registry.get_sample_value("bulkpress_files_total", labels) == 1


def test_a_file_that_could_not_be_deleted_goes_with_its_job(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_key: str) -> None:
        raise StoreUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(worker.objects, "delete", away)
        job_id = worker.opened(PDF, purpose=Purpose.ANALYZE)
        press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.DONE
    assert worker.keys(job_id) != []
    worker.time += timedelta(hours=2)
    clean_up(worker.deps)
    assert worker.keys(job_id) == []
