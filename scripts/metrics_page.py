"""Write docs/reference/metrics.md from the services' own registries; with --check, say whether it is in step."""

import sys
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

from bulkpress_core.telemetry.disk_metrics import ScratchDisk
from bulkpress_core.telemetry.measured import StoreMetrics, scan_seconds
from compression_worker.metrics import WorkerMetrics
from compression_worker.task_metrics import TaskMetrics
from scheduler.metrics import SchedulerMetrics
from scripts.made_pages import write_or_check
from upload_gateway.metrics import Metrics

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "metrics.md"
HEAD = """# Metrics

What each service tells at `/metrics`, for Prometheus: the gateway on its own port, workers on
`BULKPRESS_WORKER_METRICS_PORT`, the scheduler on `BULKPRESS_SCHEDULER_METRICS_PORT`. Labels have values from closed
lists, and no ids, names of files or tenants; those of `celery_task_*` are those of celery-exporter, the worker's host
among them. A counter has the suffix `_total`, a histogram `_bucket`, `_sum` and `_count`. Besides, each service tells
its process's own figures (`process_*`). This page is made from the code by `make docs-reference`; alerts on these
figures have [runbooks](../runbooks/README.md).
"""


def registries() -> dict[str, CollectorRegistry]:
    """What each service registers."""
    worker, scheduler = CollectorRegistry(), CollectorRegistry()
    WorkerMetrics(worker)
    StoreMetrics(worker)
    scan_seconds(worker)
    TaskMetrics(worker)
    worker.register(ScratchDisk(Path.cwd()))
    SchedulerMetrics(scheduler)
    return {"Gateway": Metrics().registry, "Worker": worker, "Scheduler": scheduler}


def described(registry: CollectorRegistry) -> list[tuple[str, str, str, str]]:
    """Name, type, labels and meaning of each metric of ours, in the order in which they were made."""
    collectors: Mapping[Collector, list[str]] = registry._collector_to_names  # noqa: SLF001 - nothing else names labels
    rows = []
    for collector in collectors:
        labels = ", ".join(getattr(collector, "_labelnames", ()))
        ours = [metric for metric in collector.collect() if not metric.name.startswith("process_")]
        rows += [(metric.name, metric.type, labels, metric.documentation) for metric in ours]
    return rows


def page() -> str:
    """The page as the code has it now."""
    parts = [HEAD]
    for service, registry in registries().items():
        parts.append(f"\n## {service}\n\n| metric | type | labels | what it is |\n|---|---|---|---|\n")
        for name, kind, labels, meaning in described(registry):
            shown = f"{name}_total" if kind == "counter" else name
            parts.append(f"| `{shown}` | {kind} | {labels} | {meaning} |\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(write_or_check({PAGE: page()}, command="make docs-reference"))
