"""What is read of the job store in Redis; what changes it is in redis_jobs.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis

from bulkpress_core.adapters.job_records import decoded, file_of, from_ms, job_of, receipt_of
from bulkpress_core.adapters.redis_listing import listed
from bulkpress_core.adapters.redis_place import place_of
from bulkpress_core.adapters.redis_scripts import Scripts, reaching_redis
from bulkpress_core.adapters.redis_story import told
from bulkpress_core.domain.errors import JobNotFoundError
from bulkpress_core.domain.jobs import ENDED, Job, JobFile, JobId, Receipt, TenantId, prefix_of
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.queueing import QueuePlace
from bulkpress_core.domain.stories import Told
from bulkpress_core.ports.job_store import JobPage, JobPlace, StoreMemory

FILES_PER_CALL = 1000  # bounds how long one script keeps all other callers waiting: some 10 ms


class RedisJobReading:
    """The half of JobStore that changes nothing. `client` must return bytes."""

    def __init__(self, client: redis.Redis, prefix: str = "bulkpress:") -> None:
        self._client = client
        self._prefix = prefix
        self._scripts = Scripts(client, prefix)

    def get(self, job_id: JobId) -> Job:
        """The job as it stands."""
        with reaching_redis():
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
            with reaching_redis(), self._client.pipeline(transaction=True) as pipeline:
                for number in batch:
                    pipeline.hgetall(self._key("file", job_id, number))
                records = pipeline.execute()
            if not all(records):  # deleted while we read
                raise JobNotFoundError
            found += (
                file_of(number, decoded(fields), job.source_prefix, cancelled=job.totals.cancelled > 0)
                for number, fields in zip(batch, records, strict=True)
            )
        return found

    def listed(
        self,
        tenant: TenantId,
        *,
        after: JobPlace | None = None,
        newest: datetime | None = None,
        oldest: datetime | None = None,
        limit: int,
    ) -> JobPage:
        """Some of the tenant's jobs, newest first; those whose records went by themselves lose their places here."""
        return listed(self._client, self._key, tenant, after=after, newest=newest, oldest=oldest, limit=limit)

    def story(self, job_id: JobId, *, after: int = 0, limit: int) -> Told:
        """Some of the job's story."""
        return told(self._client, self._key, job_id, after=after, limit=limit)

    def place(self, job_id: JobId) -> QueuePlace | None:
        """Where the job stands in the lanes in which it waits."""
        return place_of(self._run("place", job_id))

    def known(self, tenant: TenantId, name: str) -> JobFile | None:
        """The file settled last under this name, as long as its record is there."""
        with reaching_redis():
            place: Any = self._client.get(self._key("known", tenant, name))
            if place is None:
                return None
            job_id, _, number = place.decode().rpartition(":")
            fields: Any = self._client.hgetall(self._key("file", job_id, number))
        if not fields:
            return None
        file = file_of(int(number), decoded(fields), prefix_of(tenant, JobId(job_id)))
        return file if file.state in ENDED else None

    def pending(self, lane: Lane) -> int:
        """How many files wait in the lane."""
        with reaching_redis():
            return int(self._client.hget(self._key("lane", lane), "waiting") or 0)

    def running(self, lane: Lane) -> int:
        """How many files of the lane are claimed or deferred."""
        with reaching_redis():
            return int(self._client.zcard(self._key("lane", lane, "due")))

    def tenants_waiting(self, lane: Lane) -> int:
        """How many tenants have files waiting in the lane."""
        with reaching_redis():
            return int(self._client.zcard(self._key("lane", lane, "tenants")))

    def waiting_since(self, lane: Lane) -> datetime | None:
        """Since when the job waits in the lane that has waited longest; one look, however many wait."""
        with reaching_redis():
            first: Any = self._client.zrange(self._key("lane", lane, "since"), 0, 0, withscores=True)
        return from_ms(first[0][1]) if first else None

    def receipts(self, tenant: TenantId, *, limit: int = 100) -> Sequence[Receipt]:
        """The tenant's last deletions, newest first."""
        with reaching_redis():
            entries: Any = self._client.xrevrange(self._key("audit", tenant), count=limit)
        return [receipt_of(tenant, fields[b"r"]) for _, fields in entries]

    def memory(self) -> StoreMemory | None:
        """What INFO says of memory; None for a user who may not ask."""
        try:
            with reaching_redis():
                told: Any = self._client.info("memory")
        except redis.exceptions.NoPermissionError:
            return None
        return StoreMemory(used=int(told["used_memory"]), limit=int(told.get("maxmemory", 0)))

    def check(self) -> None:
        """Ask Redis for a sign of life."""
        with reaching_redis():
            self._client.ping()

    def _run(self, script: str, *arguments: str | float) -> list[Any]:
        return self._scripts.run(script, *arguments)

    def _key(self, *parts: str | int) -> str:
        return self._prefix + ":".join(map(str, parts))
