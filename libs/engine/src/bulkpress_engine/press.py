"""The story of one document: opened, inspected, planned for, passed over, saved, proven harmless, reported."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pikepdf import Pdf, PdfError

from bulkpress_engine.admission import reason_to_keep
from bulkpress_engine.encryption import pages_without_password
from bulkpress_engine.errors import (
    DamagedPdfError,
    EncryptedPdfError,
    EngineCrashError,
    EngineError,
    OutOfMemoryError,
    TooComplexError,
)
from bulkpress_engine.inspection import DocumentFacts, inspect
from bulkpress_engine.ladder import Try
from bulkpress_engine.opening import opened
from bulkpress_engine.options import DEFAULT_LIMITS, Limits, PressOptions, Step
from bulkpress_engine.passes import PASSES, STEPS, steps_used
from bulkpress_engine.planning import Plan, make_plan
from bulkpress_engine.preparation import prepared
from bulkpress_engine.report import PassReport, Reason, Report, Result
from bulkpress_engine.saving import save
from bulkpress_engine.target import press_to_size
from bulkpress_engine.verification import Aspect, Verdict, verify

Verify = Callable[..., Verdict]
DEFAULT_OPTIONS = PressOptions()
UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)  # a defect of ours


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
        with coded_errors():
            if options.target_bytes is None:
                report = _climb_down(source, draft, options, limits, prove)
            else:
                report = press_to_size(partial(_climb_down, prove=prove), source, draft, options, limits)
        if report.result is Result.KEPT:
            shutil.copyfile(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return replace(report, seconds=round(time.monotonic() - began, 3))


def _climb_down(source: Path, draft: Path, options: PressOptions, limits: Limits, prove: Verify) -> Report:
    """Try one plan after another, each from the source, until one gains and harms nothing."""
    size = source.stat().st_size
    report = Report(Result.KEPT, Reason.ALREADY_SMALL, bytes_in=size, bytes_out=size)
    asked = now = Try(options.without)
    while True:
        attempt = _attempt(source, draft, options, limits, now)
        report = replace(report, pages=attempt.pages, reason=attempt.kept or report.reason)
        if attempt.kept is not None or (attempt.crash is None and draft.stat().st_size >= size):
            break
        verdict = attempt.crash or prove(source, draft, options=options, limits=limits)
        if verdict.harmless:
            reason = Reason.COMPRESSED if now == asked else Reason.COMPRESSED_GENTLER
            written = draft.stat().st_size
            return replace(report, result=Result.PRESSED, reason=reason, bytes_out=written, passes=attempt.passes)
        gentler = now.gentler(verdict.aspects, verdict.suspects, attempt.used)
        report = _with_fallback(report, verdict, now, gentler)
        if gentler is None:
            break
        now = gentler
    return report


def _with_fallback(report: Report, verdict: Verdict, now: Try, gentler: Try | None) -> Report:
    """The report, with what verification found added to it in words, and counted by the steps that it cost.

    Raises EngineCrashError for a crash that no plan can do without.
    """
    if gentler is None and verdict.aspects[Aspect.CRASH]:
        raise EngineCrashError(f"The engine ended unexpectedly: {verdict.findings[0]}")
    gone = [*sorted(now.without), *(["coarse in places"] if now.spared else [])]
    tried = f"without {', '.join(gone)}" if report.fallbacks else "as asked"
    lost = ["original"] if gentler is None else sorted(gentler.without - now.without) or [Step.COARSE]
    counts = Counter(report.given_up)
    counts.update({f"{step}.{aspect}": count for step in lost for aspect, count in verdict.aspects.items()})
    return replace(
        report,
        reason=Reason.NOT_PROVEN,
        fallbacks=(*report.fallbacks, *(f"{tried}: {finding}" for finding in verdict.findings)),
        given_up=dict(sorted(counts.items())),
    )


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one plan came to; `kept` says why the original must stay, whatever the plan."""

    pages: int
    passes: tuple[PassReport, ...] = ()
    used: frozenset[Step] = frozenset()  # the steps that made a difference
    crash: Verdict | None = None
    kept: Reason | None = None


def _attempt(source: Path, draft: Path, options: PressOptions, limits: Limits, now: Try) -> _Attempt:
    """Press `source` into `draft` by the plan of this try. Raises an EngineError."""
    try:
        with opened(source, options.password, limits) as pdf:
            kept = reason_to_keep(pdf, options)
            if kept is not None:
                return _Attempt(len(pdf.pages), kept=kept)
            done = prepared(pdf, options, limits)
            facts = inspect(pdf, limits)
            plan = make_plan(facts, options, limits, now.without, now.spared)
            attempt = _passed(pdf, plan, facts, limits, done)
            if attempt.crash is None:
                save(pdf, draft, plan)
            return attempt
    except EncryptedPdfError:
        pages = pages_without_password(source)
        if pages is None:
            raise
        return _Attempt(pages, kept=Reason.ENCRYPTION_NOT_KEPT)


def _passed(pdf: Pdf, plan: Plan, facts: DocumentFacts, limits: Limits, done: Sequence[PassReport]) -> _Attempt:
    """Let the passes change `pdf`, after what is `done`.

    One that ends unexpectedly ends this try, and is told apart by its own steps.
    """
    reports = list(done)
    for run in PASSES:
        try:
            reports.append(run(pdf, plan, facts, limits))
        except UNEXPECTED as error:
            crash = Verdict((f"{Aspect.CRASH}: {run.__name__}: {type(error).__name__}: {error}",))
            return _Attempt(facts.pages, used=frozenset(STEPS[run.__name__]), crash=crash)
    return _Attempt(facts.pages, tuple(reports), steps_used(reports))


@contextmanager
def coded_errors() -> Iterator[None]:
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
    except UNEXPECTED as error:
        raise EngineCrashError(f"The engine ended unexpectedly: {type(error).__name__}: {error}") from error
