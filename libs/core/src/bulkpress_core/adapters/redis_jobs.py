"""The job store in Redis 7 or newer (or Valkey): every change is one Lua script, told in lua/prelude.lua."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bulkpress_core.adapters.job_records import (
    by_lane,
    claim_of,
    job_fields,
    job_of,
    new_file_values,
    option_fields,
    outcome_fields,
    receipt_text,
    texts,
    to_ms,
)
from bulkpress_core.adapters.redis_job_reading import FILES_PER_CALL, RedisJobReading
from bulkpress_core.adapters.redis_scripts import reaching_redis
from bulkpress_core.domain.errors import ConflictError, JobCancelledError, JobNotFoundError, UnreadableRecordError
from bulkpress_core.domain.jobs import (
    Claim,
    Job,
    JobFile,
    JobId,
    JobState,
    Outcome,
    Receipt,
    TenantId,
    engine_crash,
    prefix_of,
)
from bulkpress_core.domain.lanes import PRESS_LANES, Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import Settled, Swept

REMEMBERED_AFTER_EXPIRY = timedelta(days=1)  # time for the cleanup, which needs the record to delete the job's objects
NEWER_WAITS = timedelta(seconds=30)  # a file that this version cannot read, for a worker that can
RECEIPTS_KEPT = 1000  # of a tenant ...
RECEIPTS_KEPT_FOR = timedelta(days=90)  # ... after the last one


class RedisJobStore(RedisJobReading):
    """JobStore in one Redis. `client` must return bytes; calls it sends again after losing a reply count once.

    Files are added, retried and deleted in batches of FILES_PER_CALL, each of them atomic; all else is atomic as a
    whole. A claim whose reply was lost is found by the sweep. Records go by themselves a day after their job expires;
    its id and tenant are kept until it is deleted, for its objects to be found.
    """

    def create(self, job: Job) -> None:
        """Record a new job."""
        expires = to_ms(job.expires_at)
        forget = to_ms(job.expires_at + REMEMBERED_AFTER_EXPIRY)
        created = to_ms(job.created_at)
        self._run("create", job.id, _call_id(), created, expires, forget, job.tenant, *job_fields(job))

    def add_files(self, job_id: JobId, files: Sequence[JobFile], *, most_open: int | None = None) -> None:
        """Add files to a job that is RECEIVING."""
        prefix = self.get(job_id).source_prefix
        numbers = [file.number for file in files]
        if files and numbers != list(range(numbers[0], numbers[0] + len(files))):
            raise ConflictError(f"the numbers of files added to job {job_id} must follow one by one")
        for start in range(0, len(files), FILES_PER_CALL):
            batch = files[start : start + FILES_PER_CALL]
            values = [value for file in batch for value in new_file_values(file, prefix)]
            most = "" if most_open is None else most_open
            self._run("add_files", job_id, _call_id(), batch[0].number, most, *values)

    def keep_awaiting(self, job_id: JobId, *, now: datetime) -> None:
        """Say that the job's client is still uploading."""
        with reaching_redis():
            self._client.zadd(self._key("awaiting"), {job_id: to_ms(now)}, xx=True)

    def awaited_in_parts(self, job_id: JobId, number: int, upload_id: str, *, instead_of: str = "") -> str:
        """Record under which id the file is uploaded in parts, unless somebody was faster."""
        (counts,) = self._run("awaited_in_parts", job_id, number, upload_id, instead_of)
        return str(counts.decode())

    def arrived(self, job_id: JobId, number: int, *, failed: Outcome | None = None, now: datetime) -> Lane | None:
        """Let a file that was awaited wait for its turn, or end it."""
        failure = (failed.reason, failed.detail) if failed else ("", "")
        (lane,) = self._run("arrived", job_id, number, _call_id(), to_ms(now), *failure)
        return Lane(lane.decode()) if lane else None

    def abandoned(self, *, untouched_since: datetime, limit: int) -> Sequence[Job]:
        """Jobs that await files and were untouched since before that time, longest first."""
        jobs = []
        for job_id in self._first_jobs("awaiting", f"({to_ms(untouched_since)}", limit):
            try:
                jobs.append(self.get(job_id))
            except JobNotFoundError:  # its record went by itself: nothing of it can arrive
                with reaching_redis():
                    self._client.zrem(self._key("awaiting"), job_id)
        return jobs

    def touch(self, job_id: JobId, *, now: datetime) -> None:
        """Say that the job is still RECEIVING."""
        with reaching_redis():
            self._client.zadd(self._key("receiving"), {job_id: to_ms(now)}, xx=True)

    def stalled(self, *, untouched_since: datetime, limit: int) -> Sequence[Job]:
        """Jobs RECEIVING and untouched since before that time, longest first."""
        found = self._first_jobs("receiving", f"({to_ms(untouched_since)}", limit)
        return [job for job_id in found if (job := self._job_or_trace(job_id, untouched_since))]

    def seal(self, job_id: JobId, options: JobOptions, *, now: datetime) -> Job:
        """Hand the job in."""
        expires = "" if options.expires_in is None else to_ms(now + options.expires_in)
        (fields,) = self._run("seal", job_id, _call_id(), to_ms(now), expires, *option_fields(options))
        return job_of(job_id, texts(fields))

    def open(self, job_id: JobId, lane: Lane, *, now: datetime) -> Mapping[Lane, int]:
        """Put every file of a QUEUED job into its lane."""
        opened, heavy = self._run("open", job_id, _call_id(), to_ms(now), lane)
        return by_lane(lane, opened, heavy)

    def unopened(self, *, sealed_before: datetime, limit: int) -> Sequence[JobId]:
        """Jobs QUEUED since before that time, oldest first."""
        return self._first_jobs("unopened", f"({to_ms(sealed_before)}", limit)

    def claim(self, lane: Lane, *, now: datetime, lease: timedelta) -> Claim | None:
        """Take the next file of `lane`: of the tenant that has had least, of its job whose turn it is, the first."""
        token = _call_id()
        reply = self._run("claim", lane, token, to_ms(now + lease), to_ms(now))
        if not reply:
            return None
        try:
            return claim_of(reply, lane, token)
        except UnreadableRecordError:
            job_id, number = reply[0].decode(), reply[3].decode()
            self._run("defer", job_id, number, lane, token, _call_id(), to_ms(now + NEWER_WAITS), "unread")
            raise

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Make the lease end at `now + lease`."""
        self._run("renew", *_place(claim), to_ms(now + lease))

    def settle(self, claim: Claim, outcome: Outcome, *, now: datetime, known_as: str = "") -> Settled:
        """End the file, and the job with its last one."""
        fields_told = outcome_fields(outcome, prefix_of(claim.tenant, claim.job_id))
        end = (outcome.state, outcome.bytes_out, known_as)
        released, fields = self._run("settle", *_place(claim), _call_id(), to_ms(now), *end, *fields_told)
        return Settled(job_of(claim.job_id, texts(fields)), released)

    def defer(self, claim: Claim, *, until: datetime) -> None:
        """Give the file back until then. This attempt does not count towards `max_attempts`."""
        self._run("defer", *_place(claim), _call_id(), to_ms(until))

    def give_back(self, claim: Claim, *, lane: Lane) -> None:
        """Give the file back at once. This attempt does not count towards `max_attempts`."""
        self._run("give_back", *_place(claim), _call_id(), lane)

    def sweep(self, *, now: datetime, max_attempts: int, limit: int = 1000) -> Swept:
        """Return or fail files whose lease or deferral has run out, those that ran out first first."""
        crash = engine_crash(max_attempts)
        returned: dict[Lane, int] = {}
        quarantined = 0
        for lane in Lane:
            rest = limit - sum(returned.values()) - quarantined
            back, failed = self._run("sweep", lane, to_ms(now), max_attempts, rest, crash.reason, crash.detail)
            quarantined += failed
            if back:
                returned[lane] = back
        return Swept(returned, quarantined)

    def cancel(self, job_id: JobId, *, now: datetime) -> Job:
        """End all files that have not ended; their leases and deferrals go a moment later, and hold no more."""
        (fields,) = self._run("cancel", job_id, to_ms(now))
        job = job_of(job_id, texts(fields))
        if job.totals.cancelled:
            for first in range(0, job.totals.files, FILES_PER_CALL):
                members = [f"{job_id}:{number}" for number in range(first, first + FILES_PER_CALL)]
                with reaching_redis():
                    for lane in PRESS_LANES:
                        self._client.zrem(self._key("lane", lane, "due"), *members)
        return job

    def retry(self, job_id: JobId, *, now: datetime) -> Mapping[Lane, int]:
        """Put the files that had failed when this began into their lanes once more."""
        job = self.get(job_id)
        if job.totals.cancelled:
            raise JobCancelledError
        returned: Counter[Lane] = Counter()
        for first in range(0, job.totals.failed, FILES_PER_CALL):
            batch = min(FILES_PER_CALL, job.totals.failed - first)
            lane, light, heavy = self._run("retry", job_id, batch, to_ms(now))
            returned.update(by_lane(Lane(lane.decode()), light, heavy))
        return dict(returned)

    def expired(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Jobs past their `expires_at`, oldest first, whose record went by itself or was half deleted included."""
        found = self._first_jobs("expiring", to_ms(now), limit)
        return [job for job_id in found if (job := self._job_or_trace(job_id, now))]

    def delete(self, job_id: JobId, *, receipt: Receipt | None = None, look_again_at: datetime | None = None) -> None:
        """Forget the job and every trace of it, or all but where its objects lay."""
        again = "" if look_again_at is None else to_ms(look_again_at)
        audited, kept_until = ("", 0)
        if receipt is not None:
            audited, kept_until = receipt_text(receipt), to_ms(receipt.deleted_at + RECEIPTS_KEPT_FOR)
        left = FILES_PER_CALL
        while left:
            (left,) = self._run("delete", job_id, FILES_PER_CALL, again, audited, RECEIPTS_KEPT, kept_until)

    def _job_or_trace(self, job_id: JobId, now: datetime) -> Job | None:
        """The job; without a record only its id and tenant; None when it was deleted just now."""
        try:
            return self.get(job_id)
        except JobNotFoundError:
            with reaching_redis():
                tenant: Any = self._client.hget(self._key("tenants"), job_id)
        if tenant is None:
            return None
        return Job(job_id, TenantId(tenant.decode()), created_at=now, expires_at=now, state=JobState.FINISHED)

    def _first_jobs(self, index: str, last_score: str | int, limit: int) -> list[JobId]:
        with reaching_redis():
            found: Any = self._client.zrange(self._key(index), "-inf", last_score, byscore=True, offset=0, num=limit)
        return [JobId(job_id.decode()) for job_id in found]


def _call_id() -> str:
    """What tells a call from every other, but not from itself when the client sends it again."""
    return uuid4().hex[:16]  # 64 random bits tell apart the few calls that a record ever sees


def _place(claim: Claim) -> tuple[JobId, int, Lane, str]:
    return claim.job_id, claim.file.number, claim.lane, claim.token
