"""Running one command with a limit, and what it cost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

SAID_BYTES = 300
COST_OF = Path(__file__).with_name("cost_of.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """How a command ended and what it took, its children included. `said` is the end of its output."""

    exit_code: int  # minus the signal's number, if one ended it
    timed_out: bool
    cpu_s: float
    peak_rss_bytes: int  # of its largest process; not known of one that was killed at the limit
    said: str


def run(command: Sequence[str], *, limit_s: float) -> Cost:
    """Run the command in a group of its own; after `limit_s` the group is killed, and has cost that much."""
    with TemporaryFile() as output, TemporaryFile() as report:
        fd = report.fileno()
        measured = subprocess.Popen(
            [sys.executable, "-I", "-S", str(COST_OF), str(fd), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[fd],
            start_new_session=True,
        )
        timed_out = False
        try:
            measured.wait(limit_s)
        except subprocess.TimeoutExpired:
            timed_out = True
        with suppress(ProcessLookupError):
            os.killpg(measured.pid, signal.SIGKILL)
        measured.wait()
        output.seek(max(output.seek(0, os.SEEK_END) - SAID_BYTES, 0))
        said = output.read().decode(errors="replace").strip()
        report.seek(0)
        cost = {"exit_code": -signal.SIGKILL, "cpu_s": limit_s, "peak_rss_bytes": 0}
        return Cost(timed_out=timed_out, said=said, **(cost if timed_out else json.loads(report.read())))
