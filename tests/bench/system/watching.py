"""What the processes of a system cost while it works."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

SAMPLED_EVERY_S = 0.5


@dataclass
class Use:
    """What one part of the system took: all its processes together, and the largest of them."""

    cpu_s: float = 0.0
    moved_bytes: int = 0  # through read(2), write(2) and their kin, proc(5): files and pipes, few sockets
    peak_rss_bytes: int = 0


@dataclass
class Watch:
    """Parts by name; filled when the watching ends."""

    parts: dict[str, Use] = field(default_factory=lambda: defaultdict(Use))


@contextmanager
def watched(parts: dict[str, psutil.Process]) -> Iterator[Watch]:
    """Watch the parts of a system, each with all its processes, as long as the context lasts."""
    watch, done = Watch(), threading.Event()
    before = {name: _spent(root) for name, root in parts.items()}

    def look() -> None:
        while not done.wait(SAMPLED_EVERY_S):
            for name, root in parts.items():
                watch.parts[name].peak_rss_bytes = max(watch.parts[name].peak_rss_bytes, _largest(root))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()
        for name, root in parts.items():
            cpu_s, moved = _spent(root)
            watch.parts[name].cpu_s = cpu_s - before[name][0]
            watch.parts[name].moved_bytes = moved - before[name][1]


def _family(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def _spent(root: psutil.Process) -> tuple[float, int]:
    """CPU seconds and bytes moved by the processes of a part, those that ended and were waited for included."""
    cpu_s, moved = 0.0, 0
    for process in _family(root):
        with suppress(psutil.NoSuchProcess):
            times, io = process.cpu_times(), process.io_counters()
            cpu_s += times.user + times.system + times.children_user + times.children_system
            moved += io.read_chars + io.write_chars
    return cpu_s, moved


def _largest(root: psutil.Process) -> int:
    sizes = [0]
    with suppress(psutil.NoSuchProcess):
        for process in _family(root):
            with suppress(psutil.NoSuchProcess):
                sizes.append(process.memory_info().rss)
    return max(sizes)
