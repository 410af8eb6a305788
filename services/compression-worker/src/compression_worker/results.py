"""Results known already: the same content, pressed for the same tenant with the same options by the same engine."""

import base64
import hashlib
import json
from dataclasses import replace
from functools import cache
from importlib.metadata import version

import structlog

from bulkpress_core.domain.errors import ObjectNotFoundError
from bulkpress_core.domain.jobs import Claim, FileState, Outcome, Purpose
from compression_worker.checksums import crc32_of
from compression_worker.deps import Deps

log = structlog.get_logger(__name__)

NAME_CHARS = 22  # 132 bits of SHA-256: nobody finds two contents of the same name


def name_of(claim: Claim, deps: Deps) -> str:
    """The name of the file's result, from all that decides about its bytes.

    A file of unknown content, with a password, or only to be analysed, has none. The engine is deterministic, so
    whoever has the same name has the same result.
    """
    if not claim.file.digest or claim.settings.sealed_password or claim.purpose is not Purpose.COMPRESS:
        return ""
    options = json.dumps(claim.settings.asked(), sort_keys=True)
    decisive = "\n".join((claim.file.digest, options, _engine_version(), "scanned" if deps.scanner else ""))
    return base64.urlsafe_b64encode(hashlib.sha256(decisive.encode()).digest()).decode()[:NAME_CHARS]


def known_outcome(claim: Claim, deps: Deps) -> Outcome | None:
    """The outcome of a twin that has ended, its result copied to where this file's belongs; None if there is none.

    Its own copy, so that each job's objects go with that job and not before.
    """
    name = name_of(claim, deps)
    known = deps.jobs.known(claim.tenant, name) if name else None
    if known is None or known.outcome is None or known.size_bytes != claim.file.size_bytes:
        return None
    if known.state is FileState.KEPT:
        return _taken_over(known.outcome, claim.file.source_key, deps)
    if known.state is not FileState.DONE or known.outcome.result_key is None:
        return None
    try:
        size_bytes = deps.objects.copy(known.outcome.result_key, claim.result_key)
    except ObjectNotFoundError:  # its job is being deleted
        return None
    if size_bytes != known.outcome.bytes_out:
        return None
    return _taken_over(known.outcome, claim.result_key, deps)


def _taken_over(outcome: Outcome, key: str, deps: Deps) -> Outcome:
    """The outcome with the object there for its result. Older workers recorded no checksum."""
    crc32 = crc32_of(deps.objects.read(key)) if outcome.crc32 is None else outcome.crc32
    return replace(outcome, result_key=key, seconds=0.0, cached=True, crc32=crc32)


@cache
def _engine_version() -> str:
    return version("bulkpress-engine")
