"""Files that are handed in to be analysed: what fills them goes into the record, and nothing of them is kept."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from bulkpress_core.domain.errors import UnavailableError
from bulkpress_core.domain.jobs import Claim, FileState, Outcome
from bulkpress_engine import Limits, PressOptions
from compression_worker.deps import TICK_S, Deps
from compression_worker.reasons import WorkerReason

log = structlog.get_logger(__name__)


def analyzed(source: Path, options: PressOptions, limits: Limits, on_tick: Callable[[], None], deps: Deps) -> Outcome:
    """The file's end, with its audit. Raises as `Presser.audit` does."""
    started = time.monotonic()
    audit = deps.presser.audit(source, options, limits=limits, folder=source.parent, on_tick=on_tick, tick_s=TICK_S)
    seconds = round(time.monotonic() - started, 3)
    return Outcome(FileState.DONE, WorkerReason.ANALYZED, seconds=seconds, audit=audit.as_dict())


def forget_analyzed(claim: Claim, deps: Deps) -> None:
    """Delete what was uploaded: nobody needs it any more. What cannot be deleted now goes when its job expires."""
    try:
        deps.objects.delete(claim.file.source_key)
    except UnavailableError as error:
        log.warning("file.not_deleted", error=str(error))
