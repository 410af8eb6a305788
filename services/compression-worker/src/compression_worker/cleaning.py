"""Cleaning up: what has expired, what nobody uploads any more, what was under way when its job was deleted."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from bulkpress_core.domain.direct_uploads import NotAwaitedError
from bulkpress_core.domain.errors import JobNotFoundError, StoreUnavailableError
from bulkpress_core.domain.jobs import LOOK_AGAIN_AFTER, NOT_UPLOADED, FileState, Job, JobFile, JobId, put_key_of
from bulkpress_core.domain.origins import DirectUpload
from compression_worker.deps import Deps

log = structlog.get_logger(__name__)

DELETED_AT_ONCE = 100
FILES_AT_ONCE = 1000
STUCK_AT_MOST = 10  # jobs that cannot be deleted, after which the object store is taken for out of reach


def clean_up(deps: Deps) -> dict[str, int]:
    """Fail files that are no longer uploaded, delete all that belongs to expired jobs and to requests that broke off;
    return how much was deleted.

    Objects go before the record that names them, so whatever interrupts this leaves nothing nobody knows of. Jobs whose
    objects cannot be deleted are put off, and stop nobody else's. Raises UnavailableError, then at the end. Running it
    twice, also at once, is harmless.
    """
    _give_up_uploads(deps)
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


def _give_up_uploads(deps: Deps) -> None:
    """End the files that clients were to put into the object store, and of which nothing was heard for long."""
    untouched_since = deps.now() - deps.upload_idle
    while jobs := deps.jobs.abandoned(untouched_since=untouched_since, limit=DELETED_AT_ONCE):
        for job in jobs:
            with suppress(JobNotFoundError):  # deleted meanwhile
                for first in range(0, job.totals.files, FILES_AT_ONCE):
                    for file in deps.jobs.files(job.id, start=first, stop=first + FILES_AT_ONCE):
                        if file.state is FileState.AWAITING_UPLOAD:
                            _give_up(job, file, deps)
            log.info("job.uploads_given_up", job_id=job.id, files=job.totals.awaiting)


def _give_up(job: Job, file: JobFile, deps: Deps) -> None:
    """End one; what the store cannot delete now goes with the job."""
    with suppress(NotAwaitedError):
        deps.jobs.arrived(job.id, file.number, failed=NOT_UPLOADED, now=deps.now())
    key = put_key_of(job.source_prefix, file.number)
    with suppress(StoreUnavailableError):
        if isinstance(file.origin, DirectUpload) and file.origin.upload_id and deps.objects.direct_uploads:
            deps.objects.direct_uploads.abort(key, file.origin.upload_id)
        deps.objects.delete(key)


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
