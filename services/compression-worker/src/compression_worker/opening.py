"""Opening jobs: from a job that was handed in to files that wait in their lanes."""

import structlog

from bulkpress_core.domain.errors import JobNotFoundError, QueueUnavailableError
from bulkpress_core.domain.jobs import JobId
from bulkpress_core.domain.lanes import Lane
from compression_worker.deps import Deps

log = structlog.get_logger(__name__)


def open_job(job_id: JobId, deps: Deps) -> int:
    """Put the files of a job into their lanes and ring for each; return how many files the job has.

    Costs were predicted while the files came in, so nothing is read here, however many they are. Done again, it does
    nothing; bells that get lost are rung by the scheduler. Raises UnavailableError.
    """
    try:
        job = deps.jobs.get(job_id)
        opened = deps.jobs.open(job_id, job.usual_lane, now=deps.now())
    except JobNotFoundError:
        log.info("job.gone", job_id=job_id)
        return 0
    if opened:
        log.info("job.opened", job_id=job_id, files=job.totals.files, lanes=dict(opened), cost_ms=round(job.cost))
    for lane, files in opened.items():
        deps.queue.ring(lane, files)
    return job.totals.files


def open_waiting(deps: Deps) -> None:
    """Open the job that waits longest to be opened: its announcement may stand behind another's many bells."""
    for job_id in deps.jobs.unopened(sealed_before=deps.now(), limit=1):
        open_job(job_id, deps)


def ring(lane: Lane, bells: int, deps: Deps) -> None:
    """Ring for files that wait again; with the broker away, the scheduler does so later."""
    if bells:
        try:
            deps.queue.ring(lane, bells)
        except QueueUnavailableError as error:
            log.warning("bells.put_off", lane=lane.value, bells=bells, error=str(error))


def call_for_webhooks(deps: Deps) -> None:
    """Have messages sent that a change has put into the outbox; with the broker away, the scheduler does so later."""
    try:
        deps.queue.call_for_webhooks()
    except QueueUnavailableError as error:
        log.warning("webhooks.put_off", error=str(error))
