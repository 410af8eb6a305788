"""Whatever happens in whatever order, no file is lost, none ends twice, and the totals are the sums over the files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.errors import JobCancelledError, LeaseLostError
from bulkpress_core.domain.jobs import ENDED, Claim, FileState, JobId, JobState, Outcome, Totals
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.sniffing import NOT_A_PDF, ended_at_the_door
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import LANE, LEASE, NOW, new_files, new_job, opened_job

MAX_ATTEMPTS = 2
SETTLED = (FileState.DONE, FileState.FAILED, FileState.KEPT)  # what a worker can say of a file
SECONDS = st.integers(min_value=1, max_value=100).map(lambda seconds: timedelta(seconds=seconds))
File = tuple[JobId, int]


@dataclass
class Model:
    """What must be true of the store, as sets of files."""

    waiting: set[File] = field(default_factory=set)
    held: dict[File, Claim] = field(default_factory=dict)
    due: dict[File, datetime] = field(default_factory=dict)  # ends of leases and deferrals
    deaths: dict[File, int] = field(default_factory=dict)
    ended: dict[File, FileState] = field(default_factory=dict)
    never_here: set[File] = field(default_factory=set)  # failed at the door: never tried again
    twins: dict[File, set[File]] = field(default_factory=dict)  # by the file whose end they wait for
    cancelled: set[JobId] = field(default_factory=set)
    jobs: dict[JobId, int] = field(default_factory=dict)  # how many files each has

    def forget(self, job_id: JobId) -> None:
        """Drop all that is known of the job."""
        del self.jobs[job_id]
        self.cancelled.discard(job_id)
        self.forget_all_but_ends(job_id)
        for file in [file for file in self.ended if file[0] == job_id]:
            self.ended.pop(file)

    def forget_all_but_ends(self, job_id: JobId) -> None:
        """Drop all that may still become of the job's files."""
        self.waiting = {file for file in self.waiting if file[0] != job_id}
        for known in (self.held, self.due, self.deaths, self.twins):
            for file in [file for file in known if file[0] == job_id]:
                known.pop(file)

    def files(self, job_id: JobId) -> set[File]:
        """All files of the job."""
        return {(job_id, number) for number in range(self.jobs[job_id])}


class JobStoreMachine(RuleBasedStateMachine):
    """Workers that claim, settle, defer, give back and die, beside users who open, cancel, retry and delete jobs."""

    def __init__(self, jobs: JobStore) -> None:
        super().__init__()
        self.jobs = jobs
        self.now = NOW
        self.numbers = count()
        self.model = Model()
        self.stale: list[Claim] = []  # claims that hold no more

    @rule(tenant=st.sampled_from("abc"), files=st.integers(0, 3), cost=st.sampled_from([0.0, 1.0, 1e3, 1e12]))
    def open_job(self, tenant: str, files: int, cost: float) -> None:
        job_id = JobId(f"{next(self.numbers):032x}")  # not random: examples must be repeatable
        opened_job(self.jobs, files, tenant=tenant, cost=cost, job_id=job_id)
        self.model.jobs[job_id] = files
        self.model.waiting |= self.model.files(job_id)

    @rule(tenant=st.sampled_from("abc"), files=st.integers(1, 3))
    def open_job_of_twins(self, tenant: str, files: int) -> None:
        job_id = JobId(f"{next(self.numbers):032x}")
        opened_job(self.jobs, files, tenant=tenant, job_id=job_id, digest="same")
        self.model.jobs[job_id] = files
        first = job_id, 0
        self.model.waiting.add(first)
        self.model.twins[first] = self.model.files(job_id) - {first}

    @rule(tenant=st.sampled_from("abc"), bad=st.lists(st.booleans(), max_size=4))
    def open_job_with_files_that_are_no_pdfs(self, tenant: str, bad: list[bool]) -> None:
        job = new_job(tenant, job_id=JobId(f"{next(self.numbers):032x}"))
        files = [
            ended_at_the_door(file, NOT_A_PDF) if is_bad else file
            for file, is_bad in zip(new_files(job, len(bad)), bad, strict=True)
        ]
        self.jobs.create(job)
        self.jobs.add_files(job.id, files)
        self.jobs.seal(job.id, JobOptions(), now=self.now)
        self.jobs.open(job.id, LANE, now=self.now)
        self.model.jobs[job.id] = len(files)
        for file in files:
            if file.outcome:
                self.model.ended[job.id, file.number] = FileState.FAILED
                self.model.never_here.add((job.id, file.number))
            else:
                self.model.waiting.add((job.id, file.number))

    @rule(workers=st.integers(1, 4))
    def claim(self, workers: int) -> None:
        for _ in range(workers):
            claim = self.jobs.claim(LANE, now=self.now, lease=LEASE)
            assert (claim is None) == (not self.model.waiting)
            if claim:
                file = claim.job_id, claim.file.number
                self.model.waiting.remove(file)  # a KeyError here is a file that was given out twice
                self.model.held[file] = claim
                self.model.due[file] = self.now + LEASE

    @precondition(lambda self: self.model.held)
    @rule(data=st.data(), state=st.sampled_from(SETTLED), bytes_out=st.integers(0, 100), files=st.integers(1, 4))
    def settle(self, data: st.DataObject, state: FileState, bytes_out: int, files: int) -> None:
        for _ in range(min(files, len(self.model.held))):
            file, claim = self._any_held(data)
            settled = self.jobs.settle(claim, Outcome(state, "reason", bytes_out=bytes_out), now=self.now)
            self.model.ended[file] = state
            self._release(file)
            twins = self.model.twins.pop(file, set())
            assert settled.released == len(twins)
            self.model.waiting |= twins

    @precondition(lambda self: self.model.held)
    @rule(data=st.data(), delay=SECONDS)
    def defer(self, data: st.DataObject, delay: timedelta) -> None:
        file, claim = self._any_held(data)
        self.jobs.defer(claim, until=self.now + delay)
        self._release(file)
        self.model.due[file] = self.now + delay

    @precondition(lambda self: self.model.held)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        file, claim = self._any_held(data)
        self.jobs.give_back(claim, lane=LANE)
        self._release(file)
        self.model.waiting.add(file)

    @precondition(lambda self: self.model.held)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        file, claim = self._any_held(data)
        self.jobs.renew(claim, now=self.now, lease=LEASE)
        self.model.due[file] = self.now + LEASE

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def come_too_late(self, data: st.DataObject) -> None:
        for claim in data.draw(st.lists(st.sampled_from(self.stale), min_size=1, max_size=4)):
            for act in (
                partial(self.jobs.settle, claim, Outcome(FileState.DONE, "late"), now=self.now),
                partial(self.jobs.defer, claim, until=self.now),
                partial(self.jobs.give_back, claim, lane=LANE),
                partial(self.jobs.renew, claim, now=self.now, lease=LEASE),
            ):
                with pytest.raises(LeaseLostError):
                    act()

    @rule(passing=SECONDS)
    def sweep_later(self, passing: timedelta) -> None:
        self.now += passing
        swept = self.jobs.sweep(now=self.now, max_attempts=MAX_ATTEMPTS)
        returned = quarantined = 0
        for file in [file for file, end in self.model.due.items() if end <= self.now]:
            if file in self.model.held:
                self.model.deaths[file] = self.model.deaths.get(file, 0) + 1
            self._release(file)
            if self.model.deaths.get(file) == MAX_ATTEMPTS:
                for killer in (file, *self.model.twins.pop(file, set())):
                    self.model.ended[killer] = FileState.FAILED
                    quarantined += 1
            else:
                self.model.waiting.add(file)
                returned += 1
        assert (swept.returned.get(LANE, 0), swept.quarantined) == (returned, quarantined)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        job_id = self._any_job(data)
        unended = self.model.files(job_id) - self.model.ended.keys()
        job = self.jobs.cancel(job_id, now=self.now)
        assert job.state is JobState.FINISHED
        self._forget_claims(job_id)
        self.model.forget_all_but_ends(job_id)
        self.model.ended |= dict.fromkeys(unended, FileState.CANCELLED)
        if unended:
            self.model.cancelled.add(job_id)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        job_id = self._any_job(data)
        if job_id in self.model.cancelled:
            with pytest.raises(JobCancelledError):
                self.jobs.retry(job_id, now=NOW)
            return
        failed = {file for file in self.model.files(job_id) if self.model.ended.get(file) is FileState.FAILED}
        failed -= self.model.never_here
        assert self.jobs.retry(job_id, now=NOW).get(LANE, 0) == len(failed)
        for file in failed:
            self.model.ended.pop(file)
            self.model.deaths.pop(file, None)
        self.model.waiting |= failed

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        job_id = self._any_job(data)
        self.jobs.delete(job_id)
        self._forget_claims(job_id)
        self.model.forget(job_id)

    @invariant()
    def no_file_is_lost(self) -> None:
        assert self.jobs.pending(LANE) == len(self.model.waiting)
        assert self.jobs.running(LANE) == len(self.model.due)
        twins = sum(map(len, self.model.twins.values()))
        known = len(self.model.waiting) + twins + len(self.model.due) + len(self.model.ended)
        assert known == sum(self.model.jobs.values())

    @invariant()
    def totals_are_the_sums_over_the_files(self) -> None:
        for job_id, file_count in self.model.jobs.items():
            job = self.jobs.get(job_id)
            sums = Totals(files=file_count)
            for file in self.jobs.files(job_id):
                assert file.state == self._expected_state((job_id, file.number))
                assert (file.outcome is not None) == (file.state in ENDED)
                sums = sums.plus(file.size_bytes, file.outcome) if file.outcome else sums
            assert job.totals == sums
            assert (job.state is JobState.FINISHED) == (sums.ended == file_count)

    def _expected_state(self, file: File) -> FileState:
        if file in self.model.held:
            return FileState.RUNNING
        return self.model.ended.get(file, FileState.PENDING)

    def _any_job(self, data: st.DataObject) -> JobId:
        return data.draw(st.sampled_from(sorted(self.model.jobs)))

    def _forget_claims(self, job_id: JobId) -> None:
        """None of the job's claims holds any more."""
        self.stale += [claim for claim in self.model.held.values() if claim.job_id == job_id]

    def _any_held(self, data: st.DataObject) -> tuple[File, Claim]:
        file = data.draw(st.sampled_from(sorted(self.model.held)))
        return file, self.model.held[file]

    def _release(self, file: File) -> None:
        del self.model.due[file]
        if claim := self.model.held.pop(file, None):
            self.stale.append(claim)


def run(new_store: Callable[[], JobStore], *, examples: int) -> None:
    class Machine(JobStoreMachine):
        def __init__(self) -> None:
            super().__init__(new_store())

    slow_is_fine = [HealthCheck.too_slow]
    bounds = settings(
        max_examples=examples, stateful_step_count=50, deadline=None, database=None, suppress_health_check=slow_is_fine
    )
    run_state_machine_as_test(Machine, settings=bounds)


def test_the_store_loses_nothing_and_counts_everything_once(redis_client: redis.Redis) -> None:
    numbers = count()
    run(lambda: RedisJobStore(redis_client, prefix=f"example-{next(numbers)}:"), examples=60)
