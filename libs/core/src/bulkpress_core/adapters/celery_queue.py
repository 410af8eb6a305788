"""The task queue on Celery's broker."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from celery import Celery
from kombu import Producer
from kombu.exceptions import BatchPublishError, KombuError
from redis.exceptions import RedisError

from bulkpress_core.adapters.celery_app import PUBLISH_RETRY, unacked_suffixes
from bulkpress_core.domain.errors import QueueUnavailableError
from bulkpress_core.domain.jobs import JobId, task_id_of
from bulkpress_core.domain.lanes import Lane, TaskName
from bulkpress_core.settings import Settings

BELLS_AT_ONCE = 1000  # messages per round trip to Redis

T = TypeVar("T")


class CeleryTaskQueue:
    """Announces work through the app's broker; a broker that is away is reported within seconds.

    Messages are made and sent without `app.send_task`, which would subscribe to the result of each: a gateway
    would keep a subscription for every job it ever announced.
    """

    def __init__(self, app: Celery, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    def announce(self, job_id: JobId, lane: Lane = Lane.COMPRESSION) -> str:
        """Send `process_bulk_compression` for the job; return the task's id (the same for the same job)."""
        task_id = task_id_of(job_id)

        def send(producer: Producer) -> None:
            self._send(producer, TaskName.PROCESS_BULK_COMPRESSION, task_id, lane, job_id)

        self._through(send)
        return task_id

    def ring(self, lane: Lane, bells: int) -> None:
        """Send `bells` messages `press_next(lane)`. After an error some may have been sent: they ring in vain."""

        def send(producer: Producer) -> None:
            with producer.batch(max_size=BELLS_AT_ONCE):
                for _ in range(bells):
                    self._send(producer, TaskName.PRESS_NEXT, str(uuid4()), lane, lane.value, ignore_result=True)

        self._through(send)

    def call_for_webhooks(self) -> None:
        """Send `deliver_webhooks`."""

        def send(producer: Producer) -> None:
            self._send(producer, TaskName.DELIVER_WEBHOOKS, str(uuid4()), Lane.CLEANUP, ignore_result=True)

        self._through(send)

    def waiting(self, lane: Lane) -> int:
        """How many messages wait in the lane's queue, those being worked on not counted."""
        return self._through(lambda producer: int(producer.channel.client.llen(lane.value)))

    def unacked(self) -> Mapping[Lane, int]:
        """How many messages of each lane are being worked on: no more than there are processes of workers."""
        keys = [f"unacked{suffix}" for suffix in unacked_suffixes()]

        def count(producer: Producer) -> Counter[str]:
            with producer.channel.client.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.hvals(key)
                return Counter(json.loads(kept)[2] for hash_ in pipeline.execute() for kept in hash_)

        by_queue = self._through(count)  # kombu keeps [message, exchange, routing key]
        return {lane: by_queue[lane.value] for lane in Lane if lane.value in by_queue}

    def check(self) -> None:
        """Return if the broker answers. Raises QueueUnavailableError."""
        self._through(lambda producer: producer.channel.client.ping())

    def _send(
        self,
        producer: Producer,
        name: TaskName,
        task_id: str,
        lane: Lane,
        *args: str,
        ignore_result: bool = False,
    ) -> None:
        amqp = self._app.amqp
        limits = self._settings.limits_of(lane)
        message = amqp.create_task_message(
            task_id,
            name.value,
            args=list(args),
            soft_time_limit=limits.soft_s,
            time_limit=limits.hard_s,
            ignore_result=ignore_result,
            create_sent_event=not ignore_result,
        )
        amqp.send_task_message(producer, name.value, message, queue=lane.value, retry=False)

    def _through(self, work: Callable[[Any], T]) -> T:
        """Do `work` with a producer of the app's pool, again on a new connection if that one was lost."""
        try:
            with self._app.producer_or_acquire() as producer:
                ensured = producer.connection.ensure(producer, work, retry_errors=(BatchPublishError,), **PUBLISH_RETRY)
                return ensured(producer)  # type: ignore[no-any-return]  # kombu has no types
        except (KombuError, RedisError, OSError) as error:
            raise QueueUnavailableError(
                f"the Celery broker cannot be reached ({error}). Check CELERY_BROKER_URL and that Redis runs"
            ) from error
