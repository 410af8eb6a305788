"""What Celery did with tasks, under the names and labels of celery-exporter, which its dashboards know.

The exporter counts events that the broker passes on, and loses those of a broker that is away; here each process counts
what it saw itself. Received, revoked and rejected are seen by the worker's main process, the rest by those of its pool.
"""

from typing import Any

from celery import signals
from celery.utils import nodesplit
from prometheus_client import CollectorRegistry, Counter, Histogram

from compression_worker.metrics import PRESS_SECONDS

LABELS = ("name", "hostname", "queue_name")
UNKNOWN = "unknown"  # of a message that is not ours, whose words could be anybody's
OUTCOMES = {
    "sent": "Task messages sent by this worker.",
    "received": "Tasks taken from the broker.",
    "started": "Tasks begun.",
    "succeeded": "Tasks done.",
    "retried": "Tasks that failed and are to be tried again.",
    "revoked": "Tasks dropped before their end, because they were revoked or too old.",
    "rejected": "Messages dropped, because they could not be read or named no task.",
}


class TaskMetrics:
    """Counters and a histogram. `connect` makes them hear Celery's signals, in forked processes too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counters = {
            outcome: Counter(f"celery_task_{outcome}", meaning, LABELS, registry=registry)
            for outcome, meaning in OUTCOMES.items()
        }
        self._failed = Counter("celery_task_failed", "Tasks that failed.", [*LABELS, "exception"], registry=registry)
        self._runtime = Histogram(
            "celery_task_runtime",
            "Seconds that tasks took that were done.",
            LABELS,
            buckets=PRESS_SECONDS,
            registry=registry,
        )
        self._hostname = UNKNOWN

    def connect(self, hostname: str) -> None:
        """Hear from now on, as the worker of that name (`celery@host`)."""
        self._hostname = nodesplit(hostname)[1] or hostname
        signals.after_task_publish.connect(self._sent, weak=False)
        signals.task_received.connect(self._received, weak=False)
        signals.task_prerun.connect(self._started, weak=False)
        signals.task_success.connect(self._succeeded, weak=False)
        signals.task_failure.connect(self._has_failed, weak=False)
        signals.task_retry.connect(self._retried, weak=False)
        signals.task_revoked.connect(self._revoked, weak=False)
        signals.task_rejected.connect(self._rejected, weak=False)
        signals.task_unknown.connect(self._rejected, weak=False)

    def _sent(self, sender: str, routing_key: str | None = None, **_: object) -> None:
        self._count("sent", sender, routing_key)

    def _received(self, request: Any, **_: object) -> None:
        labels = request.name, self._hostname, _queue_of(request)
        for counter in self._counters.values():  # what has not happened is 0 and not unknown
            counter.labels(*labels).inc(0)
        self._failed.labels(*labels, "").inc(0)
        self._counters["received"].labels(*labels).inc()

    def _started(self, task: Any, **_: object) -> None:
        self._count("started", task.name, _queue_of(task.request))

    def _succeeded(self, sender: Any, runtime: float = 0.0, **_: object) -> None:
        queue = _queue_of(sender.request)
        self._count("succeeded", sender.name, queue)
        self._runtime.labels(sender.name, self._hostname, queue).observe(runtime)

    def _has_failed(self, sender: Any, exception: BaseException | None = None, **_: object) -> None:
        self._failed.labels(sender.name, self._hostname, _queue_of(sender.request), type(exception).__name__).inc()

    def _retried(self, sender: Any, request: Any = None, **_: object) -> None:
        self._count("retried", sender.name, _queue_of(request))

    def _revoked(self, sender: Any, request: Any = None, **_: object) -> None:
        self._count("revoked", sender.name, _queue_of(request))

    def _rejected(self, message: Any = None, **_: object) -> None:
        self._count("rejected", UNKNOWN, _queue_of(message))

    def _count(self, outcome: str, name: str, queue: str | None) -> None:
        self._counters[outcome].labels(name, self._hostname, queue or UNKNOWN).inc()


def _queue_of(request: Any) -> str:
    delivery = getattr(request, "delivery_info", None) or {}  # none of a task that the main process ended
    return delivery.get("routing_key") or UNKNOWN
