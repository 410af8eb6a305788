"""What a liveness probe is told of a worker whose loop hangs, whose broker is away, and which is stopped."""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import redis

from bulkpress_client.local.valkey import ValkeyServer
from tests.support.services import Service, System
from tests.support.waiting import until

SILENT_FOR_S = 4.0
# A worker as it is, but for a command that keeps its loop from turning, and a pulse that is missed soon.
PROGRAM = f"""
import time
from celery.worker.control import control_command
from compression_worker import pulse
from compression_worker.__main__ import main

pulse.Pulse.__init__.__defaults__ = ({SILENT_FOR_S}, time.monotonic)

@control_command()
def hang(state, seconds):
    time.sleep(seconds)  # this is the hang

main(["--concurrency=1"])
"""
HANGING = [sys.executable, "-c", PROGRAM]


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A Valkey that the test may stop."""
    with ValkeyServer(tmp_path / "valkey") as server:
        yield server


@pytest.fixture
def system(tmp_path: Path, valkey: ValkeyServer) -> Iterator[System]:
    """On that Valkey, with a folder of objects."""
    with System(tmp_path / "system", valkey.url) as made:
        yield made


def health(service: Service) -> tuple[int, dict[str, str]]:
    """What /healthz answers."""
    (line,) = [line for line in service.log.read_text().splitlines() if '"metrics.serving"' in line]
    try:
        with urlopen(f"http://127.0.0.1:{json.loads(line)['port']}/healthz", timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def answers(system: System) -> bool:
    """Whether the worker hears what is broadcast; a connection of before an outage may be found broken."""
    with suppress(redis.ConnectionError):
        return bool(system.app.control.ping(timeout=2))
    return False


def test_a_loop_that_hangs_is_unhealthy_until_it_turns_again(system: System) -> None:
    worker = system.start(HANGING, ready="celery@")
    until(lambda: answers(system), "the worker answers")
    assert health(worker) == (200, {"loop": "ok"})
    system.app.control.broadcast("hang", arguments={"seconds": 12})
    until(lambda: health(worker)[0] == 503, "the worker is unhealthy")
    assert "stood still" in health(worker)[1]["loop"]
    until(lambda: health(worker)[0] == 200, "the worker is healthy again")
    assert worker.end(signal.SIGTERM) == 0


def test_an_outage_of_the_broker_is_no_illness_of_the_worker(system: System, valkey: ValkeyServer) -> None:
    worker = system.start(HANGING, ready="celery@")
    until(lambda: answers(system), "the worker answers")
    valkey.stop()
    until(lambda: worker.logged("connect"), "the worker has lost its broker")
    time.sleep(2 * SILENT_FOR_S)  # nothing happens that could be waited for: that is what is tested
    assert health(worker) == (200, {"loop": "ok"})
    valkey.start()
    until(lambda: answers(system), "the worker answers again")
    assert health(worker) == (200, {"loop": "ok"})
