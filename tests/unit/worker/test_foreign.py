"""Files that are objects in S3: read where they are, written where the job says, and never touched themselves."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bulkpress_core.adapters.clamd import Clamd
from bulkpress_core.domain.errors import ObjectNotFoundError, StoreUnavailableError
from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobId, TenantId, new_job_id
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.origins import ForeignObject, S3Place
from bulkpress_engine import Report
from bulkpress_engine.report import Reason, Result
from compression_worker.cleaning import clean_up
from compression_worker.handlers import press_next
from compression_worker.opening import open_job
from tests.support.clamd import EICAR, ClamdServer
from tests.support.memory_foreign import MemoryForeignObjects
from tests.unit.worker.conftest import PRESSED, Worker

ORIGINAL = b"%PDF-1.4 " + b"x" * 10_000
SOURCE, TARGET = S3Place("archive", "in/a.pdf"), S3Place("archive", "out/a.pdf")


@pytest.fixture
def foreign(worker: Worker) -> MemoryForeignObjects:
    """The archive, with one original."""
    there = MemoryForeignObjects({SOURCE.url: ORIGINAL})
    worker.deps = replace(worker.deps, foreign=there)
    return there


def opened(worker: Worker, target: S3Place | None = TARGET, *, size_bytes: int = len(ORIGINAL)) -> JobId:
    """A job of the original, in its lane."""
    job = Job(new_job_id(), TenantId("acme"), worker.time, worker.time + timedelta(hours=1))
    key = f"{job.source_prefix}source/0.pdf"
    worker.jobs.create(job)
    file = JobFile(0, "a.pdf", size_bytes, key, 10.0, origin=ForeignObject(SOURCE, target))
    worker.jobs.add_files(job.id, [file])
    worker.jobs.seal(job.id, JobOptions(), now=worker.time)
    open_job(job.id, worker.deps)
    return job.id


def keeping(source: Path, _target: Path) -> Report:
    """A presser that gains nothing."""
    size = source.stat().st_size
    return Report(Result.KEPT, Reason.ALREADY_SMALL, size, size)


def pressed(worker: Worker, target: S3Place | None = TARGET, *, size_bytes: int = len(ORIGINAL)) -> JobFile:
    """The file after one attempt."""
    job_id = opened(worker, target, size_bytes=size_bytes)
    press_next(Lane.EXPRESS, worker.deps)
    return worker.file(job_id)


def test_a_result_is_written_to_its_target_and_nowhere_else(worker: Worker, foreign: MemoryForeignObjects) -> None:
    file = pressed(worker)
    assert file.outcome
    assert (file.state, file.outcome.result_key, file.outcome.bytes_out) == (FileState.DONE, None, len(PRESSED))
    assert foreign.content == {SOURCE.url: ORIGINAL, TARGET.url: PRESSED}
    assert list(worker.objects.keys("acme/")) == []


def test_a_kept_original_is_written_to_its_target_too(worker: Worker, foreign: MemoryForeignObjects) -> None:
    worker.presser.behave = keeping
    assert pressed(worker).state is FileState.KEPT
    assert foreign.content == {SOURCE.url: ORIGINAL, TARGET.url: ORIGINAL}


@pytest.mark.parametrize("kept", [False, True])
def test_without_a_target_the_result_stays_in_the_job(
    worker: Worker, foreign: MemoryForeignObjects, *, kept: bool
) -> None:
    worker.presser.behave = keeping if kept else None
    file = pressed(worker, None)
    assert file.outcome
    assert file.outcome.result_key
    assert b"".join(worker.objects.read(file.outcome.result_key)) == (ORIGINAL if kept else PRESSED)
    assert foreign.content == {SOURCE.url: ORIGINAL}


@pytest.mark.parametrize("listed", [0, 5, len(ORIGINAL)])  # not listed, or replaced since
def test_what_counts_is_the_size_that_was_read(worker: Worker, foreign: MemoryForeignObjects, listed: int) -> None:
    assert foreign.content
    file = pressed(worker, size_bytes=listed)
    assert file.size_bytes == len(ORIGINAL)


def test_an_object_that_is_gone_fails_at_once(worker: Worker, foreign: MemoryForeignObjects) -> None:
    del foreign.content[SOURCE.url]
    file = pressed(worker)
    assert file.outcome
    assert (file.state, file.outcome.reason) == (FileState.FAILED, "source_refused")


def test_an_archive_that_is_away_is_asked_again(
    worker: Worker, foreign: MemoryForeignObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise StoreUnavailableError

    monkeypatch.setattr(foreign, "store", away)
    file = pressed(worker)
    assert (file.state, file.retries) == (FileState.PENDING, 1)


def test_a_worker_that_may_read_nowhere_refuses(worker: Worker) -> None:
    file = pressed(worker)
    assert file.outcome
    assert (file.state, file.outcome.reason) == (FileState.FAILED, "source_refused")


def test_what_is_no_pdf_is_neither_pressed_nor_written(worker: Worker, foreign: MemoryForeignObjects) -> None:
    foreign.content[SOURCE.url] = b"<html>"
    file = pressed(worker)
    assert file.outcome
    assert file.outcome.reason == "not_a_pdf"
    assert set(foreign.content) == {SOURCE.url}


def test_an_infected_original_is_left_where_it_is(
    worker: Worker, foreign: MemoryForeignObjects, clamd: ClamdServer
) -> None:
    worker.deps = replace(worker.deps, scanner=Clamd(clamd.tcp, patience_s=30.0))
    foreign.content[SOURCE.url] = infected = b"%PDF-1.7 " + EICAR
    file = pressed(worker)
    assert file.outcome
    assert file.outcome.reason == "infected"
    assert foreign.content == {SOURCE.url: infected}


@pytest.mark.parametrize("how", ["cancelled", "deleted", "expired"])
def test_originals_stay_however_their_job_ends(worker: Worker, foreign: MemoryForeignObjects, how: str) -> None:
    def end_job(source: Path, target: Path) -> Report:
        if how == "cancelled":
            worker.jobs.cancel(job_id, now=worker.time)
        elif how == "deleted":
            worker.jobs.delete(job_id)
        else:
            worker.time += timedelta(days=1)
            clean_up(worker.deps)
        return keeping(source, target)

    worker.presser.behave = end_job
    job_id = opened(worker, None)
    press_next(Lane.EXPRESS, worker.deps)
    assert foreign.content == {SOURCE.url: ORIGINAL}
    assert list(worker.objects.keys("acme/")) == []


def test_an_own_source_that_is_lost_is_no_foreign_one(worker: Worker) -> None:
    job_id = worker.opened(ORIGINAL)
    worker.objects.delete(worker.file(job_id).source_key)
    with pytest.raises(ObjectNotFoundError):
        worker.objects.read(worker.file(job_id).source_key)
    press_next(Lane.EXPRESS, worker.deps)
    outcome = worker.file(job_id).outcome
    assert outcome
    assert outcome.reason == "source_missing"
