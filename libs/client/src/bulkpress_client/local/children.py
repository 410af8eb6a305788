"""A service as a child process: in a process group of its own, its output in a log, ended whole."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

LOG_TAIL_BYTES = 8000
LOG_TAIL_LINES = 15


class Child:
    """A running process and its group. The group is its own, so that Ctrl-C in a terminal reaches only us."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log_path: Path) -> None:
        self.name = name
        self.log_path = log_path
        if log_path.exists():
            log_path.replace(log_path.with_suffix(".previous.log"))
        with log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the number of the signal that ended it."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Send SIGTERM to the service itself, which ends its own children."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, deadline: float) -> None:
        """Wait until it ended or `deadline` (time.monotonic); then kill what is left of its group."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0.01))
        self.kill()
        self._process.wait()

    def kill(self) -> None:
        """Kill the whole group at once. A group that is gone is no error."""
        with suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
            os.killpg(self.pid, signal.SIGKILL)


def last_words(log_path: Path) -> str:
    """The last lines of a log."""
    with log_path.open("rb") as log:
        begin = log.seek(max(log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES, 0))
        lines = log.read().decode(errors="replace").splitlines()
    return "\n".join(lines[1 if begin else 0 :][-LOG_TAIL_LINES:])  # the first is not whole, if there are more before
