"""A task queue in this process's memory, for tests: it keeps what would be sent."""

from collections import Counter
from collections.abc import Mapping

from bulkpress_core.domain.jobs import JobId, task_id_of
from bulkpress_core.domain.lanes import Lane


class MemoryTaskQueue:
    """TaskQueue that sends nothing. Announcements wait among the lane's bells, as they do in Celery."""

    def __init__(self) -> None:
        self.announced: list[JobId] = []  # every announcement ever made, in order
        self.bells: Counter[Lane] = Counter()  # every bell ever rung, by lane
        self.webhook_calls = 0
        self._waiting: Counter[Lane] = Counter()
        self._taken: Counter[Lane] = Counter()

    def announce(self, job_id: JobId, lane: Lane = Lane.COMPRESSION) -> str:
        """Keep the announcement; return the task's id."""
        self.announced.append(job_id)
        self._waiting[lane] += 1
        return task_id_of(job_id)

    def ring(self, lane: Lane, bells: int) -> None:
        """Count `bells` messages for the lane."""
        self.bells[lane] += bells
        self._waiting[lane] += bells

    def call_for_webhooks(self) -> None:
        """Count the message, which waits in the cleanup lane."""
        self.webhook_calls += 1
        self._waiting[Lane.CLEANUP] += 1

    def take(self, lane: Lane) -> bool:
        """Consume one message as a worker would; False when none waits."""
        if not self._waiting[lane]:
            return False
        self._waiting[lane] -= 1
        self._taken[lane] += 1
        return True

    def waiting(self, lane: Lane) -> int:
        """How many messages of the lane were not taken."""
        return self._waiting[lane]

    def unacked(self) -> Mapping[Lane, int]:
        """All messages that were taken: nothing acknowledges them."""
        return dict(self._taken)

    def check(self) -> None:
        """Memory always answers."""
