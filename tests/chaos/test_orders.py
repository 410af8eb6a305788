"""Orders given while files are being pressed: cancel, delete, stop. What runs ends, and leaves nothing."""

import pytest

from bulkpress_core.domain.jobs import FileState, JobState
from bulkpress_core.domain.lanes import Lane
from tests.chaos.test_killed_worker import press_processes
from tests.support.gateway_process import GatewayProcess
from tests.support.pdf_factory import images
from tests.support.services import WORKER, System
from tests.support.waiting import until


@pytest.fixture(scope="session")
def long_pdf() -> bytes:
    """A photograph that takes the engine long enough for an order to find it being pressed."""
    return images.photo_flate(2600, 2000)


def test_a_cancelled_job_stops_its_running_files_and_the_worker_goes_on_with_others(
    system: System, long_pdf: bytes, slow_pdf: bytes
) -> None:
    worker = system.start(WORKER)
    job_id = system.hand_in(*[long_pdf] * 4)
    until(lambda: press_processes(worker), "a file is being pressed")
    system.wait_for_running(job_id, 2)
    job = system.jobs.cancel(job_id, now=system.jobs.get(job_id).created_at)
    assert job.state is JobState.FINISHED
    until(lambda: not press_processes(worker), "nothing is pressed any more")
    until(lambda: not system.leftovers(), "the scratch folder is empty")
    assert set(system.states(job_id)) == {FileState.CANCELLED}
    assert list(system.objects.keys(f"{job.source_prefix}result/")) == []
    assert system.wait_for_end(system.hand_in(slow_pdf)).totals.done == 1
    assert worker.end() == 0


def test_a_job_deleted_over_http_while_it_is_pressed_leaves_no_object(
    system: System, own_valkey_url: str, long_pdf: bytes
) -> None:
    worker = system.start(WORKER)
    with GatewayProcess(own_valkey_url, system.folder / "store", system.folder / "gateway.log") as gateway:
        job_id = system.hand_in(*[long_pdf] * 3)
        prefix = system.jobs.get(job_id).source_prefix
        until(lambda: press_processes(worker), "a file is being pressed")
        receipt = gateway.request("DELETE", f"/api/compress/jobs/{job_id}").json()
        assert (receipt["job_id"], receipt["files"]) == (job_id, 3)
    until(lambda: not press_processes(worker), "nothing is pressed any more")
    until(lambda: not system.leftovers(), "the scratch folder is empty")
    assert worker.end() == 0
    assert list(system.objects.keys(prefix)) == []
    assert (system.jobs.pending(Lane.EXPRESS), system.jobs.running(Lane.EXPRESS)) == (0, 0)


def test_a_worker_told_to_stop_gives_back_what_it_cannot_finish_and_another_has_it(
    long_pdf: bytes, tmp_path_factory: pytest.TempPathFactory, own_valkey_url: str
) -> None:
    folder = tmp_path_factory.mktemp("stopping")
    settings = {"bulkpress_shutdown_grace_s": "0", "bulkpress_lease_s": "600", "bulkpress_sweep_interval_s": "600"}
    with System(folder, own_valkey_url, **settings) as system:  # neither lease nor sweep will help
        first = system.start([*WORKER, "--concurrency=1"])
        job_id = system.hand_in(long_pdf)
        until(lambda: press_processes(first), "the file is being pressed")
        assert first.end() == 0
        assert system.states(job_id) == [FileState.PENDING]
        second = system.start([*WORKER, "--concurrency=1"])
        assert system.wait_for_end(job_id).totals.done == 1
        (file,) = system.jobs.files(job_id)
        assert (file.attempts, file.retries) == (2, 0)
        assert first.members() == []
        assert second.end() == 0
        assert list(system.scratch.iterdir()) == []
