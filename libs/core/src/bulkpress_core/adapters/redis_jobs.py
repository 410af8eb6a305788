"""The job store in Redis 7 or newer (or Valkey): every change is one Lua script, told in lua/prelude.lua."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.resources import files as package_files
from typing import Any
from uuid import uuid4

import redis
from redis.commands.core import Script

from bulkpress_core.adapters.job_records import (
    decoded,
    file_of,
    job_fields,
    job_of,
    new_file_values,
    outcome_fields,
    settings_of,
    texts,
    to_ms,
)
from bulkpress_core.domain.compression import CompressionSettings
from bulkpress_core.domain.errors import (
    BulkpressError,
    ConflictError,
    JobNotFoundError,
    JobSealedError,
    LeaseLostError,
    StateUnavailableError,
)
from bulkpress_core.domain.jobs import Claim, Job, JobFile, JobId, Outcome, TenantId, engine_crash, prefix_of
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.ports.job_store import Swept

REMEMBERED_AFTER_EXPIRY = timedelta(days=1)  # time for the cleanup, which needs the record to delete the job's objects
FILES_PER_CALL = 1000  # bounds how long one script keeps all other callers waiting: some 10 ms
SCRIPTS = ("create", "add_files", "seal", "open", "claim", "renew", "settle", "defer", "sweep", "delete")
REFUSALS: dict[bytes, type[BulkpressError]] = {
    b"job_not_found": JobNotFoundError,
    b"job_sealed": JobSealedError,
    b"lease_lost": LeaseLostError,
    b"conflict": ConflictError,
}


class RedisJobStore:
    """JobStore in one Redis. `client` must return bytes; calls it sends again after losing a reply count once.

    Files are added and deleted in batches of FILES_PER_CALL, each of them atomic; all else is atomic as a whole. A
    claim whose reply was lost is found by the sweep. Records go by themselves a day after their job expires; its id and
    tenant are kept until it is deleted, for its objects to be found.
    """

    def __init__(self, client: redis.Redis, prefix: str = "bulkpress:") -> None:
        self._client = client
        self._prefix = prefix
        folder = package_files("bulkpress_core.adapters") / "lua"
        prelude = (folder / "prelude.lua").read_text()
        self._scripts: dict[str, Script] = {}
        for name in SCRIPTS:
            first_line, _, body = (folder / f"{name}.lua").read_text().partition("\n")
            self._scripts[name] = client.register_script(f"{first_line}\n{prelude}\n{body}")

    def create(self, job: Job) -> None:
        """Record a new job."""
        expires = to_ms(job.expires_at)
        forget = to_ms(job.expires_at + REMEMBERED_AFTER_EXPIRY)
        self._run("create", job.id, _call_id(), expires, forget, job.tenant, *job_fields(job))

    def add_files(self, job_id: JobId, files: Sequence[JobFile]) -> None:
        """Add files to a job that is RECEIVING."""
        prefix = self.get(job_id).source_prefix
        numbers = [file.number for file in files]
        if files and numbers != list(range(numbers[0], numbers[0] + len(files))):
            raise ConflictError(f"the numbers of files added to job {job_id} must follow one by one")
        for start in range(0, len(files), FILES_PER_CALL):
            batch = files[start : start + FILES_PER_CALL]
            values = [value for file in batch for value in new_file_values(file, prefix)]
            self._run("add_files", job_id, _call_id(), batch[0].number, *values)

    def seal(self, job_id: JobId, settings: CompressionSettings, *, now: datetime) -> Job:
        """Hand the job in."""
        asked = (settings.level, settings.image_quality or "")
        (fields,) = self._run("seal", job_id, _call_id(), to_ms(now), *asked)
        return job_of(job_id, texts(fields))

    def open(self, job_id: JobId, lane: Lane, *, now: datetime) -> int:
        """Put every file of a QUEUED job into `lane`."""
        (opened,) = self._run("open", job_id, _call_id(), to_ms(now), lane)
        return int(opened)

    def unopened(self, *, sealed_before: datetime, limit: int) -> Sequence[JobId]:
        """Jobs QUEUED since before that time, oldest first."""
        return self._first_jobs("unopened", f"({to_ms(sealed_before)}", limit)

    def claim(self, lane: Lane, *, now: datetime, lease: timedelta) -> Claim | None:
        """Take the next file of `lane`: of the tenant that has had least, of its job whose turn it is, the first."""
        token = _call_id()
        reply = self._run("claim", lane, token, to_ms(now + lease))
        if not reply:
            return None
        job_id, tenant, level, image_quality, number = (word.decode() for word in reply[:5])
        prefix = prefix_of(TenantId(tenant), JobId(job_id))
        file = file_of(int(number), texts(reply[5]), prefix)
        return Claim(JobId(job_id), TenantId(tenant), lane, file, settings_of(level, image_quality), token)

    def renew(self, claim: Claim, *, now: datetime, lease: timedelta) -> None:
        """Make the lease end at `now + lease`."""
        self._run("renew", *_place(claim), to_ms(now + lease))

    def settle(self, claim: Claim, outcome: Outcome, *, now: datetime) -> Job:
        """End the file, and the job with its last one."""
        told = outcome_fields(outcome, prefix_of(claim.tenant, claim.job_id))
        (fields,) = self._run("settle", *_place(claim), _call_id(), to_ms(now), outcome.state, outcome.bytes_out, *told)
        return job_of(claim.job_id, texts(fields))

    def defer(self, claim: Claim, *, until: datetime) -> None:
        """Give the file back until then. This attempt does not count towards `max_attempts`."""
        self._run("defer", *_place(claim), _call_id(), to_ms(until))

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

    def get(self, job_id: JobId) -> Job:
        """The job as it stands."""
        with _reaching_redis():
            fields: Any = self._client.hgetall(self._key("job", job_id))
        if not fields:
            raise JobNotFoundError
        return job_of(job_id, decoded(fields))

    def files(self, job_id: JobId, *, start: int = 0, stop: int | None = None) -> Sequence[JobFile]:
        """Files `start` (included) to `stop` (excluded) by number."""
        job = self.get(job_id)
        numbers = range(job.totals.files)[start:stop]
        found: list[JobFile] = []
        for first in range(0, len(numbers), FILES_PER_CALL):
            batch = numbers[first : first + FILES_PER_CALL]
            with _reaching_redis(), self._client.pipeline(transaction=True) as pipeline:
                for number in batch:
                    pipeline.hgetall(self._key("file", job_id, number))
                records = pipeline.execute()
            if not all(records):  # deleted while we read
                raise JobNotFoundError
            found += (
                file_of(number, decoded(fields), job.source_prefix)
                for number, fields in zip(batch, records, strict=True)
            )
        return found

    def pending(self, lane: Lane) -> int:
        """How many files wait in the lane."""
        with _reaching_redis():
            return int(self._client.hget(self._key("lane", lane), "waiting") or 0)

    def running(self, lane: Lane) -> int:
        """How many files of the lane are claimed or deferred."""
        with _reaching_redis():
            return int(self._client.zcard(self._key("lane", lane, "due")))

    def expired(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Jobs past their `expires_at`, oldest first, whose record went by itself or was half deleted included."""
        jobs = []
        for job_id in self._first_jobs("expiring", to_ms(now), limit):
            try:
                jobs.append(self.get(job_id))
            except JobNotFoundError:
                with _reaching_redis():
                    tenant: Any = self._client.hget(self._key("tenants"), job_id)
                if tenant is not None:  # else it was deleted just now
                    jobs.append(Job(job_id, TenantId(tenant.decode()), created_at=now, expires_at=now))
        return jobs

    def delete(self, job_id: JobId) -> None:
        """Forget the job and every trace of it."""
        left = FILES_PER_CALL
        while left:
            (left,) = self._run("delete", job_id, FILES_PER_CALL)

    def check(self) -> None:
        """Ask Redis for a sign of life."""
        with _reaching_redis():
            self._client.ping()

    def _run(self, script: str, *arguments: str | float) -> list[Any]:
        with _reaching_redis():
            reply: list[Any] = self._scripts[script](keys=[self._prefix], args=arguments)
        if reply[0] != b"ok":
            raise REFUSALS[reply[0]](b"".join(reply[1:]).decode())
        return reply[1:]

    def _first_jobs(self, index: str, last_score: str | int, limit: int) -> list[JobId]:
        with _reaching_redis():
            found: Any = self._client.zrange(self._key(index), "-inf", last_score, byscore=True, offset=0, num=limit)
        return [JobId(job_id.decode()) for job_id in found]

    def _key(self, *parts: str | int) -> str:
        return self._prefix + ":".join(map(str, parts))


def _call_id() -> str:
    """What tells a call from every other, but not from itself when the client sends it again."""
    return uuid4().hex


def _place(claim: Claim) -> tuple[JobId, int, Lane, str]:
    return claim.job_id, claim.file.number, claim.lane, claim.token


@contextmanager
def _reaching_redis() -> Iterator[None]:
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StateUnavailableError(
            f"the Redis that holds the jobs cannot be reached: {error}. Check BULKPRESS_STATE_URL."
        ) from error
    except redis.ResponseError as error:
        if not _takes_no_writes(error):
            raise  # a script of ours is wrong
        raise StateUnavailableError(
            f"the Redis that holds the jobs takes no writes: {error}. Give it memory or disk, or name the primary."
        ) from error


def _takes_no_writes(error: redis.ResponseError) -> bool:
    """Whether its memory is full, it is a replica, or it cannot write to its disk (MISCONF)."""
    known = redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError
    return isinstance(error, known) or str(error).startswith("MISCONF")
