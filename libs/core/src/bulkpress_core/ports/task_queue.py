"""The task queue: how work is announced to workers. Losing its messages loses no work, only time."""

from collections.abc import Mapping
from typing import Protocol

from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.lanes import Lane


class TaskQueue(Protocol):
    """Celery, seen from the services. Any method may raise QueueUnavailableError."""

    def announce(self, job_id: JobId, lane: Lane = Lane.COMPRESSION) -> str:
        """Send `process_bulk_compression` for the job, in the queue of the lane that its files will wait in.

        Returns the task's id: the same for the same job.
        """

    def ring(self, lane: Lane, bells: int) -> None:
        """Send `bells` messages `press_next(lane)`: each tells a worker that a file waits there."""

    def call_for_webhooks(self) -> None:
        """Send `deliver_webhooks`: there are messages in the outbox."""

    def waiting(self, lane: Lane) -> int:
        """How many messages wait in the lane's queue, those being worked on not counted."""

    def unacked(self) -> Mapping[Lane, int]:
        """How many messages of each lane workers have taken and not acknowledged; lanes with none are left out."""

    def check(self) -> None:
        """Return if the broker answers. Raises QueueUnavailableError."""
