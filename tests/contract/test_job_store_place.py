"""What every job store promises about a waiting job's place: it is what then happens, if nothing more comes in."""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bulkpress_core.domain.errors import JobNotFoundError
from bulkpress_core.domain.jobs import Claim, FileState, JobId, JobState
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.options import JobOptions
from bulkpress_core.domain.queueing import QueuePlace
from bulkpress_core.ports.job_store import JobStore
from tests.support.jobs import AFTER_LEASE, LANE, LEASE, NOW, claimed, done, new_files, new_job, opened_job, sealed_job

UNKNOWN_PACE = (None, None)


def placed(jobs: JobStore, job_id: JobId) -> QueuePlace:
    place = jobs.place(job_id)
    assert place is not None
    return place


def emptied(jobs: JobStore) -> list[Claim]:
    """All files of the lane, in the order in which they are claimed."""
    claims = []
    while claim := jobs.claim(LANE, now=NOW, lease=LEASE):
        claims.append(claim)
    return claims


def what_came(claims: list[Claim], job_id: JobId) -> tuple[int, int]:
    """The place of the job's first file among the claims, from 1, and how many of others' came before its last."""
    mine = [at for at, claim in enumerate(claims) if claim.job_id == job_id]
    return mine[0] + 1, mine[-1] + 1 - len(mine)


class TestWho:
    def test_a_job_alone_is_next(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 3)
        assert jobs.place(job_id) == QueuePlace(1, 0, *UNKNOWN_PACE)

    def test_a_job_of_which_a_file_is_pressed_or_has_ended_has_no_place(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 3)
        claim = claimed(jobs)
        assert jobs.place(job_id) is None
        jobs.settle(claim, done(claim), now=NOW)
        assert jobs.place(job_id) is None

    def test_neither_has_one_that_is_not_opened_or_is_finished(self, jobs: JobStore) -> None:
        job_id = sealed_job(jobs)
        assert jobs.place(job_id) is None
        jobs.cancel(job_id, now=NOW)
        assert jobs.place(job_id) is None

    def test_a_job_that_is_not_there_is_an_error(self, jobs: JobStore) -> None:
        with pytest.raises(JobNotFoundError):
            jobs.place(new_job().id)

    def test_a_job_whose_worker_died_waits_again(self, jobs: JobStore) -> None:
        job_id = opened_job(jobs, 2)
        claimed(jobs)
        jobs.sweep(now=AFTER_LEASE, max_attempts=3)
        assert jobs.place(job_id) == QueuePlace(1, 0, *UNKNOWN_PACE)

    def test_of_two_lanes_the_sooner_and_the_later_count(self, jobs: JobStore) -> None:
        opened_job(jobs, 4)
        job = new_job()
        jobs.create(job)
        jobs.add_files(job.id, [*new_files(job, 2), *new_files(job, 1, first=2, heavy=True)])
        jobs.seal(job.id, JobOptions(), now=NOW)
        jobs.open(job.id, LANE, now=NOW)
        assert jobs.place(job.id) == QueuePlace(1, 2, *UNKNOWN_PACE)  # first of the heavy lane


class TestPosition:
    def test_it_is_what_comes_for_jobs_of_one_tenant_which_alternate(self, jobs: JobStore) -> None:
        job_ids = [opened_job(jobs, files) for files in (5, 1, 3, 2)]
        places = {job_id: placed(jobs, job_id) for job_id in job_ids}
        claims = emptied(jobs)
        for job_id, place in places.items():
            assert (place.position, place.files_ahead) == what_came(claims, job_id)

    @pytest.mark.parametrize("already", range(0, 30, 5))
    def test_it_is_what_comes_for_tenants_of_different_weights_backlogs_and_costs(
        self, jobs: JobStore, already: int
    ) -> None:
        job_ids = [
            opened_job(jobs, 20, tenant="ada", cost=100.0),
            opened_job(jobs, 7, tenant="bob", cost=250.0),
            opened_job(jobs, 30, tenant="eve", cost=40.0, weight=2.0),
            opened_job(jobs, 4, tenant="ada", cost=100.0),
            opened_job(jobs, 3, tenant="joe", cost=900.0, weight=0.5),
        ]
        before = [claimed(jobs).job_id for _ in range(already)]
        late = opened_job(jobs, 6, tenant="max", cost=130.0)
        places = {job_id: placed(jobs, job_id) for job_id in [*job_ids, late] if job_id not in before}
        claims = emptied(jobs)
        assert len(places) >= 1
        for job_id, place in places.items():
            assert (place.position, place.files_ahead) == what_came(claims, job_id)

    def test_it_never_grows_while_nothing_comes_in_and_is_1_before_the_first_claim(self, jobs: JobStore) -> None:
        job_ids = [opened_job(jobs, 1 + n % 4, tenant=f"t{n % 3}", cost=50.0 * (1 + n % 3)) for n in range(12)]
        last = {job_id: placed(jobs, job_id).position for job_id in job_ids}
        while claim := jobs.claim(LANE, now=NOW, lease=LEASE):
            assert last.pop(claim.job_id, 1) == 1
            for job_id, before in last.items():
                position = placed(jobs, job_id).position
                assert position <= before
                last[job_id] = position
        assert last == {}

    def test_what_leaves_the_lane_is_ahead_no_longer(self, jobs: JobStore) -> None:
        big, other = opened_job(jobs, 50, tenant="bob"), opened_job(jobs, 9, tenant="bob")
        mine = opened_job(jobs, 20)
        assert placed(jobs, mine).files_ahead == 19
        jobs.cancel(big, now=NOW)
        assert placed(jobs, mine).files_ahead == 9
        jobs.delete(other)
        assert placed(jobs, mine).files_ahead == 0

    def test_files_that_come_back_are_ahead_again(self, jobs: JobStore) -> None:
        other = opened_job(jobs, 2, tenant="bob")
        mine = opened_job(jobs, 2, tenant="zoe")
        claims = [claimed(jobs)]
        assert claims[0].job_id == other
        jobs.give_back(claims[0], lane=LANE)
        assert placed(jobs, mine).files_ahead == 1  # bob has had one already: his first comes after zoe's
        jobs.sweep(now=AFTER_LEASE, max_attempts=3)
        assert what_came(emptied(jobs), mine)[1] == 1


class TestTime:
    def test_before_a_file_has_ended_the_pace_is_unknown(self, jobs: JobStore) -> None:
        opened_job(jobs, 1)
        claimed(jobs)
        job_id = opened_job(jobs, 1)
        assert (placed(jobs, job_id).starts_in, placed(jobs, job_id).ends_in) == UNKNOWN_PACE

    def test_while_nobody_works_it_is_unknown_too(self, jobs: JobStore) -> None:
        opened_job(jobs, 1)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW + timedelta(seconds=9))
        job_id = opened_job(jobs, 1)
        assert (placed(jobs, job_id).starts_in, placed(jobs, job_id).ends_in) == UNKNOWN_PACE

    def test_time_in_which_nothing_was_pressed_does_not_count(self, jobs: JobStore) -> None:
        time = NOW
        for _ in range(3):
            opened_job(jobs, 4)
            for _ in range(4):
                claim = claimed(jobs, now=time)
                time += timedelta(seconds=2)
                jobs.settle(claim, done(claim), now=time)
            time += timedelta(hours=1)  # idle
        opened_job(jobs, 1)
        claimed(jobs, now=time)
        place = placed(jobs, opened_job(jobs, 5))
        assert (place.starts_in, place.ends_in) == (timedelta(seconds=1), timedelta(seconds=11))

    def test_results_that_were_known_already_say_nothing_of_it(self, jobs: JobStore) -> None:
        opened_job(jobs, 3)
        claim = claimed(jobs)
        jobs.settle(claim, done(claim), now=NOW + timedelta(seconds=2))
        claim = claimed(jobs, now=NOW)
        jobs.settle(claim, replace(done(claim), cached=True), now=NOW)
        claimed(jobs)
        assert placed(jobs, opened_job(jobs, 5)).ends_in == timedelta(seconds=11)

    @pytest.mark.parametrize("workers", [1, 2, 4])
    def test_it_is_within_a_quarter_of_what_then_happens(self, jobs: JobStore, workers: int) -> None:
        slowness = 3.0  # a file takes so many times what was predicted, a little more or less
        costs = {"ada": 400.0, "bob": 1000.0, "eve": 150.0}
        job_ids = [opened_job(jobs, 25, tenant=tenant, cost=cost) for tenant in costs for cost in [costs[tenant]] * 2]
        job_ids += [opened_job(jobs, 12, tenant=tenant, cost=cost, weight=2.0) for tenant, cost in [("zoe", 700.0)]]
        told, started, ended = simulated(jobs, job_ids, workers, slowness)
        judged = [
            (told_at, what, job_id)
            for (job_id, told_at), place in told.items()
            for what, is_at, expected in (
                ("start", started[job_id], place.starts_in),
                ("end", ended[job_id], place.ends_in),
            )
            if expected is not None and is_at - told_at > timedelta(seconds=20)
            if not 0.75 <= (expected / (is_at - told_at)) <= 1.25
        ]
        asked = [place for place in told.values() if place.ends_in is not None]
        assert len(asked) >= 10
        assert judged == []


Told = Mapping[tuple[JobId, datetime], QueuePlace]


def simulated(
    jobs: JobStore, job_ids: list[JobId], workers: int, slowness: float
) -> tuple[Told, dict[JobId, datetime], dict[JobId, datetime]]:
    """Workers who take what they claim one after another, by a clock moved by hand.

    Returns what was told of jobs that wait, each time a file had ended, and when jobs started and ended.
    """
    busy: list[tuple[datetime, int, Claim]] = []
    told: dict[tuple[JobId, datetime], QueuePlace] = {}
    started: dict[JobId, datetime] = {}
    ended: dict[JobId, datetime] = {}
    time, sequence = NOW, 0
    while True:
        while len(busy) < workers and (claim := jobs.claim(LANE, now=time, lease=LEASE)):
            started.setdefault(claim.job_id, time)
            took_ms = claim.file.cost * slowness * (0.9 + 0.05 * (sequence % 5))
            sequence += 1
            heapq.heappush(busy, (time + timedelta(milliseconds=took_ms), sequence, claim))
        if not busy:
            return told, started, ended
        for job_id in job_ids:
            if place := jobs.place(job_id):
                told[job_id, time] = place
        time, _, claim = heapq.heappop(busy)
        jobs.settle(claim, done(claim), now=time)
        ended[claim.job_id] = time


def test_the_simulation_ends_every_file_once(jobs: JobStore) -> None:
    job_ids = [opened_job(jobs, 3), opened_job(jobs, 5, tenant="bob")]
    _, started, ended = simulated(jobs, job_ids, 2, 1.0)
    assert started.keys() == ended.keys() == set(job_ids)
    states = Counter(file.state for job_id in job_ids for file in jobs.files(job_id))
    assert states == {FileState.DONE: 8}
    assert {jobs.get(job_id).state for job_id in job_ids} == {JobState.FINISHED}
    assert jobs.pending(Lane.COMPRESSION) == 0
