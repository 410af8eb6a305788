"""Scanning for viruses, before anything else opens a file."""

from collections.abc import Callable
from pathlib import Path

import structlog

from bulkpress_core.domain.errors import InfectedError, ScanFailedError
from bulkpress_core.domain.jobs import Claim
from compression_worker.deps import Deps

log = structlog.get_logger(__name__)


def scan(source: Path, claim: Claim, deps: Deps, on_chunk: Callable[[], None]) -> None:
    """Return if the file may be opened: clean, no scanner configured, or its failure not to matter.

    Of an infected file the stored source is deleted. Raises InfectedError, ScanFailedError, StoreUnavailableError and
    whatever `on_chunk` raises.
    """
    if deps.scanner is None:
        return
    try:
        deps.scanner.scan(source, on_chunk=on_chunk)
    except InfectedError as error:
        deps.objects.delete(claim.file.source_key)
        log.warning("file.infected", signature=error.signature)
        raise
    except ScanFailedError as error:
        if not deps.passes_unscanned:
            raise
        log.warning("file.not_scanned", error=str(error))
