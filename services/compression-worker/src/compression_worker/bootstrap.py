"""The worker's only wiring: settings in, a Celery app with tasks and everything they need out."""

from datetime import timedelta
from functools import partial

from celery import Celery
from prometheus_client import CollectorRegistry

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.adapters.celery_outage import survive_broker_outages
from bulkpress_core.adapters.celery_queue import CeleryTaskQueue
from bulkpress_core.adapters.celery_unreadable import survive_unreadable_messages
from bulkpress_core.adapters.connect import (
    foreign_objects,
    job_store,
    object_store,
    sealer,
    virus_scanner,
    web,
    webhook_outbox,
)
from bulkpress_core.settings import Settings
from bulkpress_core.telemetry.measured import MeasuredObjects, MeasuredScanner, StoreMetrics, scan_seconds
from bulkpress_core.telemetry.server import Checks
from bulkpress_engine.sandbox import Sandbox
from compression_worker.deps import Deps, RetryPolicy, no_unsealing
from compression_worker.lifecycle import Health, Lifecycle
from compression_worker.metrics import WorkerMetrics
from compression_worker.options import fetch_limit_s, press_limits
from compression_worker.pulse import Pulse, pulse_step
from compression_worker.scratch import Scratch
from compression_worker.stopping import StopFlag
from compression_worker.tasks import register


def make_worker(settings: Settings) -> Celery:
    """The Celery app whose workers press files. Connects to nothing before a worker is started with it.

    Raises SettingsError.
    """
    survive_broker_outages()
    survive_unreadable_messages()
    app = make_celery(settings)
    stop_flag, pulse = StopFlag(), Pulse()
    app.steps["consumer"].add(pulse_step(pulse))
    process = ProcessDeps(settings, app, stop_flag)
    register(app, process.get)
    Lifecycle(
        settings,
        Health(_readiness(settings, app), {"loop": pulse.check}),
        warm_up=process.get,
        wind_down=process.close,
        stop_flag=stop_flag,
    ).connect()
    return app


class ProcessDeps:
    """The dependencies of one process of the pool, made when first asked for: after the fork, so that no two
    processes share a connection."""

    def __init__(self, settings: Settings, app: Celery, stop_flag: StopFlag) -> None:
        self._settings = settings
        self._stop_flag = stop_flag
        self._app = app
        self._deps: Deps | None = None

    def get(self) -> Deps:
        """The dependencies: one sandbox, one client of each kind."""
        if self._deps is None:
            self._deps = self._make()
        return self._deps

    def close(self) -> None:
        """End the sandbox's processes."""
        if self._deps is not None:
            self._deps.presser.close()

    def _make(self) -> Deps:
        settings = self._settings
        seals, scanner = sealer(settings), virus_scanner(settings)
        registry = CollectorRegistry()
        scans = scan_seconds(registry)  # told without a scanner as well: as 0
        return Deps(
            jobs=job_store(settings),
            objects=MeasuredObjects(object_store(settings), StoreMetrics(registry)),
            queue=CeleryTaskQueue(self._app, settings),
            presser=Sandbox(),
            scratch=Scratch(settings.bulkpress_scratch, settings.bulkpress_scratch_quota_bytes),
            metrics=WorkerMetrics(registry),
            lease=settings.lease,
            retry=RetryPolicy(settings.bulkpress_max_retries, timedelta(seconds=settings.bulkpress_retry_delay_s)),
            limits=partial(press_limits, settings),
            max_file_bytes=settings.max_file_bytes,
            fetch_limit_s=partial(fetch_limit_s, settings),
            web=web(settings),
            outbox=webhook_outbox(settings),
            secrets=settings.secrets,
            foreign=foreign_objects(settings),
            scanner=MeasuredScanner(scanner, scans) if scanner else None,
            passes_unscanned=settings.bulkpress_scan_failure == "pass",
            unseal=seals.unseal if seals else no_unsealing,
            upload_idle=timedelta(seconds=settings.bulkpress_upload_idle_s),
            stopping=self._stop_flag,
        )


def _readiness(settings: Settings, app: Celery) -> Checks:
    queue = CeleryTaskQueue(app, settings)
    # Made here, though used only by a running worker: an address that means nothing is told of at the start.
    checks = {"queue": queue.check, "state": job_store(settings).check, "store": object_store(settings).check}
    scanner = virus_scanner(settings)
    return checks | ({"scanner": scanner.check} if scanner else {})
