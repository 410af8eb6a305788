"""Metrics of a pool: summed over its processes, and not growing with their number."""

import subprocess
import sys
from pathlib import Path

from bulkpress_core.telemetry.pool_metrics import shared_metrics

ONE_PROCESS = """
import sys
from pathlib import Path
from prometheus_client import CollectorRegistry, Counter
from bulkpress_core.telemetry.pool_metrics import share_metrics
share_metrics(Path(sys.argv[1]), lambda: sys.argv[2])
Counter("pressed", "Files.", registry=CollectorRegistry()).inc()
"""


def run_in_place(folder: Path, place: str) -> None:
    """A process at this place of the pool counts one and ends."""
    subprocess.run([sys.executable, "-c", ONE_PROCESS, str(folder), place], check=True)


def test_processes_that_follow_each_other_in_one_place_share_one_file_and_nothing_is_forgotten(tmp_path: Path) -> None:
    for place in ("0", "1", "0"):
        run_in_place(tmp_path, place)
    assert shared_metrics(tmp_path).get_sample_value("pressed_total") == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == ["counter_0.db", "counter_1.db"]
