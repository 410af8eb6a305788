"""Redis behind a password, behind TLS and behind Sentinels: messages, results and jobs all find their way.

The embedded Valkey is built without TLS (it says `Failed finding TLS support`), so a terminator speaks it in front: the
handshake and the certificate are real. Its Sentinel mode is its own.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import redis

from bulkpress_core.adapters.connect import redis_client
from bulkpress_core.domain.lanes import TaskName
from tests.support.pdf_factory import pages
from tests.support.sentinel import SentinelServer
from tests.support.services import SCHEDULER, WORKER, System
from tests.support.tls import TlsTerminator, self_signed
from tests.support.valkey import ValkeyServer
from tests.support.waiting import until

PASSWORD = "open sesame/+?"  # of characters that a URL must quote
QUOTED = "open%20sesame%2F%2B%3F"


@pytest.fixture
def server(valkey: ValkeyServer, tmp_path: Path) -> Iterator[ValkeyServer]:
    """A server of this test's own; `valkey` has made sure there is a program to start."""
    with ValkeyServer(tmp_path / "own") as server:
        yield server


def work_through(folder: Path, url: str, **settings: str) -> None:
    """A worker and a scheduler at this address press a job and clean up, and Celery's result comes back."""
    with System(folder / "system", url, **settings) as system:
        worker, scheduler = system.start(WORKER, ready=" ready."), system.start(SCHEDULER)
        job_id = system.hand_in(pages.uncompressed_text())
        assert system.wait_for_end(job_id).totals.done == 1
        sent = system.app.send_task(TaskName.CLEANUP_EXPIRED_JOBS.value)
        assert sent.get(timeout=60) == {"jobs": 0, "objects": 0}
        assert worker.end() == 0
        assert scheduler.end() == 0


def test_a_redis_with_a_password(server: ValkeyServer, tmp_path: Path) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.config_set("requirepass", PASSWORD)
    work_through(tmp_path, f"redis://:{QUOTED}@127.0.0.1:{server.port}/0")


def test_a_redis_behind_tls_whose_certificate_is_checked(server: ValkeyServer, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, "redis")
    with TlsTerminator(certificate, server.port) as terminator:
        query = f"ssl_cert_reqs=required&ssl_ca_certs={certificate.certificate}"
        work_through(tmp_path, f"rediss://127.0.0.1:{terminator.port}/0?{query}")


def test_a_certificate_of_somebody_else_is_refused(server: ValkeyServer, tmp_path: Path) -> None:
    ours, other = self_signed(tmp_path, "ours"), self_signed(tmp_path, "other")
    with TlsTerminator(other, server.port) as terminator:
        url = f"rediss://127.0.0.1:{terminator.port}/0?ssl_cert_reqs=required&ssl_ca_certs={ours.certificate}"
        with closing(redis_client(url)) as client, pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY"):
            client.ping()


def test_a_redis_that_a_sentinel_names(server: ValkeyServer, tmp_path: Path) -> None:
    with SentinelServer(tmp_path / "sentinel", {"press": server.port}) as sentinel:
        work_through(tmp_path, sentinel.url, bulkpress_sentinel_master="press")


def test_when_the_primary_changes_jobs_are_where_the_sentinel_says(server: ValkeyServer, tmp_path: Path) -> None:
    with ExitStack() as servers:
        replica = servers.enter_context(ValkeyServer(tmp_path / "replica"))
        first, second = (redis.Redis.from_url(one.url) for one in (server, replica))
        servers.callback(first.close)
        servers.callback(second.close)
        second.replicaof("127.0.0.1", server.port)
        until(lambda: second.info("replication")["master_link_status"] == "up", "the replica follows")
        sentinel = servers.enter_context(SentinelServer(tmp_path / "sentinel", {"mymaster": server.port}))
        until(lambda: sentinel.replicas("mymaster") == 1, "the Sentinel has found the replica")
        client = servers.enter_context(closing(redis_client(sentinel.url)))
        client.set("job", "1")
        sentinel.fail_over("mymaster")
        until(lambda: second.info("replication")["role"] == "master", "the replica is the primary")
        until(lambda: sentinel.primary_port("mymaster") == replica.port, "the Sentinel says so")

        def reaches_the_new_primary() -> bool:
            with suppress(redis.ConnectionError):  # for as long as the old one learns that it is none
                client.set("job", "2")
            return bool(second.get("job") == b"2")

        until(reaches_the_new_primary, "the client writes where the Sentinel says")
