"""What an error in an attempt means for the file: told here and nowhere else. Facts in, value out."""

import errno
from dataclasses import dataclass

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from bulkpress_core.domain.errors import InfectedError, ObjectNotFoundError, UnavailableError
from bulkpress_core.domain.jobs import FileState, Outcome
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.domain.origins import SourceRefusedError, SourceTooLargeError
from bulkpress_engine import EngineError
from bulkpress_engine.errors import KilledError, OutOfMemoryError, TimedOutError
from bulkpress_engine.sandbox import SandboxError
from compression_worker.fetching import NoPdfError, TooHeavyForLaneError
from compression_worker.lease import StoppingError
from compression_worker.reasons import WorkerReason

log = structlog.get_logger(__name__)

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class TryLater:
    """The file could not be pressed now, for a reason that may pass; when retries are used up, it fails with it."""

    reason: str
    detail: str

    @property
    def failure(self) -> Outcome:
        """How the file ends when it is not tried again."""
        return Outcome(FileState.FAILED, self.reason, self.detail)


@dataclass(frozen=True, slots=True)
class Move:
    """The file is given back at once: into `lane`, which is its own, or the heavy one for what proved too heavy."""

    lane: Lane
    why: str


Ending = Outcome | TryLater | Move


def ending_of(error: Exception, lane: Lane) -> Ending:
    """What becomes of a file whose attempt in `lane` ended with this error."""
    return _move(error, lane) or _try_later(error) or _refusal(error) or _failure(error)


def _move(error: Exception, lane: Lane) -> Move | None:
    match error:
        case StoppingError():
            return Move(lane, "worker_stops")
        case TooHeavyForLaneError():
            return Move(Lane.HEAVY, "too_heavy")
        case OutOfMemoryError() if lane is not Lane.HEAVY:
            return Move(Lane.HEAVY, error.code)
        case TimedOutError() | SoftTimeLimitExceeded() if lane is Lane.EXPRESS:  # its limits are for small files
            return Move(Lane.HEAVY, TimedOutError.code)
    return None


def _try_later(error: Exception) -> TryLater | None:
    match error:
        case UnavailableError():
            return TryLater(error.code, str(error))
        case OSError(errno=number) if number in NO_ROOM:
            return TryLater(WorkerReason.DISK_FULL, f"The worker has no room for the file ({error}).")
        case OSError() | SandboxError():
            return TryLater(WorkerReason.MACHINE_ERROR, f"The worker's machine failed ({error}).")
        case KilledError():  # in the heavy lane, and not by the file's own limit: what killed it may be gone
            return TryLater(error.code, str(error))
    return None


def _refusal(error: Exception) -> Outcome | None:
    match error:
        case NoPdfError():
            return error.outcome
        case SourceRefusedError() | SourceTooLargeError():
            return failed(error.code, str(error))
    return None


def _failure(error: Exception) -> Outcome:
    match error:
        case EngineError():
            log.debug("engine.refused", notes=getattr(error, "__notes__", []))
            return failed(error.code, str(error))
        case SoftTimeLimitExceeded():
            return failed(TimedOutError.code, "The file took longer to fetch, press and store than one task may.")
        case InfectedError():
            return failed(WorkerReason.INFECTED, str(error))
        case ObjectNotFoundError():
            detail = "The uploaded file is no longer in the object store. Send it again."
            return failed(WorkerReason.SOURCE_MISSING, detail)
        case _:
            log.error("file.defect", exc_info=error)
            return failed(WorkerReason.INTERNAL_ERROR, "Bulkpress failed on this file. The worker's log says how.")


def failed(reason: str, detail: str) -> Outcome:
    """The end of a file for which there is no result."""
    return Outcome(FileState.FAILED, str(reason), detail)
