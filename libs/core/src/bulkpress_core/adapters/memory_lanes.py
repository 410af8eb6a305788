"""One lane of the job store in memory: whose turn it is, and which of its files come back when."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from bulkpress_core.domain.jobs import JobId, TenantId


class MemoryLane:
    """Tenants take turns by virtual time: the cost of what each has had, divided by its weight."""

    def __init__(self) -> None:
        self.due: dict[tuple[JobId, int], datetime] = {}  # ends of leases and deferrals
        self._clock = 0.0  # where the tenant stood that was served last, before it was charged
        self._had: dict[TenantId, float] = {}  # virtual time of each tenant ever seen
        self._turns: dict[TenantId, deque[JobId]] = {}  # jobs with files waiting, the next one first
        self._waiting: dict[JobId, deque[int]] = {}  # their files, the next one first

    @property
    def pending(self) -> int:
        """How many files wait."""
        return sum(map(len, self._waiting.values()))

    def let_wait(self, tenant: TenantId, job_id: JobId, numbers: Sequence[int], *, first: bool = False) -> None:
        """Add files behind the job's others, or, `first`, before them, with the tenant's next turn for the job.

        A tenant that was away starts at the lane's time, or later if it had had more than that.
        """
        if not numbers:
            return
        waiting = self._waiting.setdefault(job_id, deque())
        if tenant not in self._turns:
            self._turns[tenant] = deque()
            self._had[tenant] = max(self._clock, self._had.get(tenant, 0.0))
        turns = self._turns[tenant]
        if first:
            waiting.extendleft(numbers)
            if job_id in turns:
                turns.remove(job_id)
            turns.appendleft(job_id)
        else:
            waiting.extend(numbers)
            if job_id not in turns:
                turns.append(job_id)

    def next(self) -> tuple[TenantId, JobId, int] | None:
        """Take the next file: of the tenant that has had least, of its job whose turn it is, the first."""
        if not self._turns:
            return None
        tenant = min(self._turns, key=lambda waiting: (self._had[waiting], waiting))
        turns = self._turns[tenant]
        job_id = turns.popleft()
        waiting = self._waiting[job_id]
        number = waiting.popleft()
        if waiting:
            turns.append(job_id)
        else:
            del self._waiting[job_id]
        if not turns:
            del self._turns[tenant]
        return tenant, job_id, number

    def charge(self, tenant: TenantId, charge: float) -> None:
        """Add to what the tenant served last has had."""
        self._clock = self._had[tenant]
        self._had[tenant] += charge

    def withdraw(self, job_id: JobId) -> None:
        """Take the job's files out of the lane, those claimed and deferred too."""
        self._waiting.pop(job_id, None)
        for tenant, turns in list(self._turns.items()):
            self._turns[tenant] = deque(turn for turn in turns if turn != job_id)
            if not self._turns[tenant]:
                del self._turns[tenant]
        self.due = {key: end for key, end in self.due.items() if key[0] != job_id}
