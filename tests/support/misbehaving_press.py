"""A stand-in for the engine's `press` that does what the source's text says: for tests of what contains it.

Known to the sandbox as its entry point; runs in real child processes under real limits.
"""

import ctypes
import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bulkpress_engine.errors import DamagedPdfError
from bulkpress_engine.options import Limits, PressOptions
from bulkpress_engine.report import Reason, Report, Result

ENTRY_POINT = "tests.support.misbehaving_press:press"
REPOSITORY = Path(__file__).parents[2]


def press(source: Path, target: Path, options: PressOptions, limits: Limits) -> Report:
    """Do the source's bidding, having begun to write both the target and a temporary file."""
    target.write_text(f"level {options.level}")
    with tempfile.NamedTemporaryFile(delete=False) as temporary:
        temporary.write(b"left behind")
    _DEEDS[source.read_text()](target)
    size = source.stat().st_size
    return Report(Result.PRESSED, Reason.COMPRESSED, bytes_in=size, bytes_out=target.stat().st_size, pages=os.getpid())


def _behave(target: Path) -> None:
    pass


def _hang(target: Path) -> None:
    while True:
        signal.pause()


def _hang_with_a_program(target: Path) -> None:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"], check=False)


def _burn_cpu(target: Path) -> None:
    while True:
        pass


def _eat_memory(target: Path) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(16 * 2**20))


def _fill_the_target(target: Path) -> None:
    with target.open("wb") as out:
        while True:
            out.write(b"x" * 2**20)


def _segfault(target: Path) -> None:
    ctypes.string_at(0)


def _abort(target: Path) -> None:
    sys.stderr.write("free(): invalid pointer\n")
    sys.stderr.flush()
    os.abort()


def _abort_without_memory(target: Path) -> None:
    sys.stderr.write("terminate called after throwing an instance of 'std::bad_alloc'\n")
    sys.stderr.flush()
    os.abort()


def _be_killed(target: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _exit(target: Path) -> None:
    os._exit(7)


def _recurse(target: Path) -> None:
    _recurse(target)


def _fail_unexpectedly(target: Path) -> None:
    raise LookupError("a thing nobody foresaw")


def _refuse(target: Path) -> None:
    raise DamagedPdfError("page 3 has no end")


def _find_the_disk_full(target: Path) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _chatter(target: Path) -> None:
    for _ in range(10_000):
        sys.stderr.write("a warning that nobody reads, again and again and again\n")


def _tell_surroundings(target: Path) -> None:
    descriptors = sorted(int(path.name) for path in Path("/dev/fd").iterdir())
    target.write_text(f"{descriptors}\n{sorted(os.environ)}\n{Path.cwd()}")


_DEEDS: dict[str, Callable[[Path], None]] = {
    "behave": _behave,
    "hang": _hang,
    "hang with a program": _hang_with_a_program,
    "burn cpu": _burn_cpu,
    "eat memory": _eat_memory,
    "fill the target": _fill_the_target,
    "segfault": _segfault,
    "abort": _abort,
    "abort without memory": _abort_without_memory,
    "be killed": _be_killed,
    "exit": _exit,
    "recurse": _recurse,
    "fail unexpectedly": _fail_unexpectedly,
    "refuse": _refuse,
    "find the disk full": _find_the_disk_full,
    "chatter": _chatter,
    "tell surroundings": _tell_surroundings,
}
