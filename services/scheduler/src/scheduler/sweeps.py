"""The sweep: finds what got lost on the way and sets it going again. Done twice, also at once, it harms nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bulkpress_core.domain.lanes import PRESS_LANES, Lane
from bulkpress_core.ports.job_store import JobStore, StoreMemory
from bulkpress_core.ports.task_queue import TaskQueue
from bulkpress_core.ports.webhook_outbox import WebhookOutbox

log = structlog.get_logger(__name__)

UNHEARD_AFTER = timedelta(seconds=30)  # a job's announcement usually takes milliseconds
JOBS_AT_ONCE = 1000
ANNOUNCED_IN = Lane.COMPRESSION  # the queue that announcements share with bells
BELLS_AT_ONCE = 10_000  # for one lane in one sweep: two seconds of sending; the next sweep rings the rest


@dataclass(frozen=True, slots=True)
class LaneLoad:
    """What one lane holds, before bells were rung."""

    pending: int = 0  # files that wait
    running: int = 0  # files claimed or deferred
    bells: int = 0  # messages that wait in the broker
    unacked: int = 0  # messages that workers have taken
    tenants: int = 0  # that have files waiting
    oldest_s: float = 0.0  # how long the job has waited that has waited longest; 0 when none does


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep found and did."""

    returned: int = 0  # files given back by dead workers or whose deferral ended
    quarantined: int = 0  # files that used up their attempts
    reannounced: int = 0  # jobs whose announcement was lost
    rung: int = 0
    webhooks: int = 0  # messages that were due
    lanes: Mapping[Lane, LaneLoad] = field(default_factory=dict)
    memory: StoreMemory | None = field(default=None, compare=False)  # of the job store


def sweep(jobs: JobStore, outbox: WebhookOutbox, queue: TaskQueue, *, now: datetime, max_attempts: int) -> Sweep:
    """Return files of dead workers, announce unheard jobs again, ring as many bells as files wait.

    One rule covers files returned, messages that the broker lost and bells that rang too early: a lane has at least
    as many messages as files wait and jobs are unheard. What is above that is never sent: with no worker there to
    take them, messages sent again with every sweep would fill the broker. Raises UnavailableError; what was done
    until then stays done.
    """
    swept = jobs.sweep(now=now, max_attempts=max_attempts)
    unheard = jobs.unopened(sealed_before=now - UNHEARD_AFTER, limit=JOBS_AT_ONCE)
    unacked = queue.unacked()
    lanes = {lane: _load(jobs, queue, lane, unacked.get(lane, 0), now) for lane in PRESS_LANES}
    load = lanes[ANNOUNCED_IN]
    lost = unheard[: max(0, load.pending + len(unheard) - load.bells)]
    for job_id in lost:
        queue.announce(job_id)
    webhooks = outbox.waiting(now=now)
    if webhooks and not queue.waiting(Lane.CLEANUP):  # one task sends what is due; more would only wait behind it
        queue.call_for_webhooks()
    rung = sum(_ring(queue, lane, load) for lane, load in lanes.items())
    done = Sweep(sum(swept.returned.values()), swept.quarantined, len(lost), rung, webhooks, lanes, jobs.memory())
    if done.returned or done.quarantined or done.reannounced or done.rung:
        log.info(
            "sweep.done",
            returned=done.returned,
            quarantined=done.quarantined,
            reannounced=done.reannounced,
            rung=done.rung,
        )
    return done


def _load(jobs: JobStore, queue: TaskQueue, lane: Lane, unacked: int, now: datetime) -> LaneLoad:
    since = jobs.waiting_since(lane)
    return LaneLoad(
        pending=jobs.pending(lane),
        running=jobs.running(lane),
        bells=queue.waiting(lane),
        unacked=unacked,
        tenants=jobs.tenants_waiting(lane),
        oldest_s=max(0.0, (now - since).total_seconds()) if since else 0.0,
    )


def _ring(queue: TaskQueue, lane: Lane, load: LaneLoad) -> int:
    missing = min(max(0, load.pending - load.bells), BELLS_AT_ONCE)
    if missing:
        queue.ring(lane, missing)
    return missing
