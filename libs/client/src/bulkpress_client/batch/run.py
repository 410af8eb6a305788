"""Pressing many files at once: one sandbox to a thread, results put in place whole or not at all."""

import errno
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from bulkpress_client.batch.layout import Work
from bulkpress_engine.errors import CancelledError, EngineError
from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.report import Report, Result
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


def machine_failure(error: OSError, source: Path) -> Failure:
    """The failure that is the machine's fault, and neither the document's nor the engine's."""
    code = "disk_full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "machine_error"
    return Failure(code, f"{error.strerror or error}: {error.filename or source}")


class Batch:
    """Presses files in up to `jobs` sandboxes. Leaving the context, also by an exception, ends every running press."""

    def __init__(self, options: PressOptions, limits: Limits, *, jobs: int) -> None:
        self._options = options
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
        except EngineError as error:
            return Row(work, Failure(error.code, str(error)), bytes_in)
        except OSError as error:
            return Row(work, machine_failure(error, work.source), bytes_in)

    def _press(self, work: Work) -> Report:
        work.target.parent.mkdir(parents=True, exist_ok=True)
        with named_in_utf8(work.source) as source:
            return self._sandbox().press(
                source, work.target, self._options, on_tick=self._raise_if_cancelled, tick_s=CANCEL_TICK_S
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


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is either all there or not at all. Raises OSError."""
    part = path.with_name(f".bulkpress-{uuid4().hex}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
