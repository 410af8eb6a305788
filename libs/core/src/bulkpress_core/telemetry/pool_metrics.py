"""Metrics of a pool of processes, summed by the process that serves them.

prometheus_client keeps them in files that the processes share, by default one set for each process id: in a pool whose
processes are replaced those grow for ever. Here a set belongs to a place in the pool, which a new process takes over.
"""

import os
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector


def share_metrics(folder: Path, place: Callable[[], object]) -> None:
    """Keep all metrics made from now on, here and in forked processes, in `folder`, by the caller's place in the pool.

    `place` gives each process running at the same time a value of its own.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # the only way to tell prometheus_client
    values.ValueClass = values.MultiProcessValue(process_identifier=place)  # type: ignore[no-untyped-call]  # theirs


def shared_metrics(folder: Path, *beside: Collector) -> CollectorRegistry:
    """The metrics of all processes of the pool, those that ended included, and what is looked up `beside` them."""
    registry = CollectorRegistry()
    for collector in beside:
        registry.register(collector)
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]  # theirs
    return registry
