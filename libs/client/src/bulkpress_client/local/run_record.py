"""What a run of the system leaves on disk, so that a crash of its supervisor leaves no process behind.

`<home>/run.json` names the processes by id and time of start, since ids are used again. `<home>/up.lock` is locked as
long as the supervisor lives: the system gives it back however that ends.
"""

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bulkpress_client.local.errors import AlreadyRunningError
from bulkpress_client.local.services import RUN_ID_VARIABLE

SAME_START_S = 2.0  # start times are computed from the clock of the boot, which may be corrected afterwards
POLL_S = 0.05
SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process, told apart from a later one with the same id by when it started (seconds since the epoch)."""

    pid: int
    started_at: float

    def __post_init__(self) -> None:
        if not (isinstance(self.pid, int) and self.pid > 0 and isinstance(self.started_at, int | float)):
            raise ValueError(f"no process has the id {self.pid!r} and began at {self.started_at!r}")

    @classmethod
    def of(cls, pid: int) -> "ProcessRecord":
        """The process that runs under this id now. Raises psutil.NoSuchProcess."""
        return cls(pid, psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """The process, or None when it is gone."""
        with suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.pid)
            if abs(found.create_time() - self.started_at) < SAME_START_S and _is_alive(found):
                return found
        return None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run: its id, its addresses for people and tests, and its processes by name."""

    run_id: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[str, ProcessRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (
            isinstance(self.run_id, str) and self.run_id
        ):  # None is what every process of the machine has inherited
            raise ValueError(f"{self.run_id!r} is not the id of a run")

    def write(self, home: Path) -> None:
        """Write `<home>/run.json`, for the owner's eyes only, whole or not at all."""
        part = home / "run.json.part"
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2)
        part.replace(home / "run.json")

    @classmethod
    def read(cls, home: Path) -> "RunRecord | None":
        """The record of the last run in this home; None when there is none, or none that can be understood."""
        try:
            raw: dict[str, Any] = json.loads((home / "run.json").read_text())
            processes = {name: ProcessRecord(**one) for name, one in raw["processes"].items()}
            return cls(raw["run_id"], raw["addresses"], processes)
        except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError, AttributeError):
            return None

    @staticmethod
    def forget(home: Path) -> None:
        """Remove the record."""
        (home / "run.json").unlink(missing_ok=True)

    def living(self) -> list[psutil.Process]:
        """All processes of the run that still live, except this one: those named, their children, and whoever has
        inherited the run's id."""
        named = [found for found in (one.process() for one in self.processes.values()) if found]
        below = [child for parent in named for child in _children(parent)]
        found = {process.pid: process for process in [*named, *below, *_inheritors(self.run_id)]}
        found.pop(os.getpid(), None)
        return list(found.values())

    def end(self, *, grace_s: float) -> int:
        """End all that is left of the run; return how many processes that were. Kills what outlives `grace_s`."""
        found = self.living()
        for process in found:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGTERM)
        wait_until(lambda: not any(map(_is_alive, found)), time.monotonic() + grace_s)
        for process in [*found, *self.living()]:
            with suppress(psutil.Error):
                process.kill()
        wait_until(lambda: not any(map(_is_alive, found)), time.monotonic() + grace_s)
        return len(found)


@contextmanager
def sole_run(home: Path) -> Iterator[None]:
    """Within, no other supervisor can run in this home. Raises AlreadyRunningError."""
    with (home / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            record = RunRecord.read(home)
            supervisor = record.processes.get(SUPERVISOR) if record else None
            raise AlreadyRunningError(home, supervisor.pid if supervisor else None) from None
        yield


def wait_until(condition: Callable[[], bool], deadline: float) -> bool:
    """Poll until the condition holds (True) or the deadline (time.monotonic) has passed (False)."""
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _is_alive(process: psutil.Process) -> bool:
    """Whether it still runs. A zombie does not: it only waits for its parent to take notice."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def _inheritors(run_id: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # other users' processes do not tell
            if process.environ().get(RUN_ID_VARIABLE) == run_id and _is_alive(process):
                yield process
