"""Whoever dies in the middle of a file, every file of the job ends, once, and nothing is left behind."""

import os
import signal
from collections.abc import Callable

import psutil
import pytest

from bulkpress_core.domain.jobs import FileState, JobId
from tests.support.services import SCHEDULER, WORKER, Service, System
from tests.support.waiting import until

FILES = 12


def kill_everything(worker: Service) -> None:
    """What the kernel does to a container that is out of memory."""
    worker.kill()


def kill_main_process(worker: Service) -> None:
    """The processes of the pool must follow it."""
    worker.process.kill()
    worker.process.wait()


def kill_one_of_the_pool(worker: Service) -> None:
    """The main process must replace it."""
    children = psutil.Process(worker.process.pid).children()
    max(children, key=lambda child: len(child.children())).kill()


def check_every_file_ended_once(system: System, job_id: JobId, *, deaths: int) -> None:
    """All done, totals that add up, and no more attempts than deaths explain."""
    job = system.wait_for_end(job_id)
    files = system.jobs.files(job_id)
    assert {file.state for file in files} == {FileState.DONE}
    assert (job.totals.files, job.totals.done, job.totals.ended) == (FILES, FILES, FILES)
    assert job.totals.bytes_in == sum(file.size_bytes for file in files)
    assert job.totals.bytes_out == sum(file.outcome.bytes_out for file in files if file.outcome)
    assert FILES <= sum(file.attempts for file in files) <= FILES + 2 * deaths  # two files run at once
    results = set(system.objects.keys(f"{job.source_prefix}result/"))
    assert results == {file.outcome.result_key for file in files if file.outcome}


@pytest.mark.parametrize("kill", [kill_everything, kill_main_process, kill_one_of_the_pool])
def test_a_worker_killed_in_mid_file_loses_no_file_and_ends_none_twice(
    system: System, slow_pdf: bytes, kill: Callable[[Service], None]
) -> None:
    system.start(SCHEDULER)
    first = system.start(WORKER)
    job_id = system.hand_in(*[slow_pdf] * FILES)
    system.wait_for_running(job_id, 2)
    until(system.leftovers, "a file is in the scratch folder")
    kill(first)
    if kill is not kill_one_of_the_pool:
        until(lambda: not first.members(), "every process of the killed worker is gone")
    last = first if kill is kill_one_of_the_pool else system.start(WORKER)
    check_every_file_ended_once(system, job_id, deaths=1)
    assert last.end() == 0
    assert last.members() == []
    assert system.leftovers() == []


def test_a_press_that_crashes_fails_its_file_and_no_other(system: System, slow_pdf: bytes) -> None:
    worker = system.start(WORKER)
    job_id = system.hand_in(*[slow_pdf] * 3)
    presses = until(lambda: press_processes(worker), "a file is being pressed")
    os.kill(presses[0].pid, signal.SIGSEGV)
    job = system.wait_for_end(job_id)
    assert (job.totals.done, job.totals.failed) == (2, 1)
    reasons = [file.outcome.reason for file in system.jobs.files(job_id) if file.outcome]
    assert sorted(reasons) == ["compressed", "compressed", "engine_crash"]
    assert worker.end() == 0
    assert worker.members() == []


def test_sigterm_lets_running_files_end_and_takes_no_other(system: System, slow_pdf: bytes) -> None:
    worker = system.start(WORKER)
    job_id = system.hand_in(*[slow_pdf] * 6)
    system.wait_for_running(job_id, 2)
    assert worker.end() == 0
    states = system.states(job_id)
    assert FileState.RUNNING not in states
    assert states.count(FileState.DONE) >= 2
    assert FileState.PENDING in states
    assert worker.members() == []
    assert list(system.scratch.iterdir()) == []


def press_processes(worker: Service) -> list[psutil.Process]:
    """The limited processes in which documents are being pressed: forked by a zygote, leaders of their group."""
    found = []
    for process in worker.members():
        try:
            parent = process.parent()
            if (
                parent
                and "bulkpress_engine.sandbox.zygote" in parent.cmdline()
                and os.getpgid(process.pid) == process.pid
            ):
                found.append(process)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found
