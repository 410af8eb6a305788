"""Fair queueing: whatever tenants send, each has had the same of a lane, to within what one file costs."""

from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.domain.jobs import JobFile
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import LANE, LEASE, NOW, claimed, new_job, opened_job

TENANTS = [f"tenant-{number}" for number in range(10)]
BIG_JOB = 100_000
NewStore = Callable[[], JobStore]

bounds = settings(
    deadline=None,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
costs_of_a_job = st.lists(st.floats(1.0, 5000.0), min_size=1, max_size=30)
backlogs = st.fixed_dictionaries({tenant: st.lists(costs_of_a_job, min_size=1, max_size=3) for tenant in TENANTS})


@pytest.fixture
def new_store(redis_client: redis.Redis) -> NewStore:
    """What makes empty stores."""
    numbers = count()
    return lambda: RedisJobStore(redis_client, prefix=f"example-{next(numbers)}:")


def hand_in(jobs: JobStore, tenant: str, costs: list[float], *, weight: float = 1.0) -> None:
    """A job whose files cost that much, opened."""
    job = new_job(tenant, weight=weight)
    jobs.create(job)
    jobs.add_files(job.id, [JobFile(n, f"{n}.pdf", 100, f"key/{n}", cost) for n, cost in enumerate(costs)])
    jobs.seal(job.id, JobOptions(), now=NOW)
    jobs.open(job.id, LANE, now=NOW)


@bounds
@given(backlogs=backlogs, weights=st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=10, max_size=10))
def test_ten_tenants_with_very_different_backlogs_have_equal_shares_to_within_one_files_cost(
    new_store: NewStore, backlogs: dict[str, list[list[float]]], weights: list[float]
) -> None:
    jobs = new_store()
    weight_of = dict(zip(TENANTS, weights, strict=True))
    for tenant, costs_of_jobs in backlogs.items():
        for costs in costs_of_jobs:
            hand_in(jobs, tenant, costs, weight=weight_of[tenant])
    left = {tenant: sum(map(len, costs_of_jobs)) for tenant, costs_of_jobs in backlogs.items()}
    had: Counter[str] = Counter()
    largest: Counter[str] = Counter()
    while all(left.values()):  # as long as everybody waits, nobody may be ahead
        claim = claimed(jobs)
        share = claim.file.cost / weight_of[claim.tenant]
        had[claim.tenant] += share  # type: ignore[assignment]  # a sum of floats
        largest[claim.tenant] = max(largest[claim.tenant], share)  # type: ignore[assignment]
        left[claim.tenant] -= 1
        behind = min(had[tenant] for tenant in TENANTS)
        assert all(had[tenant] - behind <= largest[tenant] + 1e-6 for tenant in TENANTS)


@bounds
@given(jobs_of_tenant=st.lists(st.integers(1, 12), min_size=2, max_size=6))
def test_the_jobs_of_a_tenant_alternate(new_store: NewStore, jobs_of_tenant: list[int]) -> None:
    jobs = new_store()
    job_ids = [opened_job(jobs, files) for files in jobs_of_tenant]
    left = dict(zip(job_ids, jobs_of_tenant, strict=True))
    served: Counter[str] = Counter()
    for _ in range(sum(jobs_of_tenant)):
        job_id = claimed(jobs).job_id
        left[job_id] -= 1
        served[job_id] += 1
        waiting = [served[job] for job in job_ids if left[job]]
        assert not waiting or served[job_id] - min(waiting) <= 1


@pytest.mark.parametrize("workers", [1, 4])
def test_three_files_behind_a_hundred_thousand_start_with_the_next_claims(new_store: NewStore, workers: int) -> None:
    """Within one file-time per worker: of the claims that workers make as they finish what they hold, every other."""
    jobs = new_store()
    opened_job(jobs, BIG_JOB, tenant="big")
    for _ in range(3 * workers):
        claim = claimed(jobs)
    small = opened_job(jobs, 3, tenant="small")
    claims = [jobs.claim(LANE, now=NOW, lease=LEASE) for _ in range(6)]
    assert [claim.job_id for claim in claims if claim].count(small) == 3
    assert claims[0]
    assert claim.tenant == "big"
    assert small in {claim.job_id for claim in claims[:2] if claim}
