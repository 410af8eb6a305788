"""The worker's work on files: claim the next one of a lane, press it, settle it, whatever may go wrong with that."""

import errno
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import structlog
from structlog.contextvars import bound_contextvars

from bulkpress_core.domain.errors import JobNotFoundError, LeaseLostError, StateUnavailableError
from bulkpress_core.domain.jobs import Claim, FileState, JobState, Outcome, Purpose
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.origins import ForeignObject, S3Place, Uploaded
from bulkpress_core.ports.job_store import Settled
from bulkpress_engine import Report
from bulkpress_engine.errors import EngineCrashError
from bulkpress_engine.report import Result
from compression_worker.analyzing import analyzed, forget_analyzed
from compression_worker.checksums import crc32_of_file
from compression_worker.deps import TICK_S, Deps
from compression_worker.endings import Ending, Move, TryLater, ending_of
from compression_worker.fetching import fetch, foreign_objects
from compression_worker.lease import HeldLease
from compression_worker.opening import call_for_webhooks, open_waiting, ring
from compression_worker.options import press_options
from compression_worker.results import known_outcome, name_of
from compression_worker.scanning import scan

log = structlog.get_logger(__name__)

LITTLE_ROOM_BYTES = 2**20  # on the scratch disk, with what a crashed engine has written still there
ENDED_AS = {FileState.DONE: "file.pressed", FileState.KEPT: "file.kept", FileState.FAILED: "file.failed"}


def press_next(lane: Lane, deps: Deps) -> None:
    """Claim the next file of the lane, press it and settle it; an empty lane is no error.

    Whatever goes wrong with the file ends, delays or moves the file and nothing else. Raises UnavailableError when the
    job store or the broker cannot be reached: a claim that was made then ends with its lease, and the scheduler's
    sweep gives the file to somebody else.
    """
    if deps.stopping():  # the bell is lost, and rung again by the scheduler
        return
    open_waiting(deps)
    claim = deps.jobs.claim(lane, now=deps.now(), lease=deps.lease)
    if claim is None:
        log.debug("bell.in_vain", lane=lane.value)
        return
    file = claim.file
    with bound_contextvars(
        job_id=claim.job_id, file=file.number, attempt=file.attempts, bytes_in=file.size_bytes, lane=lane.value
    ):
        try:
            with HeldLease(deps.jobs, claim, deps.lease, deps.now, deps.stopping) as lease:
                _end(claim, _ending(claim, deps, lease), deps)
        except LeaseLostError:
            deps.metrics.lease_lost()
            log.warning("lease.lost")
            _forget_if_ended(claim, deps)


def _ending(claim: Claim, deps: Deps, lease: HeldLease) -> Ending:
    try:
        return known_outcome(claim, deps) or _attempt(claim, deps, lease)
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, it must cost one file and not the worker
        return ending_of(error, claim.lane)


def _attempt(claim: Claim, deps: Deps, lease: HeldLease) -> Outcome:
    with deps.scratch.folder(room_bytes=claim.file.size_bytes) as folder:
        source, target = folder / "source.pdf", folder / "result.pdf"
        size_bytes = fetch(claim, source, deps, lease.check)
        scan(source, claim, deps, lease.check)
        started = time.monotonic()
        options, limits = press_options(claim.settings, deps.unseal), deps.limits(claim.lane)
        if claim.purpose is Purpose.ANALYZE:
            return analyzed(source, options, limits, lease.check, deps)
        try:
            report = deps.presser.press(source, target, options, limits=limits, on_tick=lease.check, tick_s=TICK_S)
        except EngineCrashError as error:
            if shutil.disk_usage(folder).free < LITTLE_ROOM_BYTES:  # on a full disk qpdf may end in abort()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise
        lease.check()
        seconds = time.monotonic() - started
        result = source if report.result is Result.KEPT else target
        outcome = _stored(claim, report, result, deps)
        came_with_job = isinstance(claim.file.origin, Uploaded)
        return replace(outcome, seconds=round(seconds, 3), bytes_in=None if came_with_job else size_bytes)


def _stored(claim: Claim, report: Report, result: Path, deps: Deps) -> Outcome:
    """The file's end, with `result` where it belongs: of a kept file, that is its source."""
    kept = report.result is Result.KEPT
    own_key = claim.file.source_key if kept else claim.result_key
    result_key: str | None = own_key
    match claim.file.origin:
        case ForeignObject(target=S3Place() as target):
            foreign_objects(deps).store(result, target)
            result_key = None
        case Uploaded() if kept:
            pass  # it is there
        case _:
            deps.objects.store(result, own_key)
    return Outcome(
        FileState.KEPT if kept else FileState.DONE,
        report.reason.value,
        detail=report.message,
        result_key=result_key,
        bytes_out=report.bytes_out,
        decisions=report.decisions,
        crc32=crc32_of_file(result),
    )


def _end(claim: Claim, ending: Ending, deps: Deps) -> None:
    """Settle the file, give it back for later while it has retries left, or move it. Raises LeaseLostError."""
    match ending:
        case Move():
            deps.jobs.give_back(claim, lane=ending.lane)
            deps.metrics.deferred(ending.why)
            log.warning("file.given_back", reason=ending.why, into=ending.lane.value)
            ring(ending.lane, 1, deps)
        case TryLater() if claim.file.retries < deps.retry.max_retries:
            delay = deps.retry.delay(claim.file.retries)
            deps.jobs.defer(claim, until=deps.now() + delay)
            deps.metrics.deferred(ending.reason)
            log.warning("file.deferred", reason=ending.reason, error=ending.detail, delay_s=delay.total_seconds())
        case TryLater():
            _settle(claim, ending.failure, deps)
        case Outcome():
            _settle(claim, ending, deps)


def _settle(claim: Claim, outcome: Outcome, deps: Deps) -> None:
    """Settle, ring for the twins that this lets go, and tell."""
    settled = _settled(claim, outcome, deps)
    if claim.purpose is Purpose.ANALYZE:
        forget_analyzed(claim, deps)
    deps.metrics.settled(claim, outcome)
    deps.metrics.ended(claim.lane, settled.job, deps.now())
    log.info(
        ENDED_AS[outcome.state],
        reason=outcome.reason,
        detail=outcome.detail,
        bytes_out=outcome.bytes_out,
        seconds=outcome.seconds,
        cached=outcome.cached,
    )
    ring(claim.lane, settled.released, deps)
    if settled.job.webhook_url and (outcome.state is FileState.FAILED or settled.job.state is JobState.FINISHED):
        call_for_webhooks(deps)


def _settled(claim: Claim, outcome: Outcome, deps: Deps) -> Settled:
    """Settle; a job store that is away for less than a lease costs no work.

    If the store took the settlement and its answer was lost, asking again finds the lease gone: that is harmless.
    """
    give_up = time.monotonic() + deps.lease.total_seconds()
    while True:
        try:
            return deps.jobs.settle(claim, outcome, now=deps.now(), known_as=name_of(claim, deps))
        except StateUnavailableError as error:
            if time.monotonic() > give_up:
                raise
            log.warning("file.not_settled", error=str(error))
            time.sleep(min(1.0, deps.lease.total_seconds() / 10))


def _forget_if_ended(claim: Claim, deps: Deps) -> None:
    """Delete a result that was stored after its job had been cancelled or deleted: nobody else would."""
    try:
        (file,) = deps.jobs.files(claim.job_id, start=claim.file.number, stop=claim.file.number + 1)
    except JobNotFoundError:
        deps.objects.delete_prefix(claim.job_prefix)
    else:
        if file.state is FileState.CANCELLED:
            deps.objects.delete(claim.result_key)
            if not isinstance(file.origin, Uploaded):
                deps.objects.delete(file.source_key)
