"""Holding a lease from a thread beside the work."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
import redis

from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.errors import LeaseLostError, StateUnavailableError
from bulkpress_core.domain.jobs import Claim
from bulkpress_core.domain.lanes import Lane
from compression_worker.lease import HeldLease
from tests.unit.worker.conftest import Worker

LEASE = timedelta(seconds=0.03)
LONG_S = 10.0


class WatchedJobs(RedisJobStore):
    """Answers renewals as it is told, and says when they came."""

    def __init__(self, client: redis.Redis, answers: Iterator[Exception | None]) -> None:
        super().__init__(client)
        self._answers = answers
        self.all_asked = Event()

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Give the next answer; after the last one, that the lease is held."""
        answer = next(self._answers, None)
        if answer is None:
            self.all_asked.set()
            return
        raise answer


def a_claim(worker: Worker) -> Claim:
    worker.opened(b"%PDF-1.4")
    claim = worker.jobs.claim(Lane.EXPRESS, now=worker.time, lease=LEASE)
    assert claim is not None
    return claim


def held(jobs: RedisJobStore, claim: Claim) -> HeldLease:
    return HeldLease(jobs, claim, LEASE, lambda: datetime.now(UTC))


def test_a_store_that_is_away_does_not_lose_the_lease(worker: Worker, redis_client: redis.Redis) -> None:
    jobs = WatchedJobs(redis_client, iter([StateUnavailableError(), StateUnavailableError()]))
    with held(jobs, a_claim(worker)) as lease:
        assert jobs.all_asked.wait(LONG_S)
        lease.check()


def test_a_lease_that_somebody_else_has_is_lost_for_good(worker: Worker, redis_client: redis.Redis) -> None:
    lost = LeaseLostError()
    jobs = WatchedJobs(redis_client, iter([lost]))
    with held(jobs, a_claim(worker)) as lease:
        lease._thread.join(LONG_S)
        with pytest.raises(LeaseLostError):
            lease.check()


def test_the_thread_ends_with_the_work(worker: Worker) -> None:
    with held(worker.jobs, a_claim(worker)) as lease:
        pass
    lease._thread.join(LONG_S)
    assert not lease._thread.is_alive()
