"""A tenant's jobs in Redis, newest first: read from a sorted set that holds no more than there are."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import redis

from bulkpress_core.adapters.job_records import decoded, from_ms, job_of, to_ms
from bulkpress_core.adapters.redis_scripts import reaching_redis
from bulkpress_core.domain.jobs import JobId, TenantId
from bulkpress_core.ports.job_store import JobPage, JobPlace


def listed(
    client: redis.Redis,
    key: Callable[..., str],
    tenant: TenantId,
    *,
    after: JobPlace | None,
    newest: datetime | None,
    oldest: datetime | None,
    limit: int,
) -> JobPage:
    """One page. A place whose job has no record any more is skipped, and given up."""
    index = key("jobs", tenant)
    with reaching_redis():
        places = _places(client, index, after=after, newest=newest, oldest=oldest, limit=limit)
        with client.pipeline(transaction=False) as pipeline:
            for place in places:
                pipeline.hgetall(key("job", place.job_id))
            records = pipeline.execute()
        found = list(zip(places, records, strict=True))
        if gone := [place.job_id for place, record in found if not record]:
            client.zrem(index, *gone)
    jobs = [job_of(place.job_id, decoded(record)) for place, record in found if record]
    return JobPage(jobs, places[-1] if len(places) == limit else None)


def _places(
    client: redis.Redis,
    index: str,
    *,
    after: JobPlace | None,
    newest: datetime | None,
    oldest: datetime | None,
    limit: int,
) -> list[JobPlace]:
    """Up to `limit` places. Within a millisecond jobs follow by their ids, backwards, as Redis has them."""
    starts = [to_ms(at) for at in (newest, after.created_at if after else None) if at is not None]
    start = min(starts) if starts else None
    # Those of the millisecond to start with may have been listed already: so many more are asked for.
    ties = int(client.zcount(index, start, start)) if after and start is not None else 0
    found: Any = client.zrange(
        index,
        "+inf" if start is None else start,
        "-inf" if oldest is None else to_ms(oldest),
        desc=True,
        byscore=True,
        withscores=True,
        offset=0,
        num=limit + ties,
    )
    places = [JobPlace(from_ms(str(int(created))), JobId(job_id.decode())) for job_id, created in found]
    return [place for place in places if after is None or _order(place) < _order(after)][:limit]


def _order(place: JobPlace) -> tuple[int, str]:
    return to_ms(place.created_at), place.job_id
