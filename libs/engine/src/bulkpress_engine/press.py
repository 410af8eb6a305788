"""The story of one document: opened, inspected, planned for, passed over, saved, proven harmless, reported."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pikepdf import PdfError

from bulkpress_engine.encryption import can_keep_encryption, pages_without_password
from bulkpress_engine.errors import (
    DamagedPdfError,
    EncryptedPdfError,
    EngineCrashError,
    EngineError,
    OutOfMemoryError,
    SignedPdfError,
    TooComplexError,
)
from bulkpress_engine.inspection import inspect
from bulkpress_engine.opening import opened
from bulkpress_engine.options import DEFAULT_LIMITS, Limits, PressOptions, SignedPolicy, Without
from bulkpress_engine.passes import PASSES
from bulkpress_engine.planning import ladder, make_plan
from bulkpress_engine.report import PassReport, Reason, Report, Result
from bulkpress_engine.saving import save
from bulkpress_engine.signatures import is_signed
from bulkpress_engine.verification import Verdict, verify

Verify = Callable[..., Verdict]
DEFAULT_OPTIONS = PressOptions()


def press(
    source: Path, target: Path, options: PressOptions = DEFAULT_OPTIONS, limits: Limits = DEFAULT_LIMITS
) -> Report:
    """Press `source` into `target`, which then holds the pressed document or, where nothing was gained, the original.

    Raises an EngineError, and then leaves no target. What is written is called `target` only when proven.
    """
    return press_proven(source, target, options, limits, verify)


def press_proven(source: Path, target: Path, options: PressOptions, limits: Limits, prove: Verify) -> Report:
    """`press`, with the proof of harmlessness as an argument."""
    began = time.monotonic()
    draft = target.with_name(f".{target.name}.pressing")
    try:
        with _coded_errors():
            report = _climb_down(source, draft, options, limits, prove)
        if report.result is Result.KEPT:
            shutil.copyfile(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return replace(report, seconds=round(time.monotonic() - began, 3))


def _climb_down(source: Path, draft: Path, options: PressOptions, limits: Limits, prove: Verify) -> Report:
    """Try the plans of the ladder in turn, each from the source, until one gains and harms nothing."""
    size = source.stat().st_size
    original = Report(Result.KEPT, Reason.ALREADY_SMALL, bytes_in=size, bytes_out=size)
    for without in ladder(options):
        attempt = _attempt(source, draft, options, limits, without)
        original = replace(original, pages=attempt.pages, reason=attempt.kept or original.reason)
        if attempt.kept is not None or draft.stat().st_size >= size:
            break
        verdict = prove(source, draft, options=options, limits=limits)
        if verdict.harmless:
            reason = Reason.COMPRESSED_GENTLER if original.fallbacks else Reason.COMPRESSED
            return replace(
                original, result=Result.PRESSED, reason=reason, bytes_out=draft.stat().st_size, passes=attempt.passes
            )
        rejected = tuple(f"{_named(without)}: {finding}" for finding in verdict.findings)
        original = replace(original, reason=Reason.NOT_PROVEN, fallbacks=(*original.fallbacks, *rejected))
    return original


def _named(without: Without) -> str:
    """What a try was, for the report."""
    return f"without {', '.join(sorted(without))}" if without else "as asked"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one plan came to; `kept` says why the original must stay, whatever the plan."""

    pages: int
    passes: tuple[PassReport, ...] = ()
    kept: Reason | None = None


def _attempt(source: Path, draft: Path, options: PressOptions, limits: Limits, without: Without) -> _Attempt:
    """Press `source` into `draft` by the plan that does without these steps. Raises an EngineError."""
    try:
        with opened(source, options.password, limits) as pdf:
            if options.on_signed is not SignedPolicy.COMPRESS and is_signed(pdf):
                if options.on_signed is SignedPolicy.REFUSE:
                    raise SignedPdfError
                return _Attempt(len(pdf.pages), kept=Reason.SIGNED)
            if not can_keep_encryption(pdf):
                return _Attempt(len(pdf.pages), kept=Reason.ENCRYPTION_NOT_KEPT)
            facts = inspect(pdf, limits)
            plan = make_plan(facts, options, limits, without)
            passes = tuple(run(pdf, plan, facts, limits) for run in PASSES)
            save(pdf, draft, plan)
            return _Attempt(facts.pages, passes)
    except EncryptedPdfError:
        pages = pages_without_password(source)
        if pages is None:
            raise
        return _Attempt(pages, kept=Reason.ENCRYPTION_NOT_KEPT)


@contextmanager
def _coded_errors() -> Iterator[None]:
    """Turn whatever can be raised on the way into the engine's own errors."""
    try:
        yield
    except EngineError:
        raise
    except PdfError as error:
        raise DamagedPdfError(f"The document is damaged beyond repair: {error}. Export it anew.") from error
    except MemoryError as error:
        raise OutOfMemoryError from error
    except RecursionError as error:
        raise TooComplexError from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise EngineCrashError(f"The engine ended unexpectedly: {type(error).__name__}: {error}") from error
