"""Processes of a crashed run: found by id and start, by parentage and by inheritance, and ended, and no others."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bulkpress_client.local.errors import AlreadyRunningError
from bulkpress_client.local.run_record import SUPERVISOR, ProcessRecord, RunRecord, sole_run, wait_until
from bulkpress_client.local.services import RUN_ID_VARIABLE

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
DEAF_PARENT = (
    "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    f"child = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}], start_new_session=True); child.wait()"
)

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python programs that say `up`, and sees to it that none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def run(program: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment or None)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    yield run
    for process in started:
        if process.stdout:
            process.stdout.close()
        process.kill()
        process.wait()


def test_a_record_comes_back_as_it_was_written_for_its_owners_eyes_only(tmp_path: Path) -> None:
    record = RunRecord("abc", {"gateway": "http://127.0.0.1:1"}, {"gateway": ProcessRecord(1, 2.5)})
    record.write(tmp_path)
    assert RunRecord.read(tmp_path) == record
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"run_id": "a", "addresses": {}, "processes": {"x": {}}}',
        '{"run_id": "a", "addresses": {}, "processes": {"x": {"pid": "1", "started_at": 1}}}',
        '{"run_id": "a", "addresses": {}, "processes": {"x": {"pid": -1, "started_at": 1}}}',
        '{"run_id": "a", "addresses": {}, "processes": {"x": {"pid": 1, "started_at": "1"}}}',
        '{"run_id": null, "addresses": {}, "processes": {}}',  # which all other processes of the machine would match
        '{"run_id": "", "addresses": {}, "processes": {}}',
    ],
)
def test_a_record_that_cannot_be_understood_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert RunRecord.read(tmp_path) is None


def test_an_id_that_now_belongs_to_another_process_is_left_alone(start: Start) -> None:
    process = start(SLEEPER)
    mine = ProcessRecord.of(process.pid)
    reused = replace(mine, started_at=mine.started_at - 60)
    assert RunRecord("none-has-this", processes={"worker": reused}).end(grace_s=5) == 0
    assert process.poll() is None


def test_a_process_that_will_not_end_is_killed_with_its_children(start: Start) -> None:
    process = start(DEAF_PARENT)
    [child] = psutil.Process(process.pid).children()
    record = RunRecord("none-has-this", processes={"worker": ProcessRecord.of(process.pid)})
    remembered = ProcessRecord.of(child.pid)
    assert record.end(grace_s=0.2) == 2
    assert wait_until(lambda: remembered.process() is None, time.monotonic() + 10)
    assert process.wait(10) < 0


def test_who_inherited_the_runs_id_is_found_although_nobody_wrote_it_down(start: Start) -> None:
    process = start(SLEEPER, **{RUN_ID_VARIABLE: "a-run-of-this-test"})
    assert [found.pid for found in RunRecord("a-run-of-this-test").living()] == [process.pid]


def test_a_second_run_in_the_same_home_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    RunRecord("abc", processes={SUPERVISOR: ProcessRecord(4711, 0.0)}).write(tmp_path)
    with sole_run(tmp_path), pytest.raises(AlreadyRunningError, match="4711"), sole_run(tmp_path):
        pass


def test_a_home_is_free_again_after_the_run(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_run(tmp_path):
            assert (tmp_path / "up.lock").exists()
