"""The only moves a file can make, the sums of a job, and the ids by which both are known."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bulkpress_core.domain.errors import IllegalTransitionError, JobNotFoundError
from bulkpress_core.domain.jobs import (
    ENDED,
    FileState,
    Job,
    JobFile,
    Outcome,
    TenantId,
    Totals,
    engine_crash,
    job_id_of,
    new_job_id,
    task_id_of,
)

AWAITED, PENDING, RUNNING, DONE, KEPT, FAILED, CANCELLED = FileState
LEGAL = {
    (AWAITED, PENDING),
    (AWAITED, FAILED),
    (AWAITED, CANCELLED),
    (PENDING, RUNNING),
    (PENDING, FAILED),
    (PENDING, CANCELLED),
    (RUNNING, PENDING),
    (RUNNING, DONE),
    (RUNNING, KEPT),
    (RUNNING, FAILED),
    (RUNNING, CANCELLED),
    (FAILED, PENDING),
}
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def a_file(state: FileState = PENDING, *, cost: float = 1.0) -> JobFile:
    return JobFile(0, "a.pdf", 10, "t/j/source/0.pdf", cost, state=state)


@pytest.mark.parametrize(("before", "after"), list(product(FileState, FileState)))
def test_a_file_makes_the_legal_moves_and_no_others(before: FileState, after: FileState) -> None:
    if (before, after) in LEGAL:
        assert a_file(before).moved_to(after) == a_file(after)
    else:
        with pytest.raises(IllegalTransitionError, match=f"{before} cannot become {after}"):
            a_file(before).moved_to(after)


def test_a_file_that_ended_stays_so_unless_it_is_asked_for_again() -> None:
    assert {DONE, KEPT, FAILED, CANCELLED} == ENDED


@pytest.mark.parametrize("state", [AWAITED, PENDING, RUNNING])
def test_an_outcome_is_an_end(state: FileState) -> None:
    with pytest.raises(IllegalTransitionError, match="is not an end"):
        Outcome(state, "reason")


@pytest.mark.parametrize(("cost", "charge"), [(0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (1e12, 1e12)])
def test_no_file_is_free_of_charge(cost: float, charge: float) -> None:
    assert a_file(cost=cost).charge(weight=1.0) == charge


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (DONE, Totals(files=3, done=1, bytes_in=10, bytes_out=4)),
        (KEPT, Totals(files=3, kept=1, bytes_in=10, bytes_out=4)),
        (FAILED, Totals(files=3, failed=1)),  # its bytes are nobody's gain
        (CANCELLED, Totals(files=3, cancelled=1)),
    ],
)
def test_an_ended_file_is_added_to_the_totals(state: FileState, expected: Totals) -> None:
    totals = Totals(files=3).plus(10, Outcome(state, "reason", bytes_out=4))
    assert totals == expected
    assert totals.ended == 1


def test_a_file_that_killed_its_workers_fails_with_a_coded_reason() -> None:
    outcome = engine_crash(3)
    assert (outcome.state, outcome.reason) == (FAILED, "engine_crash")
    assert "died 3 times" in outcome.detail


@pytest.mark.parametrize(
    ("totals", "percent"),
    [(Totals(), 0.0), (Totals(files=3, done=1), 33.3), (Totals(files=3, done=1, kept=1, failed=1), 100.0)],
)
def test_progress_is_the_share_of_files_that_ended(totals: Totals, percent: float) -> None:
    job = Job(new_job_id(), TenantId("ada"), NOW, NOW + timedelta(days=1), totals=totals)
    assert job.progress == percent


def test_a_jobs_bytes_lie_below_a_prefix_of_its_own() -> None:
    job = Job(new_job_id(), TenantId("ada"), NOW, NOW + timedelta(days=1))
    assert job.source_prefix == f"ada/{job.id}/"


def test_a_task_id_names_its_job() -> None:
    job_id = new_job_id()
    assert job_id_of(task_id_of(job_id)) == job_id


def test_the_id_of_another_task_names_no_job() -> None:
    with pytest.raises(JobNotFoundError, match="bulk-"):
        job_id_of("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")


def test_job_ids_do_not_repeat() -> None:
    assert len({new_job_id() for _ in range(1000)}) == 1000
