"""What the worker makes of the virus scanner's verdicts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bulkpress_core.adapters.clamd import Clamd
from bulkpress_core.domain.jobs import FileState
from bulkpress_core.domain.lanes import Lane
from compression_worker.handlers import press_next
from tests.support.clamd import EICAR, SIGNATURE, ClamdServer
from tests.unit.worker.conftest import Worker

PDF = b"%PDF-1.7 larger than what becomes of it"
NOWHERE = Clamd("unix:///no/such/socket", patience_s=1.0)


@pytest.fixture
def scanning(worker: Worker, clamd: ClamdServer) -> Worker:
    """A worker with a scanner."""
    worker.deps = replace(worker.deps, scanner=Clamd(clamd.tcp, patience_s=30.0))
    return worker


def test_a_clean_file_is_pressed(scanning: Worker) -> None:
    job_id = scanning.opened(PDF)
    press_next(Lane.EXPRESS, scanning.deps)
    assert scanning.file(job_id).state is FileState.DONE


def test_an_infected_file_fails_with_what_was_found_and_is_deleted_unopened(scanning: Worker) -> None:
    job_id = scanning.opened(b"%PDF-1.7 " + EICAR, PDF)
    for _ in range(2):
        press_next(Lane.EXPRESS, scanning.deps)
    infected, clean = scanning.jobs.files(job_id)
    assert infected.outcome is not None
    assert (infected.state, infected.outcome.reason) == (FileState.FAILED, "infected")
    assert SIGNATURE in infected.outcome.detail
    assert clean.state is FileState.DONE
    assert infected.source_key not in scanning.keys(job_id)
    assert len(scanning.presser.options) == 1
    assert scanning.left_in_scratch() == []


def test_a_scanner_that_is_away_is_asked_again_and_then_the_file_fails(worker: Worker) -> None:
    worker.deps = replace(worker.deps, scanner=NOWHERE)
    job_id = worker.opened(PDF)
    for retry in range(3):
        press_next(Lane.EXPRESS, worker.deps)
        assert worker.file(job_id).retries == min(retry + 1, 2)
        worker.sweep_at(worker.time + timedelta(hours=1))
    failed = worker.file(job_id)
    assert failed.outcome is not None
    assert (failed.state, failed.outcome.reason) == (FileState.FAILED, "scan_failed")
    assert worker.presser.options == []


def test_where_it_was_told_so_a_file_without_a_verdict_is_pressed(worker: Worker) -> None:
    worker.deps = replace(worker.deps, scanner=NOWHERE, passes_unscanned=True)
    job_id = worker.opened(PDF)
    press_next(Lane.EXPRESS, worker.deps)
    assert worker.file(job_id).state is FileState.DONE


def test_a_result_from_before_there_was_a_scanner_is_not_taken_over(worker: Worker, clamd: ClamdServer) -> None:
    first = worker.opened(PDF, digest="same")
    press_next(Lane.EXPRESS, worker.deps)
    worker.deps = replace(worker.deps, scanner=Clamd(clamd.tcp, patience_s=30.0))
    second = worker.opened(PDF, digest="same")
    press_next(Lane.EXPRESS, worker.deps)
    assert [worker.file(job).state for job in (first, second)] == [FileState.DONE, FileState.DONE]
    assert len(worker.presser.options) == 2
