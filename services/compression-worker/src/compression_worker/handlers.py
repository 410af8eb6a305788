"""The worker's work, as plain functions: open a job, press the next file of a lane, clean up."""

import errno
import os
import shutil
import time
from pathlib import Path

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from structlog.contextvars import bound_contextvars

from bulkpress_core.domain.errors import (
    JobNotFoundError,
    LeaseLostError,
    ObjectNotFoundError,
    StateUnavailableError,
    StoreUnavailableError,
    UnavailableError,
)
from bulkpress_core.domain.jobs import Claim, FileState, Job, JobId, JobState, Outcome
from bulkpress_core.domain.lanes import Lane
from bulkpress_engine import EngineError, Report
from bulkpress_engine.errors import EngineCrashError, TimedOutError
from bulkpress_engine.report import Result
from bulkpress_engine.sandbox import SandboxError
from compression_worker.deps import Deps
from compression_worker.lease import HeldLease
from compression_worker.options import press_options
from compression_worker.reasons import WorkerReason

log = structlog.get_logger(__name__)

EXPIRED_AT_ONCE = 100
STUCK_AT_MOST = 10  # jobs that cannot be deleted, after which the object store is taken for out of reach
LITTLE_ROOM_BYTES = 2**20  # on the scratch disk, with what a crashed engine has written still there
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
ENDED_AS = {FileState.DONE: "file.pressed", FileState.KEPT: "file.kept", FileState.FAILED: "file.failed"}


class TryLaterError(Exception):
    """The file could not be pressed now, for a reason that may pass."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def open_job(job_id: JobId, deps: Deps) -> int:
    """Put the files of a job into their lane and ring for each; return how many files the job has.

    Done again, it does nothing; bells that get lost are rung by the scheduler. Raises UnavailableError.
    """
    try:
        opened = deps.jobs.open(job_id, Lane.COMPRESSION, now=deps.now())
        files = deps.jobs.get(job_id).totals.files
    except JobNotFoundError:
        log.info("job.gone", job_id=job_id)
        return 0
    if opened:
        log.info("job.opened", job_id=job_id, files=opened)
        deps.queue.ring(Lane.COMPRESSION, opened)
    return files


def press_next(lane: Lane, deps: Deps) -> None:
    """Claim the next file of the lane, press it and settle it; an empty lane is no error.

    Whatever goes wrong with the file ends or delays the file and nothing else. Raises StateUnavailableError when the
    job store cannot be reached: a claim that was made then ends with its lease, and the scheduler's sweep gives the
    file to somebody else.
    """
    claim = deps.jobs.claim(lane, now=deps.now(), lease=deps.lease)
    if claim is None:
        log.debug("bell.in_vain", lane=lane.value)
        return
    file = claim.file
    with bound_contextvars(job_id=claim.job_id, file=file.number, attempt=file.attempts, bytes_in=file.size_bytes):
        try:
            with HeldLease(deps.jobs, claim, deps.lease, deps.now) as lease:
                _end(claim, _outcome(claim, deps, lease), deps)
        except LeaseLostError:
            deps.metrics.lease_lost()
            log.warning("lease.lost")
            _forget_if_deleted(claim, deps)


def clean_up(deps: Deps) -> dict[str, int]:
    """Delete all that belongs to expired jobs, uploads never handed in included; return how much that was.

    Objects go before the record that names them, so whatever interrupts this leaves nothing nobody knows of. Jobs whose
    objects cannot be deleted are put off, and stop nobody else's. Raises UnavailableError, then at the end.
    """
    deleted = {"jobs": 0, "objects": 0}
    stuck: dict[JobId, StoreUnavailableError] = {}
    while expired := [job for job in deps.jobs.expired(now=deps.now(), limit=EXPIRED_AT_ONCE) if job.id not in stuck]:
        for job in expired:
            try:
                deleted["objects"] += _delete(job, deps)
            except StoreUnavailableError as error:
                log.warning("job.not_deleted", job_id=job.id, error=str(error))
                stuck[job.id] = error
                if len(stuck) == STUCK_AT_MOST:
                    raise
            else:
                deleted["jobs"] += 1
                log.info("job.expired", job_id=job.id, state=job.state.value)
    if stuck:
        raise next(iter(stuck.values()))
    return deleted


def _delete(job: Job, deps: Deps) -> int:
    """Delete the job and its objects; return how many those were."""
    objects = deps.objects.delete_prefix(job.source_prefix)
    deps.jobs.delete(job.id)
    if job.state is not JobState.FINISHED:  # a file may have been stored, and settled, while the others were deleted
        objects += deps.objects.delete_prefix(job.source_prefix)
    return objects


def _outcome(claim: Claim, deps: Deps, lease: HeldLease) -> Outcome | TryLaterError:
    try:
        return _attempt(claim, deps, lease)
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, it must cost one file and not the worker
        return _ending_of(error)


def _ending_of(error: Exception) -> Outcome | TryLaterError:
    """What an error in an attempt means for the file: told here and nowhere else."""
    match error:
        case UnavailableError():
            return TryLaterError(error.code, str(error))
        case OSError(errno=number) if number in NO_ROOM:
            return TryLaterError(WorkerReason.DISK_FULL, f"The worker has no room for the file ({error}).")
        case OSError() | SandboxError():
            return TryLaterError(WorkerReason.MACHINE_ERROR, f"The worker's machine failed ({error}).")
        case EngineError():
            log.debug("engine.refused", notes=getattr(error, "__notes__", []))
            return _failed(error.code, str(error))
        case SoftTimeLimitExceeded():
            reason = TimedOutError.code
            detail = "The file took longer to fetch, press and store than one task may."
        case ObjectNotFoundError():
            reason = WorkerReason.SOURCE_MISSING
            detail = "The uploaded file is no longer in the object store. Send it again."
        case _:
            log.error("file.defect", exc_info=error)
            reason = WorkerReason.INTERNAL_ERROR
            detail = "Bulkpress failed on this file. The worker's log says how."
    return _failed(reason, detail)


def _attempt(claim: Claim, deps: Deps, lease: HeldLease) -> Outcome:
    with deps.scratch.folder() as folder:
        source, target = folder / "source.pdf", folder / "result.pdf"
        deps.objects.fetch(claim.file.source_key, source)
        lease.check()
        started = time.monotonic()
        try:
            report = deps.presser.press(source, target, press_options(claim.settings), on_tick=lease.check)
        except EngineCrashError as error:
            if shutil.disk_usage(folder).free < LITTLE_ROOM_BYTES:  # on a full disk qpdf may end in abort()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise
        lease.check()
        return _stored(claim, report, target, time.monotonic() - started, deps)


def _stored(claim: Claim, report: Report, target: Path, seconds: float, deps: Deps) -> Outcome:
    kept = report.result is Result.KEPT
    if not kept:
        deps.objects.store(target, claim.result_key)
    return Outcome(
        FileState.KEPT if kept else FileState.DONE,
        report.reason.value,
        detail=report.message,
        result_key=claim.file.source_key if kept else claim.result_key,
        bytes_out=report.bytes_out,
        seconds=round(seconds, 3),
        decisions=report.decisions,
    )


def _failed(reason: str, detail: str) -> Outcome:
    return Outcome(FileState.FAILED, str(reason), detail)


def _end(claim: Claim, result: Outcome | TryLaterError, deps: Deps) -> None:
    """Settle the file, or give it back for later while it has retries left. Raises LeaseLostError."""
    if isinstance(result, TryLaterError):
        if claim.file.attempts <= deps.retry.max_retries:
            delay = deps.retry.delay(claim.file.attempts)
            deps.jobs.defer(claim, until=deps.now() + delay)
            deps.metrics.deferred(result.reason)
            log.warning("file.deferred", reason=result.reason, error=str(result), delay_s=delay.total_seconds())
            return
        result = _failed(result.reason, str(result))
    _settle(claim, result, deps)
    deps.metrics.settled(claim, result)
    log.info(
        ENDED_AS[result.state],
        reason=result.reason,
        detail=result.detail,
        bytes_out=result.bytes_out,
        seconds=result.seconds,
    )


def _settle(claim: Claim, outcome: Outcome, deps: Deps) -> None:
    """Settle; a job store that is away for less than a lease costs no work.

    If the store took the settlement and its answer was lost, asking again finds the lease gone: that is harmless.
    """
    give_up = time.monotonic() + deps.lease.total_seconds()
    while True:
        try:
            deps.jobs.settle(claim, outcome, now=deps.now())
        except StateUnavailableError as error:
            if time.monotonic() > give_up:
                raise
            log.warning("file.not_settled", error=str(error))
            time.sleep(min(1.0, deps.lease.total_seconds() / 10))
        else:
            return


def _forget_if_deleted(claim: Claim, deps: Deps) -> None:
    """Delete a result that was stored after its job had been deleted: nobody else would."""
    try:
        deps.jobs.get(claim.job_id)
    except JobNotFoundError:
        deps.objects.delete_prefix(claim.job_prefix)
