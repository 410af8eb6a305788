"""Redis and the object store are away for a minute, both at once: nobody dies, and everything goes on by itself."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bulkpress_core.domain.jobs import FileState
from tests.support.faulty_link import FaultyLink
from tests.support.gateway_process import GatewayProcess
from tests.support.s3 import S3Bucket
from tests.support.services import SCHEDULER, WORKER, System
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

OUTAGE_S = 60.0
FILES = 6


@pytest.fixture
def link(s3_bucket: S3Bucket) -> Iterator[FaultyLink]:
    """The way to the object store."""
    with FaultyLink(urlsplit(s3_bucket.server.endpoint).port or 80) as made:
        yield made


@pytest.fixture
def outaged(
    tmp_path: Path, own_valkey: ValkeyServer, s3_bucket: S3Bucket, link: FaultyLink, monkeypatch: pytest.MonkeyPatch
) -> Iterator[System]:
    """A system whose store is behind the link, with the product's own number of retries, each a little sooner."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_bucket.server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_bucket.server.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    store = {
        "bulkpress_store": f"s3://{s3_bucket.name}",
        "bulkpress_s3_endpoint": f"http://127.0.0.1:{link.port}",
        "bulkpress_retry_delay_s": "15",
    }
    with System(tmp_path / "system", own_valkey.url, **store) as made:
        yield made


@pytest.mark.timeout(400)
def test_a_minute_without_redis_and_without_the_store(
    outaged: System, own_valkey: ValkeyServer, link: FaultyLink, slow_pdf: bytes
) -> None:
    worker, scheduler = outaged.start(WORKER, ready=" ready."), outaged.start(SCHEDULER)
    gateway = GatewayProcess(
        own_valkey.url,
        outaged.settings.bulkpress_store,
        outaged.folder / "gateway.log",
        BULKPRESS_S3_ENDPOINT=os.fspath(outaged.settings.bulkpress_s3_endpoint or ""),
    )
    with gateway:
        job_id = outaged.hand_in(*[slow_pdf] * FILES)
        outaged.wait_for_running(job_id, 2)
        link.refuse()
        link.cut()
        own_valkey.kill()
        path = f"/api/compress/jobs/{job_id}"
        answer = gateway.request("GET", path)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(OUTAGE_S)  # the outage itself, not a wait for something to happen
        assert [service.process.poll() for service in (worker, scheduler, gateway)] == [None] * 3
        link.heal()
        own_valkey.start()
        until(lambda: gateway.request("GET", path).status_code == 200, "the gateway answers again")
        job = outaged.wait_for_end(job_id)
    assert {file.state for file in outaged.jobs.files(job_id)} == {FileState.DONE}
    assert job.totals.done == FILES
    assert worker.end() == 0
    assert scheduler.end() == 0
