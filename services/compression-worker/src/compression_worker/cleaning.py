"""Cleaning up: what has expired, what nobody uploads any more, what was under way when its job was deleted."""

from collections.abc import Callable, Sequence

import structlog

from bulkpress_core.domain.errors import StoreUnavailableError
from bulkpress_core.domain.jobs import LOOK_AGAIN_AFTER, Job, JobId
from compression_worker.deps import Deps

log = structlog.get_logger(__name__)

DELETED_AT_ONCE = 100
STUCK_AT_MOST = 10  # jobs that cannot be deleted, after which the object store is taken for out of reach


def clean_up(deps: Deps) -> dict[str, int]:
    """Delete all that belongs to expired jobs and to uploads that broke off; return how much that was.

    Objects go before the record that names them, so whatever interrupts this leaves nothing nobody knows of. Jobs whose
    objects cannot be deleted are put off, and stop nobody else's. Raises UnavailableError, then at the end. Running it
    twice, also at once, is harmless.
    """
    deleted = {"jobs": 0, "objects": 0}
    stuck: dict[JobId, StoreUnavailableError] = {}
    idle_since = deps.now() - deps.upload_idle
    _delete_all(lambda: deps.jobs.expired(now=deps.now(), limit=DELETED_AT_ONCE), "job.expired", deleted, stuck, deps)
    _delete_all(
        lambda: deps.jobs.stalled(untouched_since=idle_since, limit=DELETED_AT_ONCE),
        "job.upload_broke_off",
        deleted,
        stuck,
        deps,
    )
    if stuck:
        raise next(iter(stuck.values()))
    return deleted


def _delete_all(
    find: Callable[[], Sequence[Job]],
    event: str,
    deleted: dict[str, int],
    stuck: dict[JobId, StoreUnavailableError],
    deps: Deps,
) -> None:
    """Delete what `find` names, until it names nothing but what is stuck."""
    while doomed := [job for job in find() if job.id not in stuck]:
        for job in doomed:
            try:
                deleted["objects"] += _delete(job, deps)
            except StoreUnavailableError as error:
                log.warning("job.not_deleted", job_id=job.id, error=str(error))
                stuck[job.id] = error
                if len(stuck) == STUCK_AT_MOST:
                    raise
            else:
                deleted["jobs"] += 1
                log.info(event, job_id=job.id, state=job.state.value)


def _delete(job: Job, deps: Deps) -> int:
    """Delete the job and its objects; return how many those were.

    While it was not finished, a file may be stored just now by somebody who does not know yet: its objects are looked
    for once more, later.
    """
    objects = deps.objects.delete_prefix(job.source_prefix)
    unfinished = job.may_be_written_to
    deps.jobs.delete(job.id, look_again_at=deps.now() + LOOK_AGAIN_AFTER if unfinished else None)
    if unfinished:
        objects += deps.objects.delete_prefix(job.source_prefix)
    return objects
