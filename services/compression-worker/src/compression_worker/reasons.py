"""The closed vocabulary of how a file may end. What each word means for people: docs/reference/reasons.md."""

from enum import StrEnum

from bulkpress_core.domain.errors import InfectedError, ScanFailedError, StoreUnavailableError, UnavailableError
from bulkpress_core.domain.origins import SourceRefusedError, SourceTooLargeError, SourceUnavailableError
from bulkpress_engine.errors import EngineError
from bulkpress_engine.report import Reason


class WorkerReason(StrEnum):
    """Why a file ended for a reason that is not the engine's."""

    SOURCE_MISSING = "source_missing"  # the object store has lost what was uploaded
    SOURCE_REFUSED = SourceRefusedError.code  # its address leads to nothing that may be fetched
    SOURCE_TOO_LARGE = SourceTooLargeError.code  # what its address leads to is larger than may be
    SOURCE_UNAVAILABLE = SourceUnavailableError.code  # its host did not answer as it should, however often asked
    STORE_UNAVAILABLE = StoreUnavailableError.code  # it could not be read or written, however often tried
    UNAVAILABLE = UnavailableError.code  # another part could not be reached, however often tried
    INFECTED = InfectedError.code  # the virus scanner found something
    SCAN_FAILED = ScanFailedError.code  # the virus scanner gave no verdict, however often asked
    DISK_FULL = "disk_full"  # the worker's scratch folder had no room, however often tried
    MACHINE_ERROR = "machine_error"  # the worker's machine failed in another way, however often tried
    ANALYZED = "analyzed"  # no failure: the file was handed in to be analysed, and was
    INTERNAL_ERROR = "internal_error"  # a defect of Bulkpress: the worker's log has the details


def engine_codes() -> frozenset[str]:
    """The codes of all errors that can end a file in the engine."""

    def tree(kind: type[EngineError]) -> list[type[EngineError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))]

    return frozenset(kind.code for kind in tree(EngineError))


def all_reasons() -> frozenset[str]:
    """Every word that the `reason` of a file can be."""
    return engine_codes() | frozenset(Reason) | frozenset(WorkerReason)
