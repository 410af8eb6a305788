"""A job store in this process's memory: for tests, and as the shortest telling of what the Redis one does."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from uuid import uuid4

from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.errors import ConflictError, JobNotFoundError, JobSealedError, LeaseLostError
from bulkpress_core.domain.jobs import (
    Claim,
    FileState,
    Job,
    JobFile,
    JobId,
    JobState,
    Outcome,
    TenantId,
    engine_crash,
)
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.ports.job_store import Swept


@dataclass
class _JobRecord:
    """One job and all that belongs to it."""

    job: Job
    files: list[JobFile] = field(default_factory=list)
    pending: deque[int] = field(default_factory=deque)  # numbers of the files that wait in the lane
    tokens: dict[int, str] = field(default_factory=dict)  # who holds which running file
    deferrals: Counter[int] = field(default_factory=Counter)  # by file: attempts that ended by giving it back
    sealed_at: datetime | None = None


@dataclass
class _LaneRecord:
    """One lane: whose turn it is, and which of its files come back when."""

    clock: float = 0.0  # virtual time: where the tenant stood that was served last, before it was charged
    served: dict[TenantId, float] = field(default_factory=dict)  # virtual time of each tenant ever seen
    turns: dict[TenantId, deque[JobId]] = field(default_factory=dict)  # jobs with files waiting, the next one first
    due: dict[tuple[JobId, int], datetime] = field(default_factory=dict)  # ends of leases and deferrals


class MemoryJobStore:
    """JobStore behind one lock. Nothing is forgotten by itself."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._jobs: dict[JobId, _JobRecord] = {}
        self._lanes = {lane: _LaneRecord() for lane in Lane}

    def create(self, job: Job) -> None:
        """Record a new job."""
        with self._lock:
            if job.id in self._jobs:
                raise ConflictError(f"job {job.id} is there already")
            self._jobs[job.id] = _JobRecord(job)

    def add_files(self, job_id: JobId, files: Sequence[JobFile]) -> None:
        """Add files to a job that is RECEIVING."""
        with self._lock:
            record = self._record(job_id)
            if record.job.state is not JobState.RECEIVING:
                raise JobSealedError
            numbers = [file.number for file in files]
            first = len(record.files)
            if numbers != list(range(first, first + len(files))):
                raise ConflictError(f"the next file of the job is number {first}")
            record.files += files
            record.job = replace(record.job, totals=replace(record.job.totals, files=len(record.files)))

    def seal(self, job_id: JobId, settings: CompressionSettings, *, now: datetime) -> Job:
        """Hand the job in."""
        with self._lock:
            record = self._record(job_id)
            if record.job.state is not JobState.RECEIVING:
                raise JobSealedError
            record.sealed_at = now
            record.job = replace(record.job, state=JobState.QUEUED, settings=settings)
            return record.job

    def open(self, job_id: JobId, lane: Lane, *, now: datetime) -> int:
        """Put every file of a QUEUED job into `lane`."""
        with self._lock:
            record = self._record(job_id)
            if record.job.state is JobState.RECEIVING:
                raise ConflictError("the job is still receiving files: seal it before opening it")
            if record.job.state is not JobState.QUEUED:
                return 0
            record.job = replace(record.job, state=JobState.RUNNING)
            record.pending.extend(range(len(record.files)))
            if record.pending:
                self._enter(record.job, lane)
            self._end_with_last_file(record, now)
            return len(record.files)

    def unopened(self, *, sealed_before: datetime, limit: int) -> Sequence[JobId]:
        """Jobs QUEUED since before that time, oldest first."""
        with self._lock:
            queued = [
                (record.sealed_at, job_id)
                for job_id, record in self._jobs.items()
                if record.job.state is JobState.QUEUED and record.sealed_at and record.sealed_at < sealed_before
            ]
            return [job_id for _, job_id in sorted(queued)[:limit]]

    def claim(self, lane: Lane, *, now: datetime, lease: timedelta) -> Claim | None:
        """Take the next file of `lane`: of the tenant that has had least, of its job whose turn it is, the first."""
        with self._lock:
            record = self._lanes[lane]
            if not record.turns:
                return None
            tenant = min(record.turns, key=lambda waiting: (record.served[waiting], waiting))
            turns = record.turns[tenant]
            job = self._jobs[turns.popleft()]
            number = job.pending.popleft()
            if job.pending:
                turns.append(job.job.id)
            if not turns:
                del record.turns[tenant]
            file = job.files[number].moved_to(FileState.RUNNING)
            file = job.files[number] = replace(file, attempts=file.attempts + 1)
            record.clock = record.served[tenant]
            record.served[tenant] += file.charge
            record.due[job.job.id, number] = now + lease
            token = job.tokens[number] = uuid4().hex
            return Claim(job.job.id, tenant, lane, file, job.job.settings, token)

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Make the lease end at `now + lease`."""
        with self._lock:
            self._held(claim)
            self._lanes[claim.lane].due[claim.job_id, claim.file.number] = now + lease

    def settle(self, claim: Claim, outcome: Outcome, *, now: datetime) -> Job:
        """End the file, and the job with its last one."""
        with self._lock:
            record = self._held(claim)
            self._release(claim)
            return self._end_file(record, claim.file.number, outcome, now)

    def defer(self, claim: Claim, *, until: datetime) -> None:
        """Give the file back until then. This attempt does not count towards `max_attempts`."""
        with self._lock:
            record = self._held(claim)
            number = claim.file.number
            del record.tokens[number]
            record.deferrals[number] += 1
            record.files[number] = record.files[number].moved_to(FileState.PENDING)
            self._lanes[claim.lane].due[claim.job_id, number] = until

    def sweep(self, *, now: datetime, max_attempts: int, limit: int = 1000) -> Swept:
        """Return or fail files whose lease or deferral has run out, those that ran out first first."""
        returned: Counter[Lane] = Counter()
        quarantined = 0
        with self._lock:
            for lane, lane_record in self._lanes.items():
                ends = sorted((end, key) for key, end in lane_record.due.items() if end <= now)
                for _, (job_id, number) in ends[: limit - returned.total() - quarantined]:
                    del lane_record.due[job_id, number]
                    record = self._jobs[job_id]
                    died = record.tokens.pop(number, None) is not None
                    file = record.files[number]
                    if died and file.attempts - record.deferrals[number] >= max_attempts:
                        self._end_file(record, number, engine_crash(max_attempts), now)
                        quarantined += 1
                        continue
                    if died:
                        record.files[number] = file.moved_to(FileState.PENDING)
                    record.pending.appendleft(number)
                    self._enter(record.job, lane, first=True)
                    returned[lane] += 1
        return Swept(dict(returned), quarantined)

    def get(self, job_id: JobId) -> Job:
        """The job as it stands."""
        with self._lock:
            return self._record(job_id).job

    def files(self, job_id: JobId, *, start: int = 0, stop: int | None = None) -> Sequence[JobFile]:
        """Files `start` (included) to `stop` (excluded) by number."""
        with self._lock:
            return self._record(job_id).files[start:stop]

    def pending(self, lane: Lane) -> int:
        """How many files wait in the lane."""
        with self._lock:
            return sum(len(self._jobs[job].pending) for jobs in self._lanes[lane].turns.values() for job in jobs)

    def running(self, lane: Lane) -> int:
        """How many files of the lane are claimed or deferred."""
        with self._lock:
            return len(self._lanes[lane].due)

    def expired(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Jobs past their `expires_at`, oldest first."""
        with self._lock:
            jobs = [record.job for record in self._jobs.values() if record.job.expires_at <= now]
            return sorted(jobs, key=lambda job: (job.expires_at, job.id))[:limit]

    def delete(self, job_id: JobId) -> None:
        """Forget the job and every trace of it."""
        with self._lock:
            if self._jobs.pop(job_id, None) is None:
                return
            for lane in self._lanes.values():
                for tenant, turns in list(lane.turns.items()):
                    lane.turns[tenant] = deque(turn for turn in turns if turn != job_id)
                    if not lane.turns[tenant]:
                        del lane.turns[tenant]
                lane.due = {key: end for key, end in lane.due.items() if key[0] != job_id}

    def check(self) -> None:
        """Memory always answers."""

    def _record(self, job_id: JobId) -> _JobRecord:
        if job_id not in self._jobs:
            raise JobNotFoundError
        return self._jobs[job_id]

    def _held(self, claim: Claim) -> _JobRecord:
        record = self._jobs.get(claim.job_id)
        if record is None or record.tokens.get(claim.file.number) != claim.token:
            raise LeaseLostError
        return record

    def _release(self, claim: Claim) -> None:
        del self._jobs[claim.job_id].tokens[claim.file.number]
        del self._lanes[claim.lane].due[claim.job_id, claim.file.number]

    def _enter(self, job: Job, lane: Lane, *, first: bool = False) -> None:
        """Give the job a turn; a tenant that was away starts at the lane's time, or later if it had more than that."""
        record = self._lanes[lane]
        if job.tenant not in record.turns:
            record.turns[job.tenant] = deque()
            record.served[job.tenant] = max(record.clock, record.served.get(job.tenant, 0.0))
        turns = record.turns[job.tenant]
        if first:
            if job.id in turns:
                turns.remove(job.id)
            turns.appendleft(job.id)
        else:
            turns.append(job.id)

    def _end_file(self, record: _JobRecord, number: int, outcome: Outcome, now: datetime) -> Job:
        file = record.files[number].moved_to(outcome.state)
        record.files[number] = replace(file, outcome=outcome)
        record.job = replace(record.job, totals=record.job.totals.plus(file.size_bytes, outcome))
        return self._end_with_last_file(record, now)

    def _end_with_last_file(self, record: _JobRecord, now: datetime) -> Job:
        if record.job.totals.ended == record.job.totals.files:
            record.job = replace(record.job, state=JobState.FINISHED, finished_at=now)
        return record.job
