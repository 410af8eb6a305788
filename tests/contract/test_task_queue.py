"""What every task queue promises: announcements carry the job's own task id, every bell is a message."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import redis

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.adapters.celery_queue import BELLS_AT_ONCE, CeleryTaskQueue
from bulkpress_core.adapters.memory_queue import MemoryTaskQueue
from bulkpress_core.domain.errors import QueueUnavailableError
from bulkpress_core.domain.jobs import job_id_of, new_job_id
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.ports.task_queue import TaskQueue
from bulkpress_core.settings import Settings


def celery_queue(broker_url: str) -> Iterator[CeleryTaskQueue]:
    """A queue on this broker, its connections closed afterwards."""
    settings = Settings.model_validate({"celery_broker_url": broker_url, "celery_result_backend": broker_url})
    app = make_celery(settings)
    yield CeleryTaskQueue(app, settings)
    app.close()


@pytest.fixture(params=["memory", "celery"])
def tasks(request: pytest.FixtureRequest) -> Iterator[TaskQueue]:
    """An empty queue."""
    if request.param == "memory":
        yield MemoryTaskQueue()
    else:
        yield from celery_queue(request.getfixturevalue("redis_url"))


@pytest.fixture
def broken() -> Iterator[TaskQueue]:
    """A queue whose broker cannot be reached."""
    yield from celery_queue("redis://127.0.0.1:1/0")


def test_announcing_a_job_twice_is_one_task(tasks: TaskQueue) -> None:
    job_id = new_job_id()
    task_id = tasks.announce(job_id)
    assert tasks.announce(job_id) == task_id
    assert job_id_of(task_id) == job_id
    assert tasks.announce(new_job_id()) != task_id


def test_every_bell_waits_in_its_lane(tasks: TaskQueue) -> None:
    assert tasks.waiting(Lane.COMPRESSION) == 0
    tasks.ring(Lane.COMPRESSION, 3)
    tasks.ring(Lane.COMPRESSION, 0)
    tasks.ring(Lane.CLEANUP, 1)
    assert (tasks.waiting(Lane.COMPRESSION), tasks.waiting(Lane.CLEANUP)) == (3, 1)


def test_an_announcement_waits_in_the_lane_it_is_for(tasks: TaskQueue) -> None:
    tasks.announce(new_job_id())
    tasks.announce(new_job_id(), Lane.EXPRESS)
    assert [tasks.waiting(lane) for lane in (Lane.COMPRESSION, Lane.EXPRESS, Lane.HEAVY)] == [1, 1, 0]


def test_a_bell_names_the_time_limits_of_its_lane(redis_url: str) -> None:
    for queue in celery_queue(redis_url):
        queue.ring(Lane.HEAVY, 1)
        with redis.Redis.from_url(redis_url) as client:
            message = json.loads(client.lindex(Lane.HEAVY.value, 0))
        limits = Settings().limits_of(Lane.HEAVY)
        assert message["headers"]["timelimit"] == [limits.hard_s, limits.soft_s]


def test_a_queue_that_answers_passes_its_check(tasks: TaskQueue) -> None:
    tasks.check()
    assert tasks.waiting(Lane.COMPRESSION) == 0


def test_the_queue_in_memory_gives_each_message_once() -> None:
    queue = MemoryTaskQueue()
    queue.ring(Lane.COMPRESSION, 2)
    assert [queue.take(Lane.COMPRESSION) for _ in range(3)] == [True, True, False]
    assert queue.bells[Lane.COMPRESSION] == 2


def test_more_bells_than_one_batch_all_wait(redis_url: str) -> None:
    for queue in celery_queue(redis_url):
        queue.ring(Lane.COMPRESSION, BELLS_AT_ONCE + 1)
        assert queue.waiting(Lane.COMPRESSION) == BELLS_AT_ONCE + 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda queue: queue.announce(new_job_id()),
        lambda queue: queue.ring(Lane.COMPRESSION, 1),
        lambda queue: queue.waiting(Lane.COMPRESSION),
        lambda queue: queue.unacked(),
        lambda queue: queue.check(),
    ],
    ids=["announce", "ring", "waiting", "unacked", "check"],
)
@pytest.mark.timeout(30)  # a request of a user must not hang on a broker that is away
def test_a_broker_that_is_away_is_told_by_the_setting_that_names_it(
    broken: TaskQueue, ask: Callable[[TaskQueue], object]
) -> None:
    with pytest.raises(QueueUnavailableError, match="CELERY_BROKER_URL"):
        ask(broken)


def test_no_message_is_unacked_before_it_is_taken(tasks: TaskQueue) -> None:
    tasks.ring(Lane.HEAVY, 2)
    assert tasks.unacked() == {}


def test_messages_taken_are_counted_by_lane_whichever_lanes_their_workers_share(redis_url: str) -> None:
    lanes = ["", Lane.HEAVY.value, f"{Lane.COMPRESSION.value},{Lane.CLEANUP.value}"]
    for queue in celery_queue(redis_url):
        queue.ring(Lane.COMPRESSION, 2)
        queue.ring(Lane.HEAVY, 2)
        with ExitStack() as open_till_the_end:
            for lane, worker in ((Lane.HEAVY, 0), (Lane.HEAVY, 1), (Lane.COMPRESSION, 2)):
                settings = Settings.model_validate({"celery_broker_url": redis_url, "bulkpress_lanes": lanes[worker]})
                connection = open_till_the_end.enter_context(make_celery(settings).connection_for_read())
                assert connection.channel().basic_get(lane.value) is not None
            assert queue.unacked() == {Lane.HEAVY: 2, Lane.COMPRESSION: 1}
            assert queue.waiting(Lane.COMPRESSION) == 1


def test_messages_of_queues_that_are_not_ours_are_not_counted(redis_url: str) -> None:
    for queue in celery_queue(redis_url):
        with redis.Redis.from_url(redis_url) as client:
            client.hset("unacked", "tag", json.dumps([{}, "theirs", "theirs"]))
        assert queue.unacked() == {}
