"""Redis dies for seconds under a busy worker: the worker survives, and all files end."""

import time

import pytest

from bulkpress_core.domain.jobs import FileState
from tests.support.services import SCHEDULER, WORKER, System
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

OUTAGE_S = 5.0


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            1, id="with an idle process, so the worker is listening"
        ),  # what kills Celery 5.7.0's own consumer
        pytest.param(8, id="with all processes busy"),
    ],
)
def test_a_busy_worker_survives_an_outage_of_redis_and_all_files_end(
    system: System, own_valkey: ValkeyServer, slow_pdf: bytes, files: int
) -> None:
    worker, scheduler = system.start(WORKER, ready=" ready."), system.start(SCHEDULER)
    job_id = system.hand_in(*[slow_pdf] * files)
    system.wait_for_running(job_id, min(files, 2))
    own_valkey.kill()
    until(lambda: worker.logged("Connection to broker lost"), "the worker notices the outage")
    time.sleep(OUTAGE_S)  # the outage itself, not a wait for something to happen
    assert worker.process.poll() is None
    assert scheduler.process.poll() is None
    own_valkey.start()
    job = system.wait_for_end(job_id)
    assert {file.state for file in system.jobs.files(job_id)} == {FileState.DONE}
    assert job.totals.done == files
    assert worker.end() == 0
    assert scheduler.end() == 0
