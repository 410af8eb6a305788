"""What the job store in Redis promises beyond the port: outages, full memory, lost replies, and nothing left behind."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from bulkpress_client.local.valkey import ValkeyServer
from bulkpress_core.adapters.connect import redis_client
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.errors import JobNotFoundError, StateUnavailableError
from bulkpress_core.domain.jobs import JobId, JobState
from bulkpress_core.domain.options import JobOptions
from tests.support.jobs import (
    AFTER_LEASE,
    LANE,
    LEASE,
    NOW,
    claimed,
    done,
    new_files,
    new_job,
    opened_job,
    sealed_job,
)


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    """A client of an empty database."""
    with redis_client(redis_url) as client:
        yield client


@pytest.fixture
def jobs(client: redis.Redis) -> RedisJobStore:
    """A store in that database."""
    return RedisJobStore(client)


def keys_naming(client: Any, job_id: JobId) -> list[str]:
    return sorted(key.decode() for key in client.scan_iter() if job_id.encode() in key)


class TestOutage:
    @pytest.fixture
    def server(self, valkey: ValkeyServer, tmp_path: Path) -> Iterator[ValkeyServer]:
        """A server of this test's own, to be stopped; `valkey` has made sure there is a program to start."""
        with ValkeyServer(tmp_path / "own") as server:
            yield server

    def test_every_method_tells_that_redis_is_out_of_reach(self, server: ValkeyServer) -> None:
        with redis.Redis.from_url(server.url, retry=None) as client:
            jobs = RedisJobStore(client)
            job_id = opened_job(jobs)
            claim = claimed(jobs)
            server.kill()
            for ask in (
                jobs.check,
                lambda: jobs.create(new_job()),
                lambda: jobs.get(job_id),
                lambda: jobs.files(job_id),
                lambda: jobs.open(job_id, LANE, now=NOW),
                lambda: jobs.unopened(sealed_before=NOW, limit=1),
                lambda: jobs.claim(LANE, now=NOW, lease=LEASE),
                lambda: jobs.renew(claim, now=NOW, lease=LEASE),
                lambda: jobs.settle(claim, done(claim), now=NOW),
                lambda: jobs.sweep(now=NOW, max_attempts=1),
                lambda: jobs.pending(LANE),
                lambda: jobs.running(LANE),
                lambda: jobs.expired(now=NOW, limit=1),
                lambda: jobs.delete(job_id),
            ):
                with pytest.raises(StateUnavailableError, match="BULKPRESS_STATE_URL"):
                    ask()

    def test_work_goes_on_where_it_was_when_the_server_comes_back(self, server: ValkeyServer) -> None:
        with redis_client(server.url) as client:
            jobs = RedisJobStore(client)
            job_id = opened_job(jobs, 2)
            claim = claimed(jobs)
            server.stop()
            server.start()
            assert jobs.settle(claim, done(claim), now=NOW).job.totals.done == 1
            last = claimed(jobs)
            assert jobs.settle(last, done(last), now=NOW).job.state is JobState.FINISHED
            assert jobs.get(job_id).totals.bytes_out == 80

    def test_with_its_memory_full_no_work_begins_but_what_runs_can_end(self, server: ValkeyServer) -> None:
        with redis_client(server.url) as client:
            jobs = RedisJobStore(client)
            job_id, queued = opened_job(jobs, 3), sealed_job(jobs, 1)
            settled, lost = claimed(jobs), claimed(jobs)
            client.config_set("maxmemory", 1)
            for begin in (
                lambda: jobs.create(new_job()),
                lambda: jobs.open(queued, LANE, now=NOW),
                lambda: jobs.claim(LANE, now=NOW, lease=LEASE),
            ):
                with pytest.raises(StateUnavailableError, match="Give it memory"):
                    begin()
            jobs.renew(lost, now=NOW, lease=LEASE)
            assert jobs.settle(settled, done(settled), now=NOW).job.totals.done == 1
            assert jobs.sweep(now=AFTER_LEASE, max_attempts=3).returned == {LANE: 1}
            assert (jobs.pending(LANE), jobs.running(LANE)) == (2, 0)
            jobs.delete(job_id)
            assert keys_naming(client, job_id) == []
            client.config_set("maxmemory", 0)
            assert jobs.open(queued, LANE, now=NOW) == {LANE: 1}
            assert claimed(jobs).job_id == queued

    def test_a_server_that_became_a_replica_is_told_apart_from_the_primary(self, server: ValkeyServer) -> None:
        with redis_client(server.url) as client:
            jobs = RedisJobStore(client)
            job_id = opened_job(jobs)
            client.replicaof("127.0.0.1", 9)
            with pytest.raises(StateUnavailableError, match="name the primary"):
                jobs.claim(LANE, now=NOW, lease=LEASE)
            assert jobs.files(job_id)[0].attempts == 0


class LossyLink:
    """A TCP link to a server that can be told to swallow the next reply and hang up, as a broken network would."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._swallow = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow_next_reply(self) -> None:
        self._swallow.set()

    @property
    def swallowed(self) -> bool:
        return not self._swallow.is_set()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                threading.Thread(target=self._pass_on, args=[near, far, False], daemon=True).start()
                threading.Thread(target=self._pass_on, args=[far, near, True], daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, replies: bool) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if replies and self._swallow.is_set():
                    self._swallow.clear()
                    break
                target.sendall(said)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def test_a_change_whose_reply_was_lost_is_sent_again_and_counts_once(valkey: ValkeyServer, redis_url: str) -> None:
    with (
        closing(LossyLink("127.0.0.1", valkey.port)) as link,
        redis_client(f"redis://127.0.0.1:{link.port}/0") as client,
    ):
        jobs = RedisJobStore(client)
        jobs.check()
        job = new_job()

        def lossy() -> None:
            assert link.swallowed
            link.swallow_next_reply()

        lossy()
        jobs.create(job)
        jobs.get(job.id)  # `add_files` reads the job first: here, so that the reply lost is the one to the change
        jobs.add_files(job.id, [])
        lossy()
        file = ("a.pdf", 100, "k", 1.0, "", 0, "", "", "")
        jobs._run("add_files", job.id, "a call", 0, "", *file, 0, *file, 0, *file, 1)
        lossy()
        jobs.seal(job.id, JobOptions(), now=NOW)
        lossy()
        assert jobs.open(job.id, LANE, now=NOW) == {LANE: 2}
        first, second = claimed(jobs), claimed(jobs)
        lossy()
        assert jobs.arrived(job.id, 2, now=NOW) is LANE
        assert jobs.pending(LANE) == 1
        lossy()
        jobs.defer(first, until=AFTER_LEASE)
        lossy()
        settled = jobs.settle(second, done(second), now=NOW).job
        assert link.swallowed
        assert (settled.totals.files, settled.totals.done, settled.totals.awaiting) == (3, 1, 0)
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=1).returned == {LANE: 1}
        assert jobs.get(job.id) == settled


class TestRecords:
    def test_they_go_by_themselves_a_day_after_the_job_expires(self, jobs: RedisJobStore, client: Any) -> None:
        job = new_job(expires_in=timedelta(hours=5))
        jobs.create(job)
        jobs.add_files(job.id, new_files(job, 3))
        gone_at = {client.pexpiretime(key) for key in keys_naming(client, job.id)}
        assert gone_at == {int((job.expires_at + timedelta(days=1)).timestamp() * 1000)}

    def test_a_job_whose_records_went_by_themselves_leaves_the_lane_and_the_lists(
        self, jobs: RedisJobStore, client: Any
    ) -> None:
        gone = opened_job(jobs, 5, tenant="a")
        claimed(jobs)
        kept = opened_job(jobs, 1, tenant="b")
        client.delete(*(f"bulkpress:file:{gone}:{number}" for number in range(5)), f"bulkpress:job:{gone}")
        assert claimed(jobs).job_id == kept
        assert jobs.claim(LANE, now=NOW, lease=LEASE) is None
        assert jobs.pending(LANE) == 0
        assert jobs.sweep(now=AFTER_LEASE, max_attempts=3).returned == {LANE: 1}

    def test_a_job_whose_records_went_by_themselves_can_still_be_cleaned_up(
        self, jobs: RedisJobStore, client: Any
    ) -> None:
        job_id = opened_job(jobs, 1, tenant="a")
        prefix = jobs.get(job_id).source_prefix
        client.delete(f"bulkpress:file:{job_id}:0", f"bulkpress:job:{job_id}")
        assert [job.source_prefix for job in jobs.expired(now=NOW + timedelta(days=9), limit=9)] == [prefix]
        jobs.delete(job_id)
        assert jobs.expired(now=NOW + timedelta(days=9), limit=9) == []
        assert client.hgetall("bulkpress:tenants") == {}

    def test_deleting_leaves_no_key_of_the_job(self, jobs: RedisJobStore, client: Any) -> None:
        doomed = [opened_job(jobs, 1200), sealed_job(jobs, 3)]
        claim = claimed(jobs)
        jobs.defer(claimed(jobs), until=AFTER_LEASE)
        jobs.settle(claim, done(claim), now=NOW)
        for job_id in doomed:
            jobs.delete(job_id)
        of_the_lane = {b"bulkpress:lane:compression" + kind for kind in (b"", b":absent", b":pace")}
        assert set(client.scan_iter()) <= of_the_lane

    def test_a_deletion_that_was_interrupted_is_finished_with_the_expired(
        self, jobs: RedisJobStore, client: Any
    ) -> None:
        job_id = opened_job(jobs, 30)
        claimed(jobs)
        assert jobs._run("delete", job_id, 10, "", "", 1, 0) == [20]  # and here whoever deleted was killed
        with pytest.raises(JobNotFoundError):
            jobs.get(job_id)
        assert jobs.claim(LANE, now=NOW, lease=LEASE) is None
        assert len(keys_naming(client, job_id)) == 21
        (half_deleted,) = jobs.expired(now=NOW + timedelta(days=2), limit=10)
        jobs.delete(half_deleted.id)
        assert keys_naming(client, job_id) == []
        assert jobs.running(LANE) == 0

    def test_a_files_record_keeps_its_compact_form(self, jobs: RedisJobStore, client: Any) -> None:
        job_id = opened_job(jobs)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW)
        assert client.object("encoding", f"bulkpress:file:{job_id}:0") == b"listpack"

    def test_stores_with_different_prefixes_do_not_see_each_other(self, client: redis.Redis) -> None:
        one, other = RedisJobStore(client, prefix="one:"), RedisJobStore(client, prefix="other:")
        job_id = opened_job(one)
        with pytest.raises(JobNotFoundError):
            other.get(job_id)
        assert other.claim(LANE, now=NOW, lease=LEASE) is None
        assert one.pending(LANE) == 1
