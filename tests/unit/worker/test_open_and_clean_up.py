"""Opening jobs and cleaning up after them."""

from datetime import timedelta

import pytest

from bulkpress_core.domain.errors import StoreUnavailableError
from bulkpress_core.domain.jobs import JobId, JobState, new_job_id
from bulkpress_core.domain.lanes import Lane
from compression_worker.handlers import EXPIRED_AT_ONCE, clean_up, open_job, press_next
from tests.unit.worker.conftest import START, Worker

HOUR = timedelta(hours=1)


def test_opening_a_job_fills_the_lane_and_rings_for_every_file(worker: Worker) -> None:
    job_id = worker.hand_in(b"a", b"b", b"c")
    assert open_job(job_id, worker.deps) == 3
    assert worker.jobs.pending(Lane.COMPRESSION) == 3
    assert worker.queue.bells[Lane.COMPRESSION] == 3


def test_opening_a_job_again_gives_the_same_answer_and_rings_no_bell(worker: Worker) -> None:
    job_id = worker.hand_in(b"a", b"b")
    assert [open_job(job_id, worker.deps) for _ in range(2)] == [2, 2]
    assert worker.queue.bells[Lane.COMPRESSION] == 2


def test_opening_a_job_that_was_deleted_is_no_error(worker: Worker) -> None:
    assert open_job(new_job_id(), worker.deps) == 0


def test_an_expired_job_goes_with_all_its_objects(worker: Worker) -> None:
    job_id = worker.opened(b"%PDF-1.4 one", b"%PDF-1.4 two")
    press_next(Lane.COMPRESSION, worker.deps)
    worker.time = START + HOUR
    assert clean_up(worker.deps) == {"jobs": 1, "objects": 3}  # two sources, one result
    assert worker.keys(job_id) == []
    assert worker.jobs.pending(Lane.COMPRESSION) == 0


def test_an_upload_that_was_never_handed_in_goes_too(worker: Worker) -> None:
    job_id = worker.receive(b"half")
    worker.time = START + HOUR
    assert clean_up(worker.deps) == {"jobs": 1, "objects": 1}
    assert worker.keys(job_id) == []


def test_a_job_that_has_not_expired_stays(worker: Worker) -> None:
    job_id = worker.hand_in(b"a", expires_in=2 * HOUR)
    worker.time = START + HOUR
    assert clean_up(worker.deps) == {"jobs": 0, "objects": 0}
    assert worker.jobs.get(job_id).state is JobState.QUEUED
    assert len(worker.keys(job_id)) == 1


def test_more_jobs_than_one_batch_are_all_deleted(worker: Worker) -> None:
    for _ in range(EXPIRED_AT_ONCE + 1):
        worker.receive()
    worker.time = START + HOUR
    assert clean_up(worker.deps)["jobs"] == EXPIRED_AT_ONCE + 1


def test_a_result_stored_while_its_job_is_being_deleted_goes_too(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = worker.opened(b"%PDF-1.4 one")
    delete = worker.jobs.delete

    def delete_after_all_else(doomed: JobId) -> None:
        press_next(Lane.COMPRESSION, worker.deps)  # the objects are gone by now, the record is not
        with worker.objects.writer(f"acme/{job_id}/result/0.pdf") as writer:
            writer.commit()
        delete(doomed)

    monkeypatch.setattr(worker.jobs, "delete", delete_after_all_else)
    worker.time = START + HOUR
    clean_up(worker.deps)
    assert worker.keys(job_id) == []


def test_a_job_whose_objects_cannot_be_deleted_keeps_no_other_from_it(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = worker.receive(b"kept by a lock of the store")
    others = [worker.receive(b"%PDF-1.4") for _ in range(EXPIRED_AT_ONCE + 1)]
    delete_prefix = worker.objects.delete_prefix

    def delete_unless_locked(prefix: str) -> int:
        if locked in prefix:
            raise StoreUnavailableError("the object is locked")
        return delete_prefix(prefix)

    monkeypatch.setattr(worker.objects, "delete_prefix", delete_unless_locked)
    worker.time = START + HOUR
    with pytest.raises(StoreUnavailableError):  # so that the task is seen to have failed, and tried again
        clean_up(worker.deps)
    assert [job.id for job in worker.jobs.expired(now=worker.time, limit=9)] == [locked]
    assert [worker.keys(job_id) for job_id in others] == [[]] * len(others)
