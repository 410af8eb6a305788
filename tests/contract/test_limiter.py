"""What a tenant may take, metered in one place for all gateways."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis

from bulkpress_core.adapters.redis_limiter import RedisLimiter
from bulkpress_core.domain.errors import (
    DailyBytesUsedUpError,
    TooManyFilesWaitingError,
    TooManyRequestsError,
    TooManyUploadsError,
)
from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobId, Outcome, TenantId
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.limits import TenantLimits
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore
from bulkpress_core.ports.limiter import Limiter

NOW = datetime(2100, 1, 1, tzinfo=UTC)
ACME = TenantId("acme")
LEASE = timedelta(minutes=1)


@pytest.fixture
def limiter(redis_client: redis.Redis) -> Limiter:
    """A limiter that has metered nothing yet."""
    return RedisLimiter(redis_client)


class TestRequests:
    LIMITS = TenantLimits(requests_per_minute=6)

    def test_a_quota_may_be_taken_at_once_and_comes_back_evenly(self, limiter: Limiter) -> None:
        left = [limiter.admit(ACME, self.LIMITS, now=NOW).requests for _ in range(6)]
        assert [one.remaining for one in left if one] == [5, 4, 3, 2, 1, 0]
        assert left[2] is not None
        assert left[2].whole_in == timedelta(seconds=30)
        with pytest.raises(TooManyRequestsError) as refused:
            limiter.admit(ACME, self.LIMITS, now=NOW)
        assert refused.value.retry_after == timedelta(seconds=10)
        assert refused.value.headers == {"Retry-After": "10"}
        limiter.admit(ACME, self.LIMITS, now=NOW + timedelta(seconds=10))
        with pytest.raises(TooManyRequestsError):
            limiter.admit(ACME, self.LIMITS, now=NOW + timedelta(seconds=10))

    def test_being_refused_costs_nothing(self, limiter: Limiter) -> None:
        for _ in range(6):
            limiter.admit(ACME, self.LIMITS, now=NOW)
        for _ in range(50):
            with pytest.raises(TooManyRequestsError):
                limiter.admit(ACME, self.LIMITS, now=NOW)
        told = limiter.admit(ACME, self.LIMITS, now=NOW + timedelta(minutes=1))
        assert told.requests is not None
        assert told.requests.remaining == 5

    def test_tenants_do_not_share_it(self, limiter: Limiter) -> None:
        for _ in range(6):
            limiter.admit(ACME, self.LIMITS, now=NOW)
        assert limiter.admit(TenantId("other"), self.LIMITS, now=NOW).requests is not None

    def test_of_many_at_once_exactly_so_many_get_in(self, limiter: Limiter) -> None:
        def gets_in(_: int) -> bool:
            try:
                limiter.admit(ACME, self.LIMITS, now=NOW)
            except TooManyRequestsError:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(gets_in, range(100))) == 6

    def test_where_nothing_is_limited_nothing_is_told(self, limiter: Limiter) -> None:
        told = limiter.admit(ACME, TenantLimits(), now=NOW)
        assert (told.requests, told.bytes) == (None, None)


class TestUploads:
    def test_so_many_at_once_until_one_ends(self, limiter: Limiter) -> None:
        limits = TenantLimits(uploads_at_once=2)
        for name in ("a", "b"):
            limiter.begin_upload(ACME, limits, name, 0, now=NOW, lease=LEASE)
        with pytest.raises(TooManyUploadsError):
            limiter.begin_upload(ACME, limits, "c", 0, now=NOW, lease=LEASE)
        limiter.end_upload(ACME, limits, "a", 0, now=NOW)
        limiter.begin_upload(ACME, limits, "c", 0, now=NOW, lease=LEASE)

    def test_one_whose_gateway_died_ends_with_its_lease_and_one_that_goes_on_does_not(self, limiter: Limiter) -> None:
        limits = TenantLimits(uploads_at_once=2)
        for name in ("dead", "alive"):
            limiter.begin_upload(ACME, limits, name, 0, now=NOW, lease=LEASE)
        limiter.renew_upload(ACME, "alive", now=NOW + timedelta(seconds=50), lease=LEASE)
        later = NOW + timedelta(seconds=70)
        limiter.begin_upload(ACME, limits, "new", 0, now=later, lease=LEASE)
        with pytest.raises(TooManyUploadsError):
            limiter.begin_upload(ACME, limits, "newer", 0, now=later, lease=LEASE)

    def test_an_ended_upload_is_not_renewed_into_life(self, limiter: Limiter) -> None:
        limits = TenantLimits(uploads_at_once=1)
        limiter.begin_upload(ACME, limits, "a", 0, now=NOW, lease=LEASE)
        limiter.end_upload(ACME, limits, "a", 0, now=NOW)
        limiter.renew_upload(ACME, "a", now=NOW, lease=LEASE)
        limiter.begin_upload(ACME, limits, "b", 0, now=NOW, lease=LEASE)

    def test_bytes_are_taken_as_announced_and_put_right_at_the_end(self, limiter: Limiter) -> None:
        limits = TenantLimits(bytes_per_day=1_000_000)
        told = limiter.begin_upload(ACME, limits, "a", 600_000, now=NOW, lease=LEASE)
        assert told.bytes is not None
        assert told.bytes.remaining == 400_000
        with pytest.raises(DailyBytesUsedUpError) as refused:
            limiter.begin_upload(ACME, limits, "b", 500_000, now=NOW, lease=LEASE)
        assert refused.value.retry_after == timedelta(days=0.1)
        limiter.end_upload(ACME, limits, "a", 200_000, now=NOW)
        told = limiter.begin_upload(ACME, limits, "b", 500_000, now=NOW, lease=LEASE)
        assert told.bytes is not None
        assert told.bytes.remaining == 300_000

    def test_one_whose_gateway_died_gives_back_what_it_announced(self, limiter: Limiter) -> None:
        limits = TenantLimits(bytes_per_day=1_000)
        limiter.begin_upload(ACME, limits, "dead", 900, now=NOW, lease=LEASE)
        later = NOW + LEASE
        told = limiter.begin_upload(ACME, limits, "new", 800, now=later, lease=LEASE)
        assert told.bytes is not None
        assert told.bytes.remaining == 200
        limiter.end_upload(ACME, limits, "dead", 150, now=later)  # it only looked dead, and costs what came
        told = limiter.begin_upload(ACME, limits, "newer", 1, now=later, lease=LEASE)
        assert told.bytes is not None
        assert told.bytes.remaining == 49

    def test_what_is_said_twice_because_the_answer_was_lost_counts_once(self, limiter: Limiter) -> None:
        limits = TenantLimits(requests_per_minute=10, uploads_at_once=1, bytes_per_day=1_000)
        for _ in range(2):
            told = limiter.begin_upload(ACME, limits, "a", 900, now=NOW, lease=LEASE)
            assert (told.requests and told.requests.remaining, told.bytes and told.bytes.remaining) == (9, 100)
        for _ in range(2):
            limiter.end_upload(ACME, limits, "a", 500, now=NOW)
        told = limiter.begin_upload(ACME, limits, "b", 0, now=NOW, lease=LEASE)
        assert told.bytes is not None
        assert told.bytes.remaining == 500

    def test_of_unknown_length_is_refused_when_nothing_is_left(self, limiter: Limiter) -> None:
        limits = TenantLimits(bytes_per_day=1_000)
        limiter.begin_upload(ACME, limits, "a", 0, now=NOW, lease=LEASE)
        limiter.end_upload(ACME, limits, "a", 5_000, now=NOW)
        with pytest.raises(DailyBytesUsedUpError):
            limiter.begin_upload(ACME, limits, "b", 0, now=NOW + timedelta(days=3.9), lease=LEASE)
        limiter.begin_upload(ACME, limits, "b", 0, now=NOW + timedelta(days=4.1), lease=LEASE)

    def test_what_is_refused_takes_no_place(self, limiter: Limiter) -> None:
        limits = TenantLimits(uploads_at_once=1, bytes_per_day=10)
        with pytest.raises(DailyBytesUsedUpError):
            limiter.begin_upload(ACME, limits, "a", 11, now=NOW, lease=LEASE)
        limiter.begin_upload(ACME, limits, "b", 10, now=NOW, lease=LEASE)


class TestFilesWaiting:
    LIMITS = TenantLimits(files_waiting=3)

    def test_uploads_are_refused_from_so_many_on(self, jobs: JobStore, limiter: Limiter) -> None:
        self.hand_in(jobs, "one", 3)
        with pytest.raises(TooManyFilesWaitingError):
            limiter.begin_upload(ACME, self.LIMITS, "a", 0, now=NOW, lease=LEASE)
        jobs.cancel(JobId("one"), now=NOW)
        limiter.begin_upload(ACME, self.LIMITS, "a", 0, now=NOW, lease=LEASE)

    def test_files_that_would_be_too_many_are_not_added(self, jobs: JobStore) -> None:
        self.hand_in(jobs, "one", 2)
        with pytest.raises(TooManyFilesWaitingError):
            self.hand_in(jobs, "two", 2, most_open=3)
        assert jobs.get(JobId("two")).totals.files == 0
        self.hand_in(jobs, "three", 1, most_open=3)

    def test_files_are_counted_until_they_end_in_whatever_way(self, jobs: JobStore, redis_client: redis.Redis) -> None:
        self.hand_in(jobs, "one", 4)
        jobs.open(JobId("one"), Lane.COMPRESSION, now=NOW)
        for state in (FileState.DONE, FileState.FAILED):
            claim = jobs.claim(Lane.COMPRESSION, now=NOW, lease=LEASE)
            assert claim
            jobs.settle(claim, Outcome(state, "x"), now=NOW)
        assert self.open_files(redis_client) == 2
        jobs.retry(JobId("one"), now=NOW)
        assert self.open_files(redis_client) == 3
        claim = jobs.claim(Lane.COMPRESSION, now=NOW, lease=LEASE)
        jobs.sweep(now=NOW + 2 * LEASE, max_attempts=1)
        assert self.open_files(redis_client) == 2
        self.hand_in(jobs, "two", 5)
        jobs.delete(JobId("one"))
        assert self.open_files(redis_client) == 5
        jobs.cancel(JobId("two"), now=NOW)
        jobs.delete(JobId("two"))
        assert self.open_files(redis_client) == 0

    def open_files(self, client: redis.Redis) -> int:
        return int(client.get("bulkpress:open:acme") or 0)

    def hand_in(self, jobs: JobStore, name: str, files: int, most_open: int | None = None) -> None:
        job_id = JobId(name)
        jobs.create(Job(job_id, ACME, created_at=NOW, expires_at=NOW + timedelta(hours=1)))
        made = [JobFile(number, "a.pdf", 10, f"acme/{name}/{number}", 1.0) for number in range(files)]
        jobs.add_files(job_id, made, most_open=most_open)
        jobs.seal(job_id, JobOptions(), now=NOW)
