"""Whatever happens in whatever order, a tenant has taken what a plain account of it says, and nothing stays taken."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.redis_limiter import RedisLimiter
from bulkpress_core.domain.errors import (
    BulkpressError,
    DailyBytesUsedUpError,
    JobCancelledError,
    TooManyFilesWaitingError,
    TooManyRequestsError,
    TooManyUploadsError,
)
from bulkpress_core.domain.jobs import Claim, FileState, Job, JobId, Outcome, TenantId
from bulkpress_core.domain.limits import TenantLimits
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.sniffing import NOT_A_PDF, ended_at_the_door
from tests.support.jobs import LANE, LEASE, NOW, new_files, new_job

TENANTS = [TenantId("ada"), TenantId("bob")]
MOST_FILES = 12
LIMITS = TenantLimits(requests_per_minute=4, uploads_at_once=2, bytes_per_day=1000, files_waiting=MOST_FILES)
SECONDS = st.integers(1, 200).map(lambda seconds: timedelta(seconds=seconds))
BYTES = st.integers(0, 700)


@dataclass
class Account:
    """A job as it should be: how each of its files stands."""

    job: Job
    files: dict[int, str] = field(default_factory=dict)  # open, failed (can be tried again), or over
    is_receiving: bool = True
    is_cancelled: bool = False

    @property
    def open(self) -> int:
        return sum(state == "open" for state in self.files.values())


@dataclass
class Meter:
    """A quota of `most` in a window (domain/limits.py), in exact fractions of a millisecond."""

    most: int
    window_ms: int
    whole_at: Fraction = Fraction(0)

    def stand(self, now_ms: int) -> Fraction:
        """In how many milliseconds all of it is there again."""
        return max(Fraction(0), self.whole_at - now_ms)

    def may(self, units: int, now_ms: int) -> bool:
        return self.stand(now_ms) + Fraction(max(1, units) * self.window_ms, self.most) <= self.window_ms

    def give(self, units: int, now_ms: int) -> None:
        self.whole_at = max(Fraction(now_ms), self.whole_at) + Fraction(units * self.window_ms, self.most)

    def remaining(self, now_ms: int) -> int:
        return max(0, int((self.window_ms - self.stand(now_ms)) * self.most / self.window_ms))


def keys_of(client: redis.Redis, pattern: str) -> list[bytes]:
    """All keys of that form."""
    found: Any = client.keys(pattern)
    return list(found)


class FilesMachine(RuleBasedStateMachine):
    """Jobs that come, are worked on and go in every way there is, beside the count of files that have not ended."""

    jobs: RedisJobStore
    client: redis.Redis
    prefix: str

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.numbers = count()
        self.accounts: dict[JobId, Account] = {}
        self.held: list[Claim] = []

    @rule(tenant=st.sampled_from(TENANTS))
    def begin_job(self, tenant: TenantId) -> None:
        job = new_job(tenant, job_id=JobId(f"{next(self.numbers):032x}"))
        self.jobs.create(job)
        self.accounts[job.id] = Account(job)

    @precondition(lambda self: any(one.is_receiving for one in self.accounts.values()))
    @rule(data=st.data(), bad=st.lists(st.booleans(), min_size=1, max_size=5), are_twins=st.booleans())
    def receive_files(self, data: st.DataObject, bad: list[bool], *, are_twins: bool) -> None:
        account = self._any(data, [one for one in self.accounts.values() if one.is_receiving])
        job, first = account.job, len(account.files)
        digest = f"of batch {first}" if are_twins else ""
        batch = [
            ended_at_the_door(file, NOT_A_PDF) if is_bad else file
            for file, is_bad in zip(new_files(job, len(bad), first=first, digest=digest), bad, strict=True)
        ]
        if self._open(job.tenant) + len(batch) > MOST_FILES:
            with pytest.raises(TooManyFilesWaitingError):
                self.jobs.add_files(job.id, batch, most_open=MOST_FILES)
            return
        self.jobs.add_files(job.id, batch, most_open=MOST_FILES)
        account.files |= {file.number: "over" if file.outcome else "open" for file in batch}

    @precondition(lambda self: any(one.is_receiving for one in self.accounts.values()))
    @rule(data=st.data(), at_once=st.booleans())
    def hand_in(self, data: st.DataObject, *, at_once: bool) -> None:
        account = self._any(data, [one for one in self.accounts.values() if one.is_receiving])
        self.jobs.seal(account.job.id, JobOptions(), now=self.now)
        account.is_receiving = False
        if at_once:
            self.jobs.open(account.job.id, LANE, now=self.now)

    @precondition(lambda self: any(not one.is_receiving for one in self.accounts.values()))
    @rule(data=st.data())
    def open_job(self, data: st.DataObject) -> None:
        account = self._any(data, [one for one in self.accounts.values() if not one.is_receiving])
        self.jobs.open(account.job.id, LANE, now=self.now)

    @rule(files=st.integers(1, 5))
    def claim(self, files: int) -> None:
        for _ in range(files):
            if claim := self.jobs.claim(LANE, now=self.now, lease=LEASE):
                self.held.append(claim)

    @precondition(lambda self: self.held)
    @rule(
        data=st.data(),
        end=st.sampled_from([FileState.DONE, FileState.KEPT, FileState.FAILED, "defer", "give_back"]),
        twice=st.booleans(),
    )
    def end_file(self, data: st.DataObject, end: FileState | str, *, twice: bool) -> None:
        """Also by a worker whose lease is over: then nothing may change."""
        claim = data.draw(st.sampled_from(self.held))
        if not twice:
            self.held.remove(claim)
        try:
            if end == "defer":
                self.jobs.defer(claim, until=self.now + LEASE)
            elif end == "give_back":
                self.jobs.give_back(claim, lane=LANE)
            else:
                self.jobs.settle(claim, Outcome(FileState(end), "reason"), now=self.now)
        except BulkpressError:
            return
        if end in set(FileState):
            state = "failed" if end is FileState.FAILED else "over"
            self.accounts[claim.job_id].files[claim.file.number] = state

    @rule(passing=SECONDS)
    def sweep_later(self, passing: timedelta) -> None:
        self.now += passing
        before = sum(one.open for one in self.accounts.values())
        swept = self.jobs.sweep(now=self.now, max_attempts=2)
        for account in self.accounts.values():  # which of them are quarantined, tests/property/test_job_store.py says
            for file in self.jobs.files(account.job.id):
                if file.state is FileState.FAILED and account.files[file.number] == "open":
                    account.files[file.number] = "failed"
        assert before - sum(one.open for one in self.accounts.values()) == swept.quarantined

    @precondition(lambda self: self.accounts)
    @rule(data=st.data(), twice=st.booleans())
    def cancel(self, data: st.DataObject, *, twice: bool) -> None:
        account = self._any(data, list(self.accounts.values()))
        for _ in range(1 + twice):
            self.jobs.cancel(account.job.id, now=self.now)
        account.is_receiving = False
        account.is_cancelled |= account.open > 0
        account.files |= {number: "over" for number, state in account.files.items() if state == "open"}

    @precondition(lambda self: self.accounts)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        account = self._any(data, list(self.accounts.values()))
        if account.is_cancelled:
            with pytest.raises(JobCancelledError):
                self.jobs.retry(account.job.id, now=NOW)
            return
        self.jobs.retry(account.job.id, now=NOW)
        account.files |= {number: "open" for number, state in account.files.items() if state == "failed"}

    @precondition(lambda self: self.accounts)
    @rule(data=st.data(), how=st.sampled_from(["delete", "again later", "gone by itself"]), twice=st.booleans())
    def delete(self, data: st.DataObject, how: str, *, twice: bool) -> None:
        job_id = self._any(data, list(self.accounts.values())).job.id
        if how == "gone by itself":
            self._let_go(job_id)
        later = NOW + timedelta(days=2) if how == "again later" else None
        for _ in range(1 + twice):
            self.jobs.delete(job_id, look_again_at=later)
        del self.accounts[job_id]

    @invariant()
    def as_many_files_are_counted_as_have_not_ended(self) -> None:
        for tenant in TENANTS:
            assert int(self.client.get(f"{self.prefix}open:{tenant}") or 0) == self._open(tenant)

    @invariant()
    def nothing_is_left_where_nothing_is(self) -> None:
        if not self.accounts:
            left = {key.decode().removeprefix(self.prefix) for key in keys_of(self.client, f"{self.prefix}*")}
            again = ("deleted:", "expiring", "tenants")  # where to look once more for objects
            lanes = tuple(f"lane:{LANE}{kind}" for kind in ("", ":absent", ":pace", ":due"))  # `due` until it is swept
            assert [key for key in left if not key.startswith(again) and key not in lanes] == []

    def _open(self, tenant: TenantId) -> int:
        return sum(one.open for one in self.accounts.values() if one.job.tenant == tenant)

    def _any(self, data: st.DataObject, accounts: list[Account]) -> Account:
        return data.draw(st.sampled_from(sorted(accounts, key=lambda one: one.job.id)))

    def _let_go(self, job_id: JobId) -> None:
        """What Redis does with a job's records a day after it has expired."""
        for key in keys_of(self.client, f"{self.prefix}*{job_id}*"):
            if self.client.pttl(key) > 0:
                self.client.delete(key)


class QuotaMachine(RuleBasedStateMachine):
    """Requests and uploads of two tenants, beside plain meters and a list of what is under way."""

    limiter: RedisLimiter

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.numbers = count()
        self.requests = {tenant: Meter(4, 60_000) for tenant in TENANTS}
        self.bytes = {tenant: Meter(1000, 86_400_000) for tenant in TENANTS}
        self.under_way: dict[tuple[TenantId, str], int] = {}  # what each was charged with
        self.places: dict[tuple[TenantId, str], datetime] = {}  # until when each of those has one that has one

    @property
    def ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    @rule(passing=st.integers(0, 4000).map(lambda ms: timedelta(milliseconds=ms * ms)))
    def wait(self, passing: timedelta) -> None:
        self.now += passing

    @rule(tenant=st.sampled_from(TENANTS), times=st.integers(1, 5))
    def ask(self, tenant: TenantId, times: int) -> None:
        for _ in range(times):
            meter = self.requests[tenant]
            if not meter.may(1, self.ms):
                with pytest.raises(TooManyRequestsError):
                    self.limiter.admit(tenant, LIMITS, now=self.now)
                return
            meter.give(1, self.ms)
            told = self.limiter.admit(tenant, LIMITS, now=self.now)
            assert told.requests
            assert told.requests.remaining == meter.remaining(self.ms)

    @rule(tenant=st.sampled_from(TENANTS), announced=BYTES)
    def begin_upload(self, tenant: TenantId, announced: int) -> None:
        name = str(next(self.numbers))
        refusal: type[BulkpressError] | None = None
        if not self.requests[tenant].may(1, self.ms):
            refusal = TooManyRequestsError
        else:
            self.requests[tenant].give(1, self.ms)
            self._let_go_of_dead(tenant)
            if sum(key[0] == tenant for key in self.places) >= 2:
                refusal = TooManyUploadsError
            elif not self.bytes[tenant].may(announced, self.ms):
                refusal = DailyBytesUsedUpError
        if refusal:
            with pytest.raises(refusal):
                self.limiter.begin_upload(tenant, LIMITS, name, announced, now=self.now, lease=LEASE)
            return
        told = self.limiter.begin_upload(tenant, LIMITS, name, announced, now=self.now, lease=LEASE)
        self.bytes[tenant].give(announced, self.ms)
        self.under_way[tenant, name] = announced
        self.places[tenant, name] = self.now + LEASE
        assert told.bytes
        assert told.bytes.remaining == self.bytes[tenant].remaining(self.ms)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        tenant, name = data.draw(st.sampled_from(sorted(self.under_way)))
        self.limiter.renew_upload(tenant, name, now=self.now, lease=LEASE)
        if (tenant, name) in self.places:
            self.places[tenant, name] = self.now + LEASE

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), received=BYTES, times=st.integers(1, 2))
    def end(self, data: st.DataObject, received: int, times: int) -> None:
        tenant, name = data.draw(st.sampled_from(sorted(self.under_way)))
        charged = self.under_way.pop((tenant, name))
        self.places.pop((tenant, name), None)
        for _ in range(times):
            self.limiter.end_upload(tenant, LIMITS, name, received, now=self.now)
        self.bytes[tenant].give(received - charged, self.ms)

    def _let_go_of_dead(self, tenant: TenantId) -> None:
        """Those that nobody has heard of get back what they were charged with."""
        for key in [key for key, end in self.places.items() if key[0] == tenant and end <= self.now]:
            del self.places[key]
            if self.under_way[key]:
                self.bytes[tenant].give(-self.under_way[key], self.ms)
            self.under_way[key] = 0


BOUNDS = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_files_that_wait_are_counted_rightly_whatever_becomes_of_them(redis_client: redis.Redis) -> None:
    numbers = count()

    class Machine(FilesMachine):
        def __init__(self) -> None:
            super().__init__()
            self.prefix = f"example-{next(numbers)}:"
            self.client = redis_client
            self.jobs = RedisJobStore(redis_client, prefix=self.prefix)

    run_state_machine_as_test(Machine, settings=BOUNDS)


def test_quotas_are_taken_and_come_back_as_plain_meters_say(redis_client: redis.Redis) -> None:
    numbers = count()

    class Machine(QuotaMachine):
        def __init__(self) -> None:
            super().__init__()
            self.limiter = RedisLimiter(redis_client, prefix=f"example-{next(numbers)}:")

    run_state_machine_as_test(Machine, settings=BOUNDS)
