"""What every job store promises of a tenant's list of jobs."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
import redis

from bulkpress_core.domain.jobs import Job, JobId, TenantId
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import NOW, new_job

TENANT = TenantId("ada")


def created(jobs: JobStore, milliseconds: list[int], tenant: str = "ada") -> list[JobId]:
    """Jobs created so long after NOW, newest first; of the same time, in the order of the store."""
    made = [replace(new_job(tenant), created_at=NOW + timedelta(milliseconds=ms)) for ms in milliseconds]
    for job in made:
        jobs.create(job)
    return [job.id for job in sorted(made, key=_newest_first, reverse=True)]


def _newest_first(job: Job) -> tuple[object, str]:
    return job.created_at, job.id


def pages(jobs: JobStore, limit: int) -> list[list[JobId]]:
    found, after = [], None
    while True:
        page = jobs.listed(TENANT, after=after, limit=limit)
        found.append([job.id for job in page.jobs])
        if page.last is None:
            return found
        after = page.last


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("times", [[0, 1, 2, 3, 4, 5, 6], [0] * 7, [0, 0, 1, 1, 1, 2, 2]])
def test_pages_hold_each_job_once_newest_first(jobs: JobStore, times: list[int], limit: int) -> None:
    expected = created(jobs, times)
    found = pages(jobs, limit)
    assert [job_id for page in found for job_id in page] == expected
    assert all(len(page) == limit for page in found[:-1])


def test_a_page_holds_the_jobs_as_get_tells_them(jobs: JobStore) -> None:
    expected = created(jobs, [0, 1])
    assert list(jobs.listed(TENANT, limit=5).jobs) == [jobs.get(job_id) for job_id in expected]


def test_only_the_tenants_own_are_listed(jobs: JobStore) -> None:
    created(jobs, [0, 1], tenant="bob")
    mine = created(jobs, [0])
    assert pages(jobs, 5) == [mine]


def test_bounds_of_time_are_included_also_after_a_place(jobs: JobStore) -> None:
    newest_first = created(jobs, [0, 1, 2, 3, 4])
    bounds = {"oldest": NOW + timedelta(milliseconds=1), "newest": NOW + timedelta(milliseconds=3)}
    page = jobs.listed(TENANT, limit=2, **bounds)  # type: ignore[arg-type]  # mypy sees no names in a mapping
    assert [job.id for job in page.jobs] == newest_first[1:3]
    rest = jobs.listed(TENANT, after=page.last, limit=2, **bounds)
    assert [job.id for job in rest.jobs] == newest_first[3:4]


def test_going_on_after_a_job_that_was_deleted_since_leaves_none_out(jobs: JobStore) -> None:
    newest_first = created(jobs, [0, 0, 0, 0, 1])
    page = jobs.listed(TENANT, limit=2)
    assert page.last
    jobs.delete(page.last.job_id)
    rest = jobs.listed(TENANT, after=page.last, limit=9)
    assert [job.id for job in rest.jobs] == newest_first[2:]


def test_deleted_jobs_are_not_listed_and_leave_nothing(jobs: JobStore, redis_client: redis.Redis) -> None:
    newest_first = created(jobs, [0, 1, 2])
    for job_id in newest_first:
        jobs.delete(job_id)
    assert pages(jobs, 5) == [[]]
    assert not redis_client.exists("bulkpress:jobs:ada")


def test_a_record_that_went_by_itself_is_skipped_and_loses_its_place(jobs: JobStore, redis_client: redis.Redis) -> None:
    newest_first = created(jobs, list(range(6)))
    gone = Random(1).sample(newest_first, 3)
    redis_client.delete(*(f"bulkpress:job:{job_id}" for job_id in gone))
    left = [job_id for job_id in newest_first if job_id not in gone]
    assert [job_id for page in pages(jobs, 2) for job_id in page] == left
    assert redis_client.zcard("bulkpress:jobs:ada") == len(left)


def test_the_cleanup_of_a_record_that_went_by_itself_takes_its_place_too(
    jobs: JobStore, redis_client: redis.Redis
) -> None:
    (job_id,) = created(jobs, [0])
    redis_client.delete(f"bulkpress:job:{job_id}")
    jobs.delete(job_id)
    assert not redis_client.exists("bulkpress:jobs:ada")
