"""`python -m tests.load.measure CORPUS`: the times that the simulation is fed with, into tests/load/measured.json.

How long pressing each file takes in a warm sandbox at level medium, by quantiles; and how long a worker takes from the
start of its process until it says that it is ready.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from bulkpress_client.local.valkey import ValkeyServer
from bulkpress_engine.errors import EngineError
from bulkpress_engine.options import DEFAULT_LIMITS, PressOptions
from bulkpress_engine.sandbox import Sandbox
from tests.support.services import WORKER, System

MEASURED = Path(__file__).with_name("measured.json")
STARTS = 5


def press_times(corpus: Path) -> Iterator[float]:
    """Seconds for each file of the folder that can be pressed."""
    with TemporaryDirectory() as name, Sandbox(DEFAULT_LIMITS) as sandbox:
        for path in sorted(corpus.rglob("*.pdf")):
            started = time.perf_counter()
            try:
                sandbox.press(path, Path(name, "out.pdf"), PressOptions())
            except EngineError:
                continue
            yield time.perf_counter() - started


def start_times(folder: Path) -> Iterator[float]:
    """Seconds until each of some workers is ready."""
    with ValkeyServer(folder / "valkey") as valkey, System(folder / "system", valkey.url) as system:
        for _ in range(STARTS):
            started = time.perf_counter()
            worker = system.start([*WORKER, "--concurrency=1"])
            yield time.perf_counter() - started
            worker.end()


def main(corpus: Path) -> None:
    """Measure and keep."""
    with TemporaryDirectory() as name:
        starts = list(start_times(Path(name)))
    times = list(press_times(corpus))
    told = {
        "press_s": [round(cut, 3) for cut in (min(times), *quantiles(times, n=20), max(times))],
        "files": len(times),
        "start_s": [round(taken, 2) for taken in sorted(starts)],
    }
    MEASURED.write_text(json.dumps(told, indent=2) + "\n")
    sys.stdout.write(MEASURED.read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
