"""The story of one audit: opened, weighed, inspected, sampled, estimated."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bulkpress_engine.admission import reason_to_keep
from bulkpress_engine.audit.estimate import estimates
from bulkpress_engine.audit.found import Audit
from bulkpress_engine.audit.sample import Sample
from bulkpress_engine.composition import composition
from bulkpress_engine.encryption import pages_without_password
from bulkpress_engine.errors import EncryptedPdfError
from bulkpress_engine.inspection import inspect
from bulkpress_engine.kinds import Kind
from bulkpress_engine.opening import opened
from bulkpress_engine.options import DEFAULT_LIMITS, Level, Limits, PressOptions
from bulkpress_engine.preparation import prepared
from bulkpress_engine.press import coded_errors
from bulkpress_engine.report import Reason

DEFAULT_OPTIONS = PressOptions()


def analyze(
    source: Path, draft: Path, options: PressOptions = DEFAULT_OPTIONS, limits: Limits = DEFAULT_LIMITS
) -> Audit:
    """Say what fills `source` and how large each level's result would be; `draft` is written to, and removed.

    Of the options all but what sets the level counts. A document that a press would keep whatever the level is answered
    with its reason and its own size. Raises an EngineError where a press would.
    """
    began = time.monotonic()
    try:
        with coded_errors():
            audit = _audit(source, draft, options, limits)
    finally:
        draft.unlink(missing_ok=True)
    return replace(audit, seconds=round(time.monotonic() - began, 3))


def _audit(source: Path, draft: Path, options: PressOptions, limits: Limits) -> Audit:
    size = source.stat().st_size
    try:
        with opened(source, options.password, limits) as pdf:
            parts = composition(pdf, size)
            kept = reason_to_keep(pdf, options)
            if kept is not None:
                return _unchanged(size, len(pdf.pages), parts, kept)
            prepared(pdf, options, limits)
            facts = inspect(pdf, limits)
            sample = Sample.of(pdf, facts, limits)
    except EncryptedPdfError:
        pages = pages_without_password(source)
        if pages is None:
            raise
        return _unchanged(size, pages, {Kind.OTHER: size}, Reason.ENCRYPTION_NOT_KEPT)
    asked = replace(options, position=None, target_bytes=None)
    expected = estimates(source, draft, sample, asked, limits)
    return Audit(size, facts.pages, _by_word(parts), {level: min(size, count) for level, count in expected.items()})


def _unchanged(size: int, pages: int, parts: Mapping[Kind, int], kept: Reason) -> Audit:
    return Audit(size, pages, _by_word(parts), {level.value: size for level in Level}, kept)


def _by_word(parts: Mapping[Kind, int]) -> dict[str, int]:
    return {kind.value: size for kind, size in parts.items()}
