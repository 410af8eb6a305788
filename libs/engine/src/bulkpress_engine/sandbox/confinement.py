"""What a child may cost, told to the kernel (setrlimit(2), prctl(2)), and the descriptors it keeps."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from bulkpress_engine.options import Limits

PR_SET_PDEATHSIG = 1
CPU_GRACE_S = 5  # between SIGXCPU and SIGKILL, were the first one ever caught
HIGHEST_DESCRIPTOR = 65_536  # closing further than any process of ours opens would only cost time


def die_with_parent(signal_number: signal.Signals) -> None:
    """Ask for a signal when the parent's calling thread ends; only Linux offers it, elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)


def confine(limits: Limits) -> None:
    """Set the limits of this process for good.

    `memory_bytes` is what may be mapped on top of what the warm engine maps already (some 150 MB, shared with the
    zygote), so that the same limit means the same whatever is imported. macOS does not enforce an address space.
    """
    _limit(resource.RLIMIT_CORE, 0, 0)
    _limit(resource.RLIMIT_FSIZE, limits.output_bytes, limits.output_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + CPU_GRACE_S)
    memory_bytes = limits.memory_bytes + _mapped_bytes()
    with contextlib.suppress(ValueError, OSError):  # not every system knows the limit
        _limit(resource.RLIMIT_AS, memory_bytes, memory_bytes)


def keep_descriptors(answer: int, said: int) -> int:
    """Leave this process stdin (empty), stdout and stderr (both `said`) and `answer`, which is returned as 3."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    answer, said = os.dup(answer), os.dup(said)  # none of them may be what is overwritten below
    os.dup2(nothing, 0)
    os.dup2(said, 1)
    os.dup2(said, 2)
    kept = os.dup2(answer, 3, inheritable=False)
    os.closerange(4, HIGHEST_DESCRIPTOR)
    return kept


def _limit(which: int, soft: int, hard: int) -> None:
    """Lower a limit; one that is lower already stays, since only root may raise it again."""
    ceiling = resource.getrlimit(which)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))


def _mapped_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
