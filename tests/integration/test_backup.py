"""The way back from a snapshot that docs/how-to/kubernetes.md describes."""

import shutil
from datetime import timedelta
from pathlib import Path

import redis

from bulkpress_client.local.valkey import ValkeyServer
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from tests.support.jobs import LANE, NOW, claimed, done, opened_job


def test_a_snapshot_brings_back_jobs_and_what_was_claimed_is_claimed_again(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path / "first") as first, redis.Redis.from_url(first.url) as client:
        jobs = RedisJobStore(client)
        job_id = opened_job(jobs, 3)
        settled, under_way = claimed(jobs), claimed(jobs)
        jobs.settle(settled, done(settled), now=NOW)
        client.save()
        (snapshot,) = (tmp_path / "first").rglob("dump.rdb")
        (tmp_path / "second").mkdir()
        shutil.copy(snapshot, tmp_path / "second" / "dump.rdb")
    with ValkeyServer(tmp_path / "second", append_only=False) as second, redis.Redis.from_url(second.url) as client:
        jobs = RedisJobStore(client)
        assert jobs.get(job_id).totals.done == 1
        assert jobs.sweep(now=NOW + timedelta(hours=1), max_attempts=3).returned == {LANE: 1}
        assert {claimed(jobs).file.number, claimed(jobs).file.number} == {under_way.file.number, 2}
        client.config_set("appendonly", "yes")
        assert client.config_get("appendonly") == {"appendonly": "yes"}
