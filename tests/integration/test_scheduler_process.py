"""The scheduler as a process: what it serves, and how it ends."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkpress_core.domain.lanes import Lane
from tests.integration.test_worker_process import get, sample
from tests.support.pdf_factory import pages
from tests.support.services import SCHEDULER, System
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[System]:
    """A real Redis, and no worker."""
    with System(tmp_path, redis_url) as made:
        yield made


def test_the_gauges_show_what_waits(system: System) -> None:
    job_id = system.hand_in(*[pages.text()] * 3, announce=False)
    system.jobs.open(job_id, Lane.COMPRESSION, now=system.jobs.get(job_id).created_at)
    scheduler = system.start(SCHEDULER)
    waiting = 'bulkpress_lane_waiting_bells{lane="compression"}'
    until(lambda: waiting in get(scheduler, "/metrics")[1], "a sweep is complete")
    until(lambda: sample(get(scheduler, "/metrics")[1], waiting) == 3, "the bells it rang are seen")
    metrics = get(scheduler, "/metrics")[1]
    assert sample(metrics, 'bulkpress_lane_pending{lane="compression"}') == 3
    assert sample(metrics, 'bulkpress_lane_running{lane="compression"}') == 0
    assert sample(metrics, "bulkpress_bells_rung_total") == 3


def test_cleaning_is_sent_at_once_and_nothing_is_written_where_it_runs(system: System) -> None:
    scheduler = system.start(SCHEDULER)
    until(lambda: system.client.llen(Lane.CLEANUP.value) == 1, "the cleaning waits for a worker")
    assert [path.name for path in scheduler.folder.iterdir()] == ["log"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_promptly_when_told(system: System, number: signal.Signals) -> None:
    scheduler = system.start(SCHEDULER, ready="beat: Starting")
    assert scheduler.end(number, deadline_s=20) == 0
    assert scheduler.logged("scheduler.stopped")


def test_it_outlives_redis_and_says_so(tmp_path: Path, valkey: ValkeyServer) -> None:
    assert valkey.port
    with ValkeyServer(tmp_path / "valkey") as own, System(tmp_path, own.url) as system:
        scheduler = system.start(SCHEDULER, ready="beat: Starting")
        own.stop()
        until(lambda: scheduler.logged("sweep.put_off"), "a sweep finds Redis gone")
        assert get(scheduler, "/healthz")[0] == 200
        assert get(scheduler, "/readyz")[0] == 503
        own.start()
        until(lambda: get(scheduler, "/readyz")[0] == 200, "it is ready again")
        assert scheduler.end() == 0
