"""The caller's side of the sandbox: starts the zygote, waits with a deadline, and leaves nothing behind."""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bulkpress_engine.audit.found import Audit
from bulkpress_engine.errors import KilledError, TimedOutError
from bulkpress_engine.options import DEFAULT_LIMITS, Limits, PressOptions
from bulkpress_engine.report import Report
from bulkpress_engine.sandbox.endings import result_of
from bulkpress_engine.sandbox.wire import Channel, Ending, Request

ENGINE = "bulkpress_engine.press:press"
AUDIT = "bulkpress_engine.audit.analyze:analyze"
START_S = 60.0  # importing the engine takes half a second; a machine out of breath gets more
END_S = 5.0  # a zygote ends at once when its socket closes; one that does not is killed
# All that the child may know of its surroundings: it reads hostile files and has no use for anyone's credentials.
INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME")
# One thread, or forking is unsafe; few malloc arenas, or threads of the engine eat the address space.
FIXED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


class SandboxError(RuntimeError):
    """The sandbox itself could not be started; no document is to blame. Look at the process's stderr."""


class Sandbox:
    """Presses and audits documents, one at a time, in child processes; for several at a time, make one per thread.

    Starts its zygote with the first press, and anew whenever it is gone. `entry_point` is what the child
    runs for a press, as MODULE:FUNCTION with the signature of `press`; tests give one that misbehaves.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, *, entry_point: str = ENGINE) -> None:
        self._limits = limits
        self._entry_point = entry_point
        self._zygote: _Zygote | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote, and with it a child that still runs. The sandbox can be used again afterwards."""
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.end()

    def press(
        self,
        source: Path,
        target: Path,
        options: PressOptions = PressOptions(),  # noqa: B008 - a frozen value
        *,
        limits: Limits | None = None,
        on_tick: Callable[[], None] | None = None,
        tick_s: float = 1.0,
    ) -> Report:
        """Press `source` to `target`, which appears when it is complete, or not at all, and as readable as `source`.

        `limits` are those of this press; without them, the sandbox's own hold.

        `on_tick` is called about every `tick_s` seconds while the child works; whatever it raises, or a signal
        handler of this thread does, kills the child and goes on to the caller.

        Raises EngineError, coded; OSError (ENOSPC and its like) for trouble of the machine, which may pass;
        FileNotFoundError without `source`; SandboxError when no child could be started.
        """
        limits = limits or self._limits
        source, target = source.absolute(), target.absolute()
        if not source.is_file():
            raise FileNotFoundError(f"{source} is not there, or is not a file: nothing to press")
        if target.exists() and target.samefile(source):
            raise ValueError(f"{target} is the source: the result needs a place of its own")
        # Before there is a folder: were this process killed now, only the zygote could remove it.
        zygote = self._started()
        # Beside the target, so that the last step is a rename; all that the child writes lies inside.
        with tempfile.TemporaryDirectory(prefix=".press-", dir=target.parent, ignore_cleanup_errors=True) as scratch:
            pressed = Path(scratch) / "pressed.pdf"
            request = Request(self._entry_point, source, pressed, Path(scratch), options, limits)
            report = Report.from_dict(result_of(self._run(zygote, request, on_tick, tick_s), limits))
            with contextlib.suppress(PermissionError):  # some file systems know no modes
                shutil.copymode(source, pressed)  # a file that only its owner may read stays so
            pressed.replace(target)
        return report

    def audit(
        self,
        source: Path,
        options: PressOptions = PressOptions(),  # noqa: B008 - a frozen value
        *,
        limits: Limits | None = None,
        folder: Path | None = None,
        on_tick: Callable[[], None] | None = None,
        tick_s: float = 1.0,
    ) -> Audit:
        """Say what fills `source` and how large its results would be; nothing is written beside it.

        What the child writes meanwhile lies in `folder`, or where the system has its temporary files. Ends and raises
        as `press` does.
        """
        limits = limits or self._limits
        source = source.absolute()
        if not source.is_file():
            raise FileNotFoundError(f"{source} is not there, or is not a file: nothing to audit")
        zygote = self._started()
        with tempfile.TemporaryDirectory(prefix="bulkpress-audit-", dir=folder, ignore_cleanup_errors=True) as scratch:
            request = Request(AUDIT, source, Path(scratch) / "draft.pdf", Path(scratch), options, limits)
            return Audit.from_dict(result_of(self._run(zygote, request, on_tick, tick_s), limits))

    def _started(self) -> "_Zygote":
        if self._zygote is None or not self._zygote.alive:
            self.close()
            self._zygote = _Zygote(self._entry_point)
        return self._zygote

    def _run(self, zygote: "_Zygote", request: Request, on_tick: Callable[[], None] | None, tick_s: float) -> Ending:
        try:
            return zygote.run(request, on_tick or _do_nothing, tick_s)
        except BaseException:  # the time is up, the caller gave up, a signal came: the child must not go on
            self.close()
            raise


class _Zygote:
    """The warm process and the socket to it."""

    def __init__(self, entry_point: str) -> None:
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        self._poll = select.poll()
        self._poll.register(ours, select.POLLIN)
        command = [sys.executable, "-P", "-m", "bulkpress_engine.sandbox.zygote", entry_point]
        # The kernel takes the thread that starts a process for its parent, so only the main one may say this.
        if threading.current_thread() is threading.main_thread():
            command.append("--die-with-parent")
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | FIXED
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the caller, who then ends us
            )
        try:
            ready = self._await(time.monotonic() + START_S, _do_nothing, START_S)
        except BaseException:
            self.end()
            raise
        if ready is None:
            self.end()
            raise SandboxError(f"The sandbox did not start ({' '.join(command)}): see stderr for the reason")

    @property
    def alive(self) -> bool:
        """Whether it waits for a request; between two of them the socket has only its end to tell."""
        return not self._poll.poll(0)

    def run(self, request: Request, on_tick: Callable[[], None], tick_s: float) -> Ending:
        """Have one document pressed. Raises TimedOutError, KilledError, and whatever `on_tick` raises."""
        limit_s = request.limits.seconds
        deadline = time.monotonic() + limit_s
        answer = self._await(deadline, on_tick, tick_s) if self._channel.send(request.as_dict()) else None
        if answer is not None:
            return Ending(**answer)
        if time.monotonic() >= deadline:
            raise TimedOutError(f"Pressing the document took more than {limit_s:g} s.")
        raise KilledError("The sandbox was ended from outside while it pressed this document.")

    def end(self) -> None:
        """Close the socket, at which the zygote kills its child and ends; see to it that it does."""
        self._channel.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)  # its child follows: PR_SET_PDEATHSIG
            self._process.wait()

    def _await(self, deadline: float, on_tick: Callable[[], None], tick_s: float) -> Any:
        """The next answer, or None when the deadline (time.monotonic) has passed or the zygote is gone."""
        next_tick = time.monotonic() + tick_s
        while (answer := self._channel.next_line()) is None:
            now = time.monotonic()
            if now >= deadline:
                return None
            if now >= next_tick:
                on_tick()
                next_tick = time.monotonic() + tick_s
            elif self._poll.poll((min(deadline, next_tick) - now) * 1000 + 1) and not self._channel.fill():
                return None
        return answer


def _do_nothing() -> None:
    """Tick in silence."""
