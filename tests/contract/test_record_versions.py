"""Old and new services at once on one Redis: what a newer version wrote waits for one that can read it."""

from datetime import timedelta

import pytest
import redis

from bulkpress_core.adapters.job_records import RECORD_VERSION
from bulkpress_core.adapters.redis_jobs import NEWER_WAITS, RedisJobStore
from bulkpress_core.domain.errors import UnreadableRecordError
from bulkpress_core.domain.jobs import JobId
from tests.support.jobs import LANE, LEASE, NOW, claimed, opened_job

MAX_ATTEMPTS = 3
JOB, FILE = "bulkpress:job:{job_id}", "bulkpress:file:{job_id}:0"
NEWER = {
    "a higher version": (JOB, "v", str(RECORD_VERSION + 1)),
    "an option it does not know": (JOB, "asked", '{"sparkle":true}'),
    "a value it does not know": (JOB, "asked", '{"compression_level":"extreme"}'),
    "a purpose it does not know": (JOB, "purpose", "translate"),
    "an option of the file's own": (FILE, "u", '{"sparkle":true}'),
    "an origin it does not know": (FILE, "k", '{"ftp":"ftp://host/a.pdf"}'),
}


@pytest.fixture
def store(redis_client: redis.Redis) -> RedisJobStore:
    """A store of this version."""
    return RedisJobStore(redis_client)


@pytest.mark.parametrize("written", NEWER.values(), ids=NEWER.keys())
def test_a_newer_job_is_left_to_newer_workers_and_loses_no_attempt(
    store: RedisJobStore, redis_client: redis.Redis, written: tuple[str, str, str]
) -> None:
    job_id, now = opened_job(store, 1), NOW
    key, field, value = written
    name = key.format(job_id=job_id)
    before = redis_client.hget(name, field)
    redis_client.hset(name, field, value)
    for _ in range(MAX_ATTEMPTS + 2):
        with pytest.raises(UnreadableRecordError, match=r"newer version"):
            store.claim(LANE, now=now, lease=LEASE)
        assert store.claim(LANE, now=now, lease=LEASE) is None  # it does not stand in the way of others
        now += NEWER_WAITS + timedelta(seconds=1)
        assert store.sweep(now=now, max_attempts=MAX_ATTEMPTS).returned == {LANE: 1}
    if before is None:
        redis_client.hdel(name, field)
    else:
        redis_client.hset(name, field, before)  # as if this were the newer worker
    claim = store.claim(LANE, now=now, lease=LEASE)
    assert claim is not None
    assert (claim.job_id, claim.file.retries) == (job_id, 0)


def test_files_behind_a_newer_one_are_pressed_meanwhile(store: RedisJobStore, redis_client: redis.Redis) -> None:
    newer, older = opened_job(store, 1, tenant="a"), opened_job(store, 1, tenant="b")
    redis_client.hset(JOB.format(job_id=newer), "v", RECORD_VERSION + 1)
    with pytest.raises(UnreadableRecordError):
        store.claim(LANE, now=NOW, lease=LEASE)
    assert claimed(store).job_id == older


@pytest.mark.parametrize(("field", "value"), [("st", "polished"), ("s", "many")])
def test_a_file_that_cannot_be_read_says_so(
    store: RedisJobStore, redis_client: redis.Redis, field: str, value: str
) -> None:
    job_id: JobId = opened_job(store, 1)
    redis_client.hset(FILE.format(job_id=job_id), field, value)
    with pytest.raises(UnreadableRecordError, match="newer version"):
        store.files(job_id)


def test_a_job_whose_state_is_not_known_says_so(store: RedisJobStore, redis_client: redis.Redis) -> None:
    job_id = opened_job(store, 1)
    redis_client.hset(JOB.format(job_id=job_id), "state", "paused")
    with pytest.raises(UnreadableRecordError, match="newer version"):
        store.get(job_id)
