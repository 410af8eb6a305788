"""Celery as operators of the first version know it: the app's configuration, and its tasks on a real Redis.

The names of this file, of `TestCeleryConfiguration` and of `test_celery_app_creation` are in their documentation.
"""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from celery import Celery
from celery.result import AsyncResult

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.domain.errors import JobNotFoundError, StateUnavailableError
from bulkpress_core.domain.jobs import FileState, task_id_of
from bulkpress_core.domain.lanes import Lane, TaskName
from bulkpress_core.settings import Settings
from compression_worker.deps import Deps
from compression_worker.tasks import register
from tests.support.pdf_factory import pages
from tests.support.services import SCHEDULER, WORKER, System
from tests.support.waiting import until

ROOT = Path(__file__).parents[1]
CELERY = [sys.executable, "-m", "celery", "-A", "celery_worker.celery"]
FIRST_VERSION_WORKER = [*CELERY, "worker", "--loglevel=info", "--concurrency=2", "--queues=compression,cleanup"]


class AwayState:
    """What a worker's tasks find while the Redis that holds the jobs is away."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> Deps:
        """Count an attempt, and fail it."""
        self.asked += 1
        raise StateUnavailableError


@pytest.fixture
def state() -> AwayState:
    """The attempts of the app's tasks."""
    return AwayState()


@pytest.fixture
def app(state: AwayState) -> Iterator[Celery]:
    """The app of the default settings, its tasks registered; nothing listens."""
    made = make_celery(Settings())
    register(made, state)
    yield made
    made.close()


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[System]:
    """A real Redis and a folder of objects; services are started by the test."""
    with System(tmp_path, redis_url) as made:
        yield made


class TestCeleryConfiguration:
    """What operators rely on."""

    def test_celery_app_creation(self, app: Celery) -> None:
        assert app.main == "bulkpress"
        assert {name.value for name in TaskName} <= set(app.tasks)

    def test_broker_and_results_are_those_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CELERY_BROKER_URL", "redis://broker:6379/1")
        monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://results:6379/2")
        app = make_celery(Settings())
        assert (app.conf.broker_url, app.conf.result_backend) == ("redis://broker:6379/1", "redis://results:6379/2")

    def test_there_are_the_queues_compression_and_cleanup_and_two_more_lanes(self, app: Celery) -> None:
        assert set(app.amqp.queues) == {"compression", "cleanup", "compression-express", "compression-heavy"}
        assert app.conf.task_create_missing_queues is False

    @pytest.mark.parametrize(
        ("task", "queue"),
        [
            ("src.tasks.compression_tasks.process_bulk_compression", "compression"),
            ("compression_worker.tasks.press_next", "compression"),
            ("src.tasks.compression_tasks.cleanup_expired_jobs", "cleanup"),
        ],
    )
    def test_each_task_goes_to_its_queue(self, app: Celery, task: str, queue: str) -> None:
        assert app.amqp.router.route({}, task)["queue"].name == queue

    def test_limits_are_five_and_ten_minutes_and_results_expire_after_an_hour(self, app: Celery) -> None:
        conf = app.conf
        assert (conf.task_soft_time_limit, conf.task_time_limit, conf.result_expires) == (300, 600, 3600)

    def test_cleaning_up_is_due_hourly(self, app: Celery) -> None:
        (entry,) = app.conf.beat_schedule.values()
        assert (entry["task"], entry["schedule"]) == ("src.tasks.compression_tasks.cleanup_expired_jobs", 3600)

    def test_only_json_is_sent_and_taken(self, app: Celery) -> None:
        conf = app.conf
        assert conf.accept_content == conf.result_accept_content == ["json"]
        assert conf.task_serializer == conf.result_serializer == "json"

    def test_a_message_is_acknowledged_when_its_work_is_done_and_none_is_kept_in_stock(self, app: Celery) -> None:
        conf = app.conf
        assert conf.task_acks_late
        assert conf.task_reject_on_worker_lost
        assert (conf.worker_prefetch_multiplier, conf.worker_disable_prefetch) == (1, True)

    def test_a_message_is_not_delivered_twice_while_its_work_may_still_run(self, app: Celery) -> None:
        assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit

    @pytest.mark.parametrize("lanes", ["compression", "compression-express", "compression-heavy", "cleanup"])
    def test_workers_of_a_lane_keep_their_unacknowledged_messages_to_themselves(self, lanes: str) -> None:
        settings = Settings(bulkpress_lanes=lanes)
        options = make_celery(settings).conf.broker_transport_options
        assert options["unacked_key"] == f"unacked:{lanes}"
        assert options["unacked_index_key"] == f"unacked_index:{lanes}"
        assert options["visibility_timeout"] == settings.limits_of(Lane(lanes)).hard_s + 60

    def test_workers_of_all_lanes_keep_them_where_celery_does(self, app: Celery) -> None:
        assert "unacked_key" not in app.conf.broker_transport_options

    @pytest.mark.parametrize("lanes", ["", "compression", "compression-express", "compression-heavy", "cleanup"])
    def test_a_process_of_any_lane_is_replaced_when_it_has_grown(self, lanes: str) -> None:
        settings = Settings(bulkpress_lanes=lanes, bulkpress_child_memory_bytes=100 * 2**20)
        assert make_celery(settings).conf.worker_max_memory_per_child == 100 * 1024  # in KiB

    @pytest.mark.parametrize("name", [TaskName.PROCESS_BULK_COMPRESSION, TaskName.CLEANUP_EXPIRED_JOBS])
    def test_tasks_are_retried_three_times_from_60_seconds_exponentially(
        self, app: Celery, state: AwayState, name: TaskName
    ) -> None:
        task = app.tasks[name.value]
        assert (task.max_retries, task.default_retry_delay) == (3, 60)
        assert (task.retry_backoff, task.retry_jitter) == (60, False)
        args = ["a" * 32] if name is TaskName.PROCESS_BULK_COMPRESSION else []
        result = task.apply(args=args)  # runs here, and its retries at once
        assert isinstance(result.result, StateUnavailableError)
        assert state.asked == 1 + 3

    def test_a_bell_is_never_retried(self, app: Celery, state: AwayState) -> None:
        result = app.tasks[TaskName.PRESS_NEXT.value].apply(args=[Lane.COMPRESSION.value])
        assert (result.state, state.asked) == ("SUCCESS", 1)


class TestTasks:
    """The tasks, by a real worker."""

    def test_a_bulk_job_is_compressed_end_to_end(self, system: System) -> None:
        system.start(FIRST_VERSION_WORKER)
        job_id = system.hand_in(pages.uncompressed_text(), b"not a PDF")
        job = system.wait_for_end(job_id)
        assert (job.totals.done, job.totals.failed) == (1, 1)
        good, bad = system.jobs.files(job_id)
        assert good.outcome is not None
        assert bad.outcome is not None
        assert good.outcome.result_key is not None
        assert system.objects.size(good.outcome.result_key) == good.outcome.bytes_out < good.size_bytes
        assert (bad.state, bad.outcome.reason) == (FileState.FAILED, "not_a_pdf")
        result = AsyncResult(task_id_of(job_id), app=system.app)
        until(result.ready, "the result is there")
        assert result.result == {"job_id": job_id, "file_count": 2}
        expires_in_s = system.client.ttl(f"celery-task-meta-{task_id_of(job_id)}")
        assert 3500 < expires_in_s <= 3600

    def test_announcing_a_job_twice_compresses_it_once(self, system: System) -> None:
        system.start(WORKER)
        job_id = system.hand_in(pages.text(), announce=False)
        assert system.queue.announce(job_id) == system.queue.announce(job_id)
        job = system.wait_for_end(job_id)
        until(lambda: system.queue.waiting(Lane.COMPRESSION) == 0, "all messages are taken")
        assert job.totals.ended == 1
        assert [file.attempts for file in system.jobs.files(job_id)] == [1]

    def test_cleaning_up_deletes_expired_jobs_and_their_objects(self, system: System) -> None:
        system.start(WORKER)
        expired = system.hand_in(pages.text(), announce=False, expires_in=timedelta(seconds=-1))
        fresh = system.hand_in(pages.text(), announce=False)
        sent = system.app.send_task(TaskName.CLEANUP_EXPIRED_JOBS.value)
        assert sent.get(timeout=60) == {"jobs": 1, "objects": 1}
        with pytest.raises(JobNotFoundError):
            system.jobs.get(expired)
        assert list(system.objects.keys(f"default/{expired}/")) == []
        assert len(list(system.objects.keys(f"default/{fresh}/"))) == 1


class TestCommands:
    """The commands in the first version's documentation."""

    def test_beat_sends_the_hourly_cleaning(self, tmp_path: Path, redis_url: str) -> None:
        with System(tmp_path, redis_url, bulkpress_cleanup_interval_s="0.5") as system:
            command = [*CELERY, "beat", "--loglevel=info", f"--schedule={tmp_path / 'celerybeat-schedule'}"]
            system.start(command, ready="Scheduler: Sending due task")
            until(lambda: system.client.llen(Lane.CLEANUP.value), "the task is in its queue")

    def test_inspect_finds_the_worker_on_both_queues_and_on_the_lanes_that_came_since(self, system: System) -> None:
        system.start(FIRST_VERSION_WORKER, ready=" ready.")
        node = f"celery@{socket.gethostname()}"  # naming it, the answer is not waited for longer than it takes
        command = [*CELERY, "inspect", "active_queues", f"--destination={node}", "--timeout=20", "--json"]
        said = subprocess.run(command, env=system.env, capture_output=True, check=True, timeout=60)
        (queues,) = json.loads(said.stdout).values()
        assert {queue["name"] for queue in queues} == {lane.value for lane in Lane}

    @pytest.mark.parametrize("what", ["active", "scheduled", "stats"])
    def test_inspect_tells_of_the_worker(self, system: System, what: str) -> None:
        system.start(FIRST_VERSION_WORKER, ready=" ready.")
        node = f"celery@{socket.gethostname()}"
        command = [*CELERY, "inspect", what, f"--destination={node}", "--timeout=20", "--json"]
        said = subprocess.run(command, env=system.env, capture_output=True, check=True, timeout=60)
        assert json.loads(said.stdout).keys() == {node}

    def test_purge_loses_no_file(self, tmp_path: Path, redis_url: str) -> None:
        with System(tmp_path, redis_url) as system:
            job_id = system.hand_in(pages.text())
            system.jobs.open(job_id, Lane.COMPRESSION, now=datetime.now(UTC))
            system.queue.ring(Lane.COMPRESSION, 1)
            assert system.client.llen(Lane.COMPRESSION.value) >= 1  # redis-cli LLEN compression
            subprocess.run([*CELERY, "purge", "--force"], env=system.env, capture_output=True, check=True, timeout=60)
            assert system.client.llen(Lane.COMPRESSION.value) == 0
            system.start(SCHEDULER)
            system.start(FIRST_VERSION_WORKER, ready=" ready.")
            assert system.wait_for_end(job_id).totals.ended == 1

    def test_the_script_starts_worker_and_scheduler_and_ends_both(self, system: System) -> None:
        script = system.launch([str(ROOT / "scripts" / "start_celery.sh")])
        until(lambda: script.log.read_text().count("metrics.serving") == 2, "both are there")
        job_id = system.hand_in(pages.text())
        assert system.wait_for_end(job_id).totals.ended == 1
        below = psutil.Process(script.process.pid).children(recursive=True)
        assert len(below) >= 3  # scheduler, worker, its processes
        script.process.send_signal(signal.SIGTERM)
        assert script.process.wait(60) is not None
        _, alive = psutil.wait_procs(below, timeout=20)
        assert alive == []

    def test_flower_shows_the_worker(self, system: System) -> None:
        system.start(FIRST_VERSION_WORKER, ready=" ready.")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        system.start([*CELERY, "flower", "--address=127.0.0.1", f"--port={port}"], ready="Visit me at")

        def workers() -> str:
            with urlopen(f"http://127.0.0.1:{port}/workers?json=1", timeout=10) as answer:  # our own
                return str(answer.read())

        until(lambda: "celery@" in workers(), "Flower lists the worker")
