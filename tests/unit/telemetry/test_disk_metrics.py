"""The room on a worker's scratch disk."""

import shutil
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bulkpress_core.telemetry.disk_metrics import ScratchDisk


def test_it_is_what_the_disk_has_when_it_is_asked(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    registry.register(ScratchDisk(tmp_path))
    assert registry.get_sample_value("bulkpress_scratch_size_bytes") == shutil.disk_usage(tmp_path).total
    free = registry.get_sample_value("bulkpress_scratch_free_bytes")
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)  # others write as well


def test_a_folder_that_is_gone_has_no_figures_and_breaks_no_others(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    registry.register(ScratchDisk(tmp_path / "gone"))
    assert list(registry.collect()) == []
