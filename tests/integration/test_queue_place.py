"""What waiting jobs are told of their place, held against what a real worker then does."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulkpress_core.domain.jobs import JobId, JobState
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.queueing import QueuePlace
from tests.support.pdf_factory import pages
from tests.support.services import WORKER, System
from tests.support.waiting import until

LANE = Lane.COMPRESSION
SIZES = {"ada": [9, 2, 5], "bob": [3, 6]}  # files of each tenant's jobs


@pytest.fixture
def system(tmp_path: Path, redis_url: str) -> Iterator[System]:
    """Services are started by the test."""
    with System(tmp_path, redis_url) as made:
        yield made


@pytest.mark.parametrize("workers", [1, 2])
def test_places_only_get_better_and_jobs_begin_and_end_in_the_order_foretold(system: System, workers: int) -> None:
    content = pages.uncompressed_text()
    job_ids = [
        system.hand_in(*[content] * files, tenant=tenant, announce=False)
        for tenant, sizes in SIZES.items()
        for files in sizes
    ]
    for job_id in job_ids:
        system.jobs.open(job_id, LANE, now=system.jobs.get(job_id).created_at)
    foretold = {job_id: system.jobs.place(job_id) for job_id in job_ids}
    system.start([*WORKER, f"--concurrency={workers}"])
    system.queue.ring(LANE, sum(map(sum, SIZES.values())))
    told, ended_at = watched(system, job_ids)

    for job_id in job_ids:
        positions = [place.position for place in told[job_id].values()]
        assert positions == sorted(positions, reverse=True)
    begun_at = {job_id: max(told[job_id], default=-1) for job_id in job_ids}
    expected = sorted(job_ids, key=lambda job_id: position(foretold[job_id]))
    assert [begun_at[job_id] for job_id in expected] == sorted(begun_at.values())

    last = {job_id: before_last(foretold[job_id]) + system.jobs.get(job_id).totals.files for job_id in job_ids}
    if workers == 1:  # of two at once, the later may be done first
        assert [ended_at[job_id] for job_id in sorted(job_ids, key=last.__getitem__)] == sorted(ended_at.values())

    timed = [place for places in told.values() for place in places.values() if place.starts_in and place.ends_in]
    assert timed, "somebody waited while the pace was known"
    assert all(place.starts_in < place.ends_in for place in timed if place.starts_in and place.ends_in)


def watched(system: System, job_ids: list[JobId]) -> tuple[dict[JobId, dict[int, QueuePlace]], dict[JobId, int]]:
    """What each job was told at each look, as long as it waited, and at which look it had ended."""
    told: dict[JobId, dict[int, QueuePlace]] = defaultdict(dict)
    ended_at: dict[JobId, int] = {}
    looks = 0

    def look() -> bool:
        nonlocal looks
        looks += 1
        for job_id in job_ids:
            if place := system.jobs.place(job_id):
                told[job_id][looks] = place
            if system.jobs.get(job_id).state is JobState.FINISHED:
                ended_at.setdefault(job_id, looks)
        return len(ended_at) == len(job_ids)

    until(look, "all jobs have ended")
    return told, ended_at


def position(place: QueuePlace | None) -> int:
    assert place is not None
    return place.position


def before_last(place: QueuePlace | None) -> int:
    assert place is not None
    return place.files_ahead
