"""What a sweep finds and does."""

from datetime import UTC, datetime, timedelta

import pytest
import redis

from bulkpress_core.adapters.memory_queue import MemoryTaskQueue
from bulkpress_core.adapters.redis_jobs import RedisJobStore
from bulkpress_core.adapters.redis_webhooks import RedisWebhookOutbox
from bulkpress_core.domain.jobs import FileState, Job, JobFile, JobId, TenantId, new_job_id
from bulkpress_core.domain.lanes import PRESS_LANES, Lane
from bulkpress_core.domain.options import JobOptions
from scheduler.sweeps import BELLS_AT_ONCE, LaneLoad, Sweep, sweep

START = datetime(2100, 1, 1, 12, tzinfo=UTC)  # far off: Redis forgets what is past
MINUTE = timedelta(minutes=1)


class System:
    """A job store and a queue, and a clock moved by hand."""

    def __init__(self, client: redis.Redis) -> None:
        self.jobs = RedisJobStore(client)
        self.outbox = RedisWebhookOutbox(client)
        self.queue = MemoryTaskQueue()

    def hand_in(self, files: int) -> JobId:
        """A job that was handed in at START and not opened."""
        job = Job(new_job_id(), TenantId("acme"), START, START + 60 * MINUTE)
        self.jobs.create(job)
        self.jobs.add_files(job.id, [JobFile(n, f"{n}.pdf", 10, f"key/{n}", 10.0) for n in range(files)])
        self.jobs.seal(job.id, JobOptions(), now=START)
        return job.id

    def open(self, files: int) -> JobId:
        """A job whose files wait, with no bell rung."""
        job_id = self.hand_in(files)
        self.jobs.open(job_id, Lane.COMPRESSION, now=START)
        return job_id

    def claim(self) -> None:
        """A worker takes a file, and dies."""
        assert self.jobs.claim(Lane.COMPRESSION, now=START, lease=MINUTE) is not None

    def sweep(self, after: timedelta = timedelta()) -> Sweep:
        """Sweep that long after START."""
        return sweep(self.jobs, self.outbox, self.queue, now=START + after, max_attempts=1 + 1)


@pytest.fixture
def system(redis_client: redis.Redis) -> System:
    """An empty one."""
    return System(redis_client)


def test_a_file_of_a_dead_worker_comes_back_and_is_rung_for(system: System) -> None:
    system.open(1)
    system.claim()
    idle = dict.fromkeys(PRESS_LANES, LaneLoad())
    running, waiting = (
        {**idle, Lane.COMPRESSION: load} for load in (LaneLoad(running=1), LaneLoad(pending=1, tenants=1))
    )
    assert system.sweep(after=MINUTE / 2) == Sweep(lanes=running)
    assert system.sweep(after=2 * MINUTE) == Sweep(returned=1, rung=1, lanes=waiting)
    assert system.queue.waiting(Lane.COMPRESSION) == 1


def test_it_says_how_long_the_longest_wait_is_for_how_many_and_what_is_under_way(system: System) -> None:
    system.open(2)
    system.queue.ring(Lane.COMPRESSION, 2)
    system.queue.take(Lane.COMPRESSION)
    load = system.sweep(after=MINUTE / 2).lanes[Lane.COMPRESSION]
    assert load == LaneLoad(pending=2, bells=1, unacked=1, tenants=1, oldest_s=30.0)


def test_a_clock_that_is_behind_makes_no_wait_negative(system: System) -> None:
    system.open(1)
    assert system.sweep(after=-MINUTE).lanes[Lane.COMPRESSION].oldest_s == 0


def test_a_file_that_killed_its_worker_too_often_is_failed_and_not_rung_for(system: System) -> None:
    job_id = system.open(1)
    system.claim()
    system.sweep(after=2 * MINUTE)
    system.claim()
    swept = system.sweep(after=2 * MINUTE)
    assert (swept.returned, swept.quarantined, swept.rung) == (0, 1, 0)
    assert system.jobs.files(job_id)[0].state is FileState.FAILED


@pytest.mark.parametrize(
    ("files", "bells", "rung"),
    [
        (5, 0, 5),  # the broker lost every message
        (5, 3, 2),
        (5, 5, 0),
        (0, 5, 0),  # bells left over ring in vain
        (BELLS_AT_ONCE + 1, 0, BELLS_AT_ONCE),  # the next sweep rings the rest
    ],
)
def test_a_lane_gets_as_many_bells_as_files(system: System, files: int, bells: int, rung: int) -> None:
    system.open(files)
    system.queue.ring(Lane.COMPRESSION, bells)
    assert system.sweep().rung == rung
    assert system.queue.bells[Lane.COMPRESSION] == bells + rung


def test_sweeping_twice_rings_once(system: System) -> None:
    system.open(5)
    assert [system.sweep().rung, system.sweep().rung] == [5, 0]


def test_jobs_that_nobody_is_there_to_open_do_not_fill_the_broker(system: System) -> None:
    for _ in range(3):
        system.hand_in(1)
    assert [system.sweep(after=MINUTE).reannounced for _ in range(5)] == [3, 0, 0, 0, 0]


def test_an_announcement_lost_among_others_is_sent_when_those_have_been_heard(system: System) -> None:
    heard, lost = system.hand_in(1), system.hand_in(1)
    system.queue.announce(heard)
    for _ in range(2):
        system.sweep(after=MINUTE)
        while system.queue.take(Lane.COMPRESSION):
            system.jobs.open(heard, Lane.COMPRESSION, now=START + MINUTE)
    assert system.queue.announced[-1] == lost


def test_a_job_whose_announcement_was_lost_is_announced_again(system: System) -> None:
    job_id = system.hand_in(1)
    assert system.sweep(after=MINUTE / 2).reannounced == 0  # it may still be on its way
    assert system.sweep(after=MINUTE).reannounced == 1
    assert system.queue.announced == [job_id]


def test_every_lane_gets_its_bells(system: System) -> None:
    job = Job(new_job_id(), TenantId("acme"), START, START + 60 * MINUTE)
    system.jobs.create(job)
    files = [JobFile(number, "a.pdf", 10, f"key/{number}", 10.0, heavy=number == 2) for number in range(3)]
    system.jobs.add_files(job.id, files)
    system.jobs.seal(job.id, JobOptions(), now=START)
    system.jobs.open(job.id, Lane.EXPRESS, now=START)
    assert system.sweep().rung == 3
    assert system.queue.bells == {Lane.EXPRESS: 2, Lane.HEAVY: 1}


def test_webhooks_that_are_due_are_called_for_once(system: System) -> None:
    job = Job(new_job_id(), TenantId("acme"), START, START + 60 * MINUTE)
    system.jobs.create(job)
    system.jobs.add_files(job.id, [JobFile(0, "a.pdf", 10, "key/0", 10.0)])
    system.jobs.seal(job.id, JobOptions(webhook_url="https://example.com/"), now=START)
    assert (system.sweep().webhooks, system.queue.webhook_calls) == (0, 0)
    system.jobs.cancel(job.id, now=START)
    assert [system.sweep().webhooks, system.sweep().webhooks] == [1, 1]
    assert system.queue.webhook_calls == 1
