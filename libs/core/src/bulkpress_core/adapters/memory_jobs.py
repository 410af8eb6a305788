"""A job store in this process's memory: for tests, and as the shortest telling of what the Redis one does."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from uuid import uuid4

from bulkpress_core.adapters.memory_lanes import MemoryLane
from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.errors import (
    ConflictError,
    JobCancelledError,
    JobNotFoundError,
    JobSealedError,
    LeaseLostError,
)
from bulkpress_core.domain.jobs import (
    CANCELLED,
    ENDED,
    Claim,
    FileState,
    Job,
    JobFile,
    JobId,
    JobState,
    Outcome,
    Receipt,
    TenantId,
    Totals,
    engine_crash,
)
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.ports.job_store import Settled, Swept


@dataclass
class _JobRecord:
    """One job and all that belongs to it."""

    job: Job
    touched_at: datetime
    files: list[JobFile] = field(default_factory=list)
    first_of: dict[str, int] = field(default_factory=dict)  # by digest
    twins: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # wait for that file's end
    lane: Lane = Lane.COMPRESSION  # of its files that are not heavy; decided when it is opened
    tokens: dict[int, str] = field(default_factory=dict)  # who holds which running file
    given_back: Counter[int] = field(default_factory=Counter)  # by file: attempts that ended so
    sealed_at: datetime | None = None

    def lane_of(self, number: int) -> Lane:
        """Where a file of an opened job waits."""
        return Lane.HEAVY if self.files[number].heavy else self.lane


class MemoryJobStore:
    """JobStore behind one lock. Nothing is forgotten by itself."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._jobs: dict[JobId, _JobRecord] = {}
        self._lanes = {lane: MemoryLane() for lane in Lane}
        self._known: dict[tuple[TenantId, str], tuple[JobId, int]] = {}
        self._look_again: dict[JobId, Job] = {}  # deleted ones, expiring when their objects are to be looked for again
        self._receipts: defaultdict[TenantId, list[Receipt]] = defaultdict(list)

    def create(self, job: Job) -> None:
        """Record a new job."""
        with self._lock:
            if job.id in self._jobs:
                raise ConflictError(f"job {job.id} is there already")
            self._jobs[job.id] = _JobRecord(job, job.created_at)

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
            for file in files:
                if file.digest and (twin := record.first_of.setdefault(file.digest, file.number)) != file.number:
                    record.twins[twin].append(file.number)
            record.files += files
            cost = sum((file.cost for file in files), record.job.cost)
            record.job = replace(record.job, totals=replace(record.job.totals, files=len(record.files)), cost=cost)

    def touch(self, job_id: JobId, *, now: datetime) -> None:
        """Say that the job is still RECEIVING."""
        with self._lock:
            if record := self._jobs.get(job_id):
                record.touched_at = now

    def stalled(self, *, untouched_since: datetime, limit: int) -> Sequence[Job]:
        """Jobs RECEIVING and untouched since before that time, longest first."""
        with self._lock:
            receiving = [record for record in self._jobs.values() if record.job.state is JobState.RECEIVING]
            stalled = [record for record in receiving if record.touched_at < untouched_since]
            return [record.job for record in sorted(stalled, key=lambda record: record.touched_at)[:limit]]

    def seal(self, job_id: JobId, settings: CompressionSettings, *, now: datetime) -> Job:
        """Hand the job in."""
        with self._lock:
            record = self._record(job_id)
            if record.job.state is not JobState.RECEIVING:
                raise JobSealedError
            record.sealed_at = now
            record.job = replace(record.job, state=JobState.QUEUED, settings=settings)
            return record.job

    def open(self, job_id: JobId, lane: Lane, *, now: datetime) -> Mapping[Lane, int]:
        """Put every file of a QUEUED job into its lane."""
        with self._lock:
            record = self._record(job_id)
            if record.job.state is JobState.RECEIVING:
                raise ConflictError("the job is still receiving files: seal it before opening it")
            if record.job.state is not JobState.QUEUED:
                return {}
            record.job = replace(record.job, state=JobState.RUNNING)
            record.lane = lane
            waiting = {number for twins in record.twins.values() for number in twins}
            opened = self._let_wait(record, [number for number in range(len(record.files)) if number not in waiting])
            self._end_with_last_file(record, now)
            return opened

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
        """Take the next file of `lane`."""
        with self._lock:
            if (found := self._lanes[lane].next()) is None:
                return None
            tenant, job_id, number = found
            record = self._jobs[job_id]
            file = record.files[number].moved_to(FileState.RUNNING)
            file = record.files[number] = replace(file, attempts=file.attempts + 1)
            self._lanes[lane].charge(tenant, file.charge(record.job.weight))
            self._lanes[lane].due[job_id, number] = now + lease
            token = record.tokens[number] = uuid4().hex
            return Claim(job_id, tenant, lane, file, record.job.settings, token)

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Make the lease end at `now + lease`."""
        with self._lock:
            self._held(claim)
            self._lanes[claim.lane].due[claim.job_id, claim.file.number] = now + lease

    def settle(self, claim: Claim, outcome: Outcome, *, now: datetime, known_as: str = "") -> Settled:
        """End the file, and the job with its last one."""
        with self._lock:
            record, number = self._released(claim), claim.file.number
            self._end_file(record, number, outcome, now)
            if known_as and outcome.state is not FileState.FAILED:
                self._known[claim.tenant, known_as] = claim.job_id, number
            twins = record.twins.pop(number, [])
            for twin in twins:
                record.files[twin] = replace(record.files[twin], heavy=claim.lane is Lane.HEAVY)
            self._lanes[claim.lane].let_wait(claim.tenant, claim.job_id, twins, first=True)
            return Settled(record.job, len(twins))

    def known(self, tenant: TenantId, name: str) -> JobFile | None:
        """The file settled last under this name, as long as its job is there."""
        with self._lock:
            job_id, number = self._known.get((tenant, name), (JobId(""), 0))
            record = self._jobs.get(job_id)
            return record.files[number] if record and record.files[number].state in ENDED else None

    def defer(self, claim: Claim, *, until: datetime) -> None:
        """Give the file back until then. This attempt does not count towards `max_attempts`."""
        with self._lock:
            record, number = self._released(claim), claim.file.number
            file = record.files[number].moved_to(FileState.PENDING)
            record.files[number] = replace(file, retries=file.retries + 1)
            record.given_back[number] += 1
            self._lanes[claim.lane].due[claim.job_id, number] = until

    def give_back(self, claim: Claim, *, lane: Lane) -> None:
        """Give the file back at once. This attempt does not count towards `max_attempts`."""
        with self._lock:
            record, number = self._released(claim), claim.file.number
            file = record.files[number].moved_to(FileState.PENDING)
            record.files[number] = replace(file, heavy=lane is Lane.HEAVY)
            record.given_back[number] += 1
            self._lanes[lane].let_wait(claim.tenant, claim.job_id, [number], first=True)

    def sweep(self, *, now: datetime, max_attempts: int, limit: int = 1000) -> Swept:
        """Return or fail files whose lease or deferral has run out, those that ran out first first."""
        returned: Counter[Lane] = Counter()
        quarantined = 0
        with self._lock:
            for lane, lane_record in self._lanes.items():
                ends = sorted((end, key) for key, end in lane_record.due.items() if end <= now)
                for _, (job_id, number) in ends[: max(0, limit - returned.total() - quarantined)]:
                    del lane_record.due[job_id, number]
                    record = self._jobs[job_id]
                    died = record.tokens.pop(number, None) is not None
                    file = record.files[number]
                    if died and file.attempts - record.given_back[number] >= max_attempts:
                        for killer in (number, *record.twins.pop(number, [])):
                            self._end_file(record, killer, engine_crash(max_attempts), now)
                            quarantined += 1
                        continue
                    if died:
                        record.files[number] = file.moved_to(FileState.PENDING)
                    lane_record.let_wait(record.job.tenant, job_id, [number], first=True)
                    returned[lane] += 1
        return Swept(dict(returned), quarantined)

    def cancel(self, job_id: JobId, *, now: datetime) -> Job:
        """End all files that have not ended."""
        with self._lock:
            record = self._record(job_id)
            self._withdraw(job_id)
            record.tokens.clear()
            for file in record.files:
                if file.state not in ENDED:
                    self._end_file(record, file.number, CANCELLED, now)
            return self._end_with_last_file(record, record.job.finished_at or now)

    def retry(self, job_id: JobId) -> Mapping[Lane, int]:
        """Put the failed files into their lanes once more."""
        with self._lock:
            record = self._record(job_id)
            if record.job.totals.cancelled:
                raise JobCancelledError
            failed = [file for file in record.files if file.state is FileState.FAILED]
            if not failed:
                return {}
            for file in failed:
                again = file.moved_to(FileState.PENDING)
                record.files[file.number] = replace(again, attempts=0, retries=0, outcome=None)
                record.given_back.pop(file.number, None)
            totals = replace(record.job.totals, failed=0)
            record.job = replace(record.job, state=JobState.RUNNING, totals=totals, finished_at=None)
            return self._let_wait(record, [file.number for file in failed])

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
            return self._lanes[lane].pending

    def running(self, lane: Lane) -> int:
        """How many files of the lane are claimed or deferred."""
        with self._lock:
            return len(self._lanes[lane].due)

    def expired(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Jobs past their `expires_at`, oldest first."""
        with self._lock:
            there = [record.job for record in self._jobs.values()]
            jobs = [job for job in (*there, *self._look_again.values()) if job.expires_at <= now]
            return sorted(jobs, key=lambda job: (job.expires_at, job.id))[:limit]

    def delete(self, job_id: JobId, *, receipt: Receipt | None = None, look_again_at: datetime | None = None) -> None:
        """Forget the job and every trace of it, or all but where its objects lay."""
        with self._lock:
            trace = self._look_again.pop(job_id, None)
            record = self._jobs.pop(job_id, None)
            if record is not None:
                self._withdraw(job_id)
                trace = replace(record.job, state=JobState.FINISHED, totals=Totals())
                if receipt is not None:
                    self._receipts[receipt.tenant].append(receipt)
            if trace is not None and look_again_at is not None:
                self._look_again[job_id] = replace(trace, expires_at=look_again_at)

    def receipts(self, tenant: TenantId, *, limit: int = 100) -> Sequence[Receipt]:
        """The tenant's last deletions, newest first."""
        with self._lock:
            return self._receipts[tenant][::-1][:limit]

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

    def _released(self, claim: Claim) -> _JobRecord:
        record = self._held(claim)
        del record.tokens[claim.file.number]
        del self._lanes[claim.lane].due[claim.job_id, claim.file.number]
        return record

    def _let_wait(self, record: _JobRecord, numbers: Sequence[int]) -> Mapping[Lane, int]:
        """Put files into their lanes, behind what waits there; return how many into each."""
        by_lane: defaultdict[Lane, list[int]] = defaultdict(list)
        for number in numbers:
            by_lane[record.lane_of(number)].append(number)
        for lane, waiting in by_lane.items():
            self._lanes[lane].let_wait(record.job.tenant, record.job.id, waiting)
        return {lane: len(waiting) for lane, waiting in by_lane.items()}

    def _withdraw(self, job_id: JobId) -> None:
        for lane in self._lanes.values():
            lane.withdraw(job_id)

    def _end_file(self, record: _JobRecord, number: int, outcome: Outcome, now: datetime) -> None:
        file = record.files[number].moved_to(outcome.state)
        record.files[number] = replace(file, outcome=outcome)
        record.job = replace(record.job, totals=record.job.totals.plus(file.size_bytes, outcome))
        self._end_with_last_file(record, now)

    def _end_with_last_file(self, record: _JobRecord, now: datetime) -> Job:
        if record.job.totals.ended == record.job.totals.files:
            record.job = replace(record.job, state=JobState.FINISHED, finished_at=now)
        return record.job
