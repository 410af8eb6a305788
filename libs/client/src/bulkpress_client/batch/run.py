"""Pressing many files at once: one sandbox to a thread, results put in place whole or not at all."""

import dataclasses
import errno
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from bulkpress_client.batch.layout import Work
from bulkpress_client.batch.replacing import NotReplacedError, draft_beside, replace, stamp_of
from bulkpress_engine.errors import CancelledError, EngineError
from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.report import Reason, Report, Result
from bulkpress_engine.sandbox import Sandbox

CANCEL_TICK_S = 0.2  # how soon a running press notices that it was given up


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file has no result: a word of docs/reference/reasons.md, and the message for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one file."""

    work: Work
    outcome: Report | Failure
    bytes_in: int

    @property
    def state(self) -> str:
        """`done`, `kept` or `failed`: the words the API uses."""
        if isinstance(self.outcome, Failure):
            return "failed"
        return "done" if self.outcome.result is Result.PRESSED else "kept"

    @property
    def bytes_out(self) -> int:
        """The size of the result; of a file that failed, nothing was gained and nothing written: its own size."""
        return self.bytes_in if isinstance(self.outcome, Failure) else self.outcome.bytes_out


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where results go, and which. `least_saving` is the share of a file that must be saved for its result to count."""

    least_saving: float = 0.0
    in_place: bool = False
    backup: bool = True  # of a file that is replaced

    def judged(self, report: Report) -> Report:
        """The report as it is, or as that of a file that is kept because too little would be saved."""
        saved = report.bytes_in - report.bytes_out
        if report.result is not Result.PRESSED or saved >= self.least_saving * report.bytes_in:
            return report
        return dataclasses.replace(
            report, result=Result.KEPT, reason=Reason.SAVES_TOO_LITTLE, bytes_out=report.bytes_in
        )


WRITE_ALL = Keeping()


def machine_failure(error: OSError, source: Path) -> Failure:
    """The failure that is the machine's fault, and neither the document's nor the engine's."""
    code = "disk_full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "machine_error"
    return Failure(code, f"{error.strerror or error}: {error.filename or source}")


class Batch:
    """Presses files in up to `jobs` sandboxes. Leaving the context, also by an exception, ends every running press."""

    def __init__(self, options: PressOptions, limits: Limits, *, jobs: int, keeping: Keeping = WRITE_ALL) -> None:
        self._options = options
        self._keeping = keeping
        self._limits = limits
        self._cancelled = threading.Event()
        self._thread = threading.local()
        self._sandboxes = ExitStack()
        self._opening = threading.Lock()
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="press")

    def __enter__(self) -> "Batch":
        return self

    def __exit__(self, *exception: object) -> None:
        self._cancelled.set()
        self._pool.shutdown(cancel_futures=True)
        self._sandboxes.close()

    def rows(self, work: Sequence[Work]) -> Iterator[Row]:
        """Press everything and give each row as soon as it is known, so in no particular order."""
        pending = [self._pool.submit(self._row, one) for one in work]
        for done in as_completed(pending):
            yield done.result()

    def _row(self, work: Work) -> Row:
        bytes_in = 0
        try:
            bytes_in = work.source.stat().st_size
            return Row(work, self._press(work), bytes_in)
        except (EngineError, NotReplacedError) as error:
            return Row(work, Failure(error.code, str(error)), bytes_in)
        except OSError as error:
            return Row(work, machine_failure(error, work.source), bytes_in)

    def _press(self, work: Work) -> Report:
        if self._keeping.in_place:
            return self._press_in_place(work)
        work.target.parent.mkdir(parents=True, exist_ok=True)
        report = self._keeping.judged(self._pressed(work.source, work.target))
        if report.reason is Reason.SAVES_TOO_LITTLE:
            copy_whole(work.source, work.target)
        return report

    def _press_in_place(self, work: Work) -> Report:
        draft, stamp = draft_beside(work.source), stamp_of(work.source)
        try:
            report = self._keeping.judged(self._pressed(work.source, draft))
            if report.result is Result.PRESSED:
                replace(work.source, draft, stamp=stamp, keeps_original=self._keeping.backup)
        finally:
            draft.unlink(missing_ok=True)
        return report

    def _pressed(self, source: Path, target: Path) -> Report:
        with named_in_utf8(source) as readable:
            return self._sandbox().press(
                readable, target, self._options, on_tick=self._raise_if_cancelled, tick_s=CANCEL_TICK_S
            )

    def _sandbox(self) -> Sandbox:
        """This thread's own sandbox: each presses one file at a time."""
        if not hasattr(self._thread, "sandbox"):
            self._raise_if_cancelled()
            with self._opening:
                self._thread.sandbox = self._sandboxes.enter_context(Sandbox(self._limits))
        sandbox: Sandbox = self._thread.sandbox
        return sandbox

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise CancelledError


@contextmanager
def named_in_utf8(source: Path) -> Iterator[Path]:
    """The file under a path that is text: a disk may hold names that are none, and the PDF libraries take no others."""
    try:
        str(source.absolute()).encode()
    except UnicodeEncodeError:
        with TemporaryDirectory(prefix="bulkpress-") as folder:
            link = Path(folder) / "source.pdf"
            link.symlink_to(source.absolute())
            yield link
    else:
        yield source


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file's bytes and mode to where something may be already. Raises OSError."""
    draft = draft_beside(target)
    try:
        shutil.copyfile(source, draft)
        shutil.copymode(source, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is either all there or not at all. Raises OSError."""
    part = path.with_name(f".bulkpress-{uuid4().hex}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
