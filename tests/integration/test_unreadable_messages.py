"""Somebody writes to the workers' queues what is no message, or no message of ours: the worker goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkpress_core.domain.lanes import Lane
from tests.support.pdf_factory import pages
from tests.support.services import WORKER, System
from tests.support.waiting import until

IN_ENVELOPE = b"""{"body": "%b", "headers": {"task": "press_next", "id": "1"}, "content-type": "%b",
 "properties": {"delivery_tag": "1", "body_encoding": "base64", "delivery_info": {"routing_key": ""}}}"""
UNREADABLE = [
    b"words",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b'{"properties": {}}',
    IN_ENVELOPE % (b"no base64", b"application/json"),
    IN_ENVELOPE % (b"gASVAAAA", b"application/x-python-serialize"),
]


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[System]:
    """A real Redis and a folder of objects."""
    with System(tmp_path, redis_url) as made:
        yield made


def test_a_worker_drops_what_it_cannot_read_and_goes_on(system: System) -> None:
    worker = system.start([*WORKER, "--concurrency=1"], ready=" ready.")
    for lane in Lane:
        system.client.lpush(lane.value, *UNREADABLE)
    job_id = system.hand_in(pages.uncompressed_text())
    assert system.wait_for_end(job_id).totals.done == 1
    until(lambda: not any(system.client.llen(lane.value) for lane in Lane), "all queues are empty")
    assert worker.end() == 0
