"""The scheduler's only wiring: settings in, two loops and their observer out."""

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.adapters.celery_queue import CeleryTaskQueue
from bulkpress_core.adapters.connect import job_store, webhook_outbox
from bulkpress_core.settings import Settings
from bulkpress_core.telemetry import configure_logging, serve_metrics
from scheduler import service
from scheduler.beat import beat_service
from scheduler.metrics import SchedulerMetrics
from scheduler.pulse import Pulse
from scheduler.sweeps import sweep

LONGEST_SWEEP_S = 60.0  # a sweep of a big backlog over a slow Redis; past it the loop is taken for stuck
LONGEST_TICK_S = 60.0


def run_scheduler(settings: Settings) -> None:
    """Run until SIGTERM. Raises SettingsError, and PortInUseError when the metrics cannot be served."""
    configure_logging(settings, "scheduler")
    registry = CollectorRegistry()
    metrics = SchedulerMetrics(registry)
    app = make_celery(settings)
    queue = CeleryTaskQueue(app, settings)
    jobs = job_store(settings)
    outbox = webhook_outbox(settings)
    sweeping = Pulse(settings.bulkpress_sweep_interval_s + LONGEST_SWEEP_S)
    ticking = Pulse(LONGEST_TICK_S)

    def sweep_once() -> None:
        sweeping.beat()
        metrics.swept(sweep(jobs, outbox, queue, now=datetime.now(UTC), max_attempts=settings.bulkpress_max_attempts))

    server = serve_metrics(
        settings.bulkpress_metrics_host,
        settings.bulkpress_scheduler_metrics_port,
        lambda: registry,
        {"queue": queue.check, "state": jobs.check},
        liveness={"sweep": sweeping.check, "beat": ticking.check},
        setting="BULKPRESS_SCHEDULER_METRICS_PORT",
    )
    try:
        service.run(
            beat_service(app, queue, ticking.beat), service.SweepLoop(sweep_once, settings.bulkpress_sweep_interval_s)
        )
    finally:
        server.close()
        app.close()
