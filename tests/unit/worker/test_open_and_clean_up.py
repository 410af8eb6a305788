"""Opening jobs and cleaning up after them."""

from datetime import timedelta
from typing import Any

import pytest

from bulkpress_core.domain.cost import EXPRESS_FILES
from bulkpress_core.domain.errors import StoreUnavailableError
from bulkpress_core.domain.jobs import LOOK_AGAIN_AFTER, JobId, JobState, new_job_id
from bulkpress_core.domain.lanes import Lane
from compression_worker.cleaning import DELETED_AT_ONCE, clean_up
from compression_worker.handlers import press_next
from compression_worker.opening import open_job
from tests.unit.worker.conftest import START, Worker

HOUR = timedelta(hours=1)


def test_opening_a_job_fills_the_lane_and_rings_for_every_file(worker: Worker) -> None:
    job_id = worker.hand_in(b"a", b"b", b"c")
    assert open_job(job_id, worker.deps) == 3
    assert worker.jobs.pending(Lane.EXPRESS) == 3
    assert worker.queue.bells[Lane.EXPRESS] == 3


def test_opening_a_job_again_gives_the_same_answer_and_rings_no_bell(worker: Worker) -> None:
    job_id = worker.hand_in(b"a", b"b")
    assert [open_job(job_id, worker.deps) for _ in range(2)] == [2, 2]
    assert worker.queue.bells[Lane.EXPRESS] == 2


def test_opening_a_job_that_was_deleted_is_no_error(worker: Worker) -> None:
    assert open_job(new_job_id(), worker.deps) == 0


def test_an_expired_job_goes_with_all_its_objects(worker: Worker) -> None:
    job_id = worker.opened(b"%PDF-1.4 one", b"%PDF-1.4 two")
    press_next(Lane.EXPRESS, worker.deps)
    worker.time = START + HOUR
    assert clean_up(worker.deps) == {"jobs": 1, "objects": 3}  # two sources, one result
    assert worker.keys(job_id) == []
    assert worker.jobs.pending(Lane.EXPRESS) == 0


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
    for _ in range(DELETED_AT_ONCE + 1):
        worker.receive()
    worker.time = START + HOUR
    assert clean_up(worker.deps)["jobs"] == DELETED_AT_ONCE + 1


def test_a_result_stored_while_its_job_is_being_deleted_goes_too(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = worker.opened(b"%PDF-1.4 one")
    delete = worker.jobs.delete

    def delete_after_all_else(doomed: JobId, **how: Any) -> None:
        press_next(Lane.EXPRESS, worker.deps)  # the objects are gone by now, the record is not
        with worker.objects.writer(f"acme/{job_id}/result/0.pdf") as writer:
            writer.commit()
        delete(doomed, **how)

    monkeypatch.setattr(worker.jobs, "delete", delete_after_all_else)
    worker.time = START + HOUR
    clean_up(worker.deps)
    assert worker.keys(job_id) == []


def test_a_job_whose_objects_cannot_be_deleted_keeps_no_other_from_it(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = worker.receive(b"kept by a lock of the store")
    others = [worker.receive(b"%PDF-1.4") for _ in range(DELETED_AT_ONCE + 1)]
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


def test_a_job_deleted_before_it_was_finished_is_looked_for_once_more(worker: Worker) -> None:
    job_id = worker.receive(b"half")
    worker.time = START + HOUR
    clean_up(worker.deps)
    with worker.objects.writer(f"acme/{job_id}/source/1.pdf") as writer:  # by an upload that does not know yet
        writer.commit()
    clean_up(worker.deps)
    assert worker.keys(job_id) != []
    worker.time += LOOK_AGAIN_AFTER
    clean_up(worker.deps)
    assert worker.keys(job_id) == []
    worker.time += LOOK_AGAIN_AFTER
    assert clean_up(worker.deps) == {"jobs": 0, "objects": 0}


def test_an_upload_that_broke_off_goes_long_before_its_job_expires(worker: Worker) -> None:
    broken, going_on = (worker.receive(b"half", expires_in=24 * HOUR) for _ in range(2))
    worker.time = START + 2 * HOUR
    worker.jobs.touch(going_on, now=worker.time - HOUR / 2)
    assert clean_up(worker.deps) == {"jobs": 1, "objects": 1}
    assert (worker.keys(broken), len(worker.keys(going_on))) == ([], 1)


@pytest.mark.parametrize(("files", "lane"), [(EXPRESS_FILES, Lane.EXPRESS), (EXPRESS_FILES + 1, Lane.COMPRESSION)])
def test_small_jobs_go_into_the_express_lane(worker: Worker, files: int, lane: Lane) -> None:
    worker.opened(*[b"a"] * files)
    assert worker.queue.bells == {lane: files}


def test_a_job_announced_behind_anothers_many_bells_is_opened_with_the_next_of_them(worker: Worker) -> None:
    worker.opened(*[b"a"] * (EXPRESS_FILES + 1))
    waiting = worker.hand_in(*[b"b"] * (EXPRESS_FILES + 1))
    worker.time += HOUR / 60
    press_next(Lane.COMPRESSION, worker.deps)
    assert worker.jobs.get(waiting).state is JobState.RUNNING
