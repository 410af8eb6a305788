"""The worker as a process: what it serves, how it starts and ends, and that it leaves nothing behind."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bulkpress_core.domain.lanes import Lane, TaskName
from tests.support.pdf_factory import pages
from tests.support.services import SCHEDULER, WORKER, Service, System
from tests.support.waiting import until


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[System]:
    """A real Redis and a folder of objects; services are started by the test."""
    with System(tmp_path, redis_url) as made:
        yield made


def get(service: Service, path: str) -> tuple[int, str]:
    """Ask the service's metrics server, at the port that its log names."""
    (line,) = [line for line in service.log.read_text().splitlines() if '"metrics.serving"' in line]
    try:
        with urlopen(f"http://127.0.0.1:{json.loads(line)['port']}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def sample(text: str, name: str) -> float:
    """The value of one sample in the text format of Prometheus."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, flags=re.MULTILINE)
    assert found, f"{name} is not in:\n{text}"
    return float(found[1])


def test_metrics_count_what_all_processes_of_a_recycled_pool_did(system: System) -> None:
    worker = system.start([*WORKER, "--concurrency=2", "--max-tasks-per-child=2"])
    job_id = system.hand_in(*[pages.uncompressed_text()] * 6)
    job = system.wait_for_end(job_id)
    done = 'bulkpress_files_total{reason="compressed",state="done"}'
    until(lambda: "bulkpress_files_total{" in get(worker, "/metrics")[1], "the files are counted")
    until(lambda: sample(get(worker, "/metrics")[1], done) == 6, "all files are counted")
    metrics = get(worker, "/metrics")[1]
    assert sample(metrics, "bulkpress_bytes_in_total") == job.totals.bytes_in
    assert sample(metrics, "bulkpress_bytes_out_total") == job.totals.bytes_out
    assert worker.end() == 0
    assert worker.members() == []  # no sandbox outlived its process of the pool
    assert list(system.scratch.iterdir()) == []


def test_200_tasks_in_processes_that_are_replaced_all_the_time_are_200(system: System) -> None:
    worker = system.start([*WORKER, "--concurrency=2", "--max-tasks-per-child=15"])
    system.queue.ring(Lane.COMPRESSION, 150)
    system.queue.ring(Lane.EXPRESS, 50)
    until(lambda: tasks(worker, "succeeded") == {Lane.COMPRESSION: 150, Lane.EXPRESS: 50}, "all are counted")
    for seen in ("received", "started"):
        assert tasks(worker, seen) == {Lane.COMPRESSION: 150, Lane.EXPRESS: 50}
    for unseen in ("failed", "retried", "revoked", "rejected"):
        assert tasks(worker, unseen) == {Lane.COMPRESSION: 0, Lane.EXPRESS: 0}
    bodies = get(worker, "/metrics")[1]
    assert sum(map(float, re.findall(r"^celery_task_runtime_count\{.*\} (\S+)$", bodies, flags=re.MULTILINE))) == 200


def test_a_task_that_fails_is_counted_by_what_it_raised(system: System) -> None:
    worker = system.start([*WORKER, "--concurrency=1"])
    system.app.send_task(TaskName.PROCESS_BULK_COMPRESSION.value, args=[], queue=Lane.COMPRESSION.value)
    until(lambda: tasks(worker, "failed") == {Lane.COMPRESSION: 1}, "the failure is counted")
    assert 'exception="TypeError"' in get(worker, "/metrics")[1]


def test_a_message_that_names_no_task_is_counted_and_not_named(system: System) -> None:
    worker = system.start([*WORKER, "--concurrency=1"])
    system.app.send_task("somebody.elses", queue=Lane.COMPRESSION.value)
    until(lambda: tasks(worker, "rejected") == {Lane.COMPRESSION: 1}, "the message is counted")
    assert "somebody.elses" not in get(worker, "/metrics")[1]


def tasks(worker: Service, outcome: str) -> dict[str, float]:
    """How many tasks the worker says came to that, by queue."""
    found = re.findall(
        rf'^celery_task_{outcome}_total\{{.*queue_name="([^"]+)".*\}} (\S+)$',
        get(worker, "/metrics")[1],
        flags=re.MULTILINE,
    )
    return {queue: sum(float(count) for name, count in found if name == queue) for queue, _ in found}


def test_a_worker_is_alive_and_ready_while_its_parts_answer(system: System) -> None:
    worker = system.start(WORKER)
    assert get(worker, "/healthz")[0] == 200
    assert get(worker, "/readyz") == (200, '{"queue": "ok", "state": "ok", "store": "ok"}')


def test_a_port_in_use_ends_the_worker_with_a_message_that_names_it(tmp_path: Path, redis_url: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with System(tmp_path, redis_url, bulkpress_worker_metrics_port=str(port)) as system:
            ended = subprocess.run(WORKER, env=system.env, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert ended.returncode == 1
    said = ended.stderr.decode()
    assert f"127.0.0.1:{port}: the port is in use" in said
    assert "BULKPRESS_WORKER_METRICS_PORT" in said
    assert "Traceback" not in said


def test_an_unknown_option_is_told_without_a_traceback(system: System) -> None:
    ended = subprocess.run(
        [*WORKER, "--concurency=2"], env=system.env, cwd=system.folder, capture_output=True, check=False, timeout=60
    )
    assert ended.returncode == 2
    assert "No such option" in ended.stderr.decode()
    assert "Traceback" not in ended.stderr.decode()


def test_work_whose_messages_were_all_lost_is_found_again(system: System) -> None:
    opened, queued = (system.hand_in(pages.text(), announce=False, age=timedelta(minutes=1)) for _ in range(2))
    system.jobs.open(opened, Lane.COMPRESSION, now=system.jobs.get(opened).created_at)  # and its bell got lost
    scheduler, worker = system.start(SCHEDULER), system.start(WORKER)
    assert system.wait_for_end(opened).totals.ended == 1
    assert system.wait_for_end(queued).totals.ended == 1  # announced again
    assert worker.end() == 0
    assert scheduler.end() == 0
