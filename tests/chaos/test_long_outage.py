"""Redis and the object store are away for a minute, both at once: nobody dies, and everything goes on by itself."""

import time

import pytest

from bulkpress_core.domain.jobs import FileState
from tests.support.faulty_link import FaultyLink
from tests.support.gateway_process import GatewayProcess
from tests.support.services import SCHEDULER, WORKER, System
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

OUTAGE_S = 60.0
FILES = 6


@pytest.mark.timeout(400)
def test_a_minute_without_redis_and_without_the_store(
    outaged: System, gateway: GatewayProcess, own_valkey: ValkeyServer, link: FaultyLink, slow_pdf: bytes
) -> None:
    worker, scheduler = outaged.start(WORKER, ready=" ready."), outaged.start(SCHEDULER)
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
