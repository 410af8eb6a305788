"""How much room there is where a service writes, looked up whenever somebody asks."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector


class ScratchDisk(Collector):
    """The disk that a worker's scratch folder is on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Two gauges in bytes; none when the folder cannot be looked at."""
        try:
            disk = shutil.disk_usage(self._folder)
        except OSError:
            return
        yield GaugeMetricFamily("bulkpress_scratch_free_bytes", "Room left on the scratch disk.", value=disk.free)
        yield GaugeMetricFamily("bulkpress_scratch_size_bytes", "Size of the scratch disk.", value=disk.total)
