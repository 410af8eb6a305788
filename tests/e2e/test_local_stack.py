"""`bulkpress up` and `down`: the whole system on this machine, and nothing of it left however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pypdfium2
import pytest

from bulkpress_client import BulkpressApiError, Client
from bulkpress_client.local.options import PORTS
from bulkpress_client.local.run_record import RunRecord, wait_until
from tests.support.pdf_factory import features, images

BULKPRESS = str(Path(sys.executable).with_name("bulkpress"))
START_LIMIT_S = 90
STOP_LIMIT_S = 60
FREE_PORTS = [word for use in PORTS.values() for word in (use.option, "0")]


def environment() -> dict[str, str]:
    """This process's variables without those that would lead the system to other servers."""
    ours = ("BULKPRESS_", "CELERY_", "FLOWER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@contextmanager
def up(home: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`bulkpress up`, ready to be used; ended, if the test has not done so."""
    process = subprocess.Popen(
        [BULKPRESS, "up", "--home", str(home), *FREE_PORTS, "--concurrency", "1", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment() | settings,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, "Ctrl-C stops everything.\n"))  # ends early if it does
        assert process.poll() is None, said + process.communicate()[1]
        yield process
    finally:
        if process.poll() is None:
            down(home)
        process.kill()
        process.communicate(timeout=STOP_LIMIT_S)


def down(home: Path) -> str:
    """Run `bulkpress down`; return what it said."""
    command = [BULKPRESS, "down", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=STOP_LIMIT_S, env=environment(), check=True)
    return done.stdout


def record_of(home: Path) -> RunRecord:
    """What runs in the home."""
    record = RunRecord.read(home)
    assert record is not None
    return record


def nothing_left(record: RunRecord) -> bool:
    """Whether no process of the run lives and none of its addresses answers."""
    ports = [int(url.rsplit(":", 1)[1].split("/")[0]) for url in record.addresses.values()]
    with ExitStack() as sockets:
        probes = [sockets.enter_context(socket.socket()) for _ in ports]
        answers = [probe.connect_ex(("127.0.0.1", port)) == 0 for probe, port in zip(probes, ports, strict=True)]
    return not record.living() and not any(answers)


@pytest.fixture
def two_files(tmp_path: Path) -> list[Path]:
    """A photograph and a form."""
    (tmp_path / "photo.pdf").write_bytes(images.photo_jpeg(600, 450))
    (tmp_path / "form.pdf").write_bytes(features.form())
    return [tmp_path / "photo.pdf", tmp_path / "form.pdf"]


def test_a_job_goes_through_and_ctrl_c_leaves_nothing(tmp_path: Path, two_files: list[Path]) -> None:
    home = tmp_path / "home"
    with up(home) as running:
        record = record_of(home)
        workers = {"worker", "worker-express", "worker-heavy", "worker-cleanup"}
        assert set(record.addresses) == {"gateway", *workers, "scheduler", "flower", "redis"}
        assert not nothing_left(record)
        with Client(record.addresses["gateway"]) as client:
            job = client.wait(client.submit(two_files, level="high").job_id, timeout_s=START_LIMIT_S)
            results = client.download(job.job_id, tmp_path / "out")
            states = [file.state for file in client.files(job.job_id)]
            with pytest.raises(BulkpressApiError) as unknown:
                client.job("0" * 32)
        assert (job.failed_count, states) == (0, ["done", "done"])
        assert sorted(path.name for path in results) == ["form.pdf", "photo.pdf", "report.csv"]
        assert len(pypdfium2.PdfDocument(tmp_path / "out" / "photo.pdf")) == 1
        assert (unknown.value.status, unknown.value.code) == (404, "job_not_found")

        second = subprocess.run([BULKPRESS, "up", "--home", str(home)], capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert str(running.pid) in second.stderr

        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(STOP_LIMIT_S) == 0
    assert nothing_left(record)
    assert not (home / "run.json").exists()


def test_a_killed_supervisor_leaves_nothing_and_its_jobs_survive(tmp_path: Path, two_files: list[Path]) -> None:
    home = tmp_path / "home"
    with up(home) as running:
        record = record_of(home)
        with Client(record.addresses["gateway"]) as client:
            job_id = client.submit(two_files).job_id
            client.wait(job_id, timeout_s=START_LIMIT_S)
        running.kill()
        running.wait()
        assert wait_until(lambda: nothing_left(record), time.monotonic() + STOP_LIMIT_S)
    with up(home) as running:
        with Client(record_of(home).addresses["gateway"]) as client:
            assert client.job(job_id).is_finished
        assert "Stopped" in down(home)
        assert running.wait(STOP_LIMIT_S) == 0
    assert "Nothing runs" in down(home)


def test_a_service_that_dies_is_named_and_ends_the_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with up(home) as running:
        record = record_of(home)
        scheduler = record.processes["scheduler"].process()
        assert scheduler is not None
        scheduler.kill()
        _, said = running.communicate(timeout=STOP_LIMIT_S)
        assert running.returncode == 1
        assert "scheduler was ended by signal 9" in said
    assert nothing_left(record)


def test_down_alone_ends_what_two_crashes_have_left(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with up(home) as running:
        record = record_of(home)
        leash = next(child for child in psutil.Process(running.pid).children() if "leash" in " ".join(child.cmdline()))
        leash.kill()  # as if the machine had run out of memory and the supervisor's guard had gone with it
        running.kill()
        running.wait()
        assert record.living()
        assert "left-over" in down(home)
        assert nothing_left(record)


def test_a_port_in_use_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = [BULKPRESS, "up", "--home", str(tmp_path / "home"), *FREE_PORTS, "--flower-port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, check=False)
    assert done.returncode == 1
    assert all(part in done.stderr for part in (str(port), "Flower", "--flower-port", "BULKPRESS_FLOWER_PORT"))
    assert not (tmp_path / "home" / "run.json").exists()
    assert list((tmp_path / "home" / "logs").iterdir()) == []
