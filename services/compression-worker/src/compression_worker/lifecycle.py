"""What a worker does beside its tasks, from its first moment to its last: logs, scratch space, metrics, health."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from billiard.process import current_process
from celery import signals
from prometheus_client import CollectorRegistry

from bulkpress_core.domain.lanes import PRESS_LANES, Lane
from bulkpress_core.settings import Settings
from bulkpress_core.telemetry import MetricsServer, PortInUseError, configure_logging, serve_metrics
from bulkpress_core.telemetry.disk_metrics import ScratchDisk
from bulkpress_core.telemetry.pool_metrics import share_metrics, shared_metrics
from bulkpress_core.telemetry.server import Checks
from compression_worker.scratch import Scratch
from compression_worker.stopping import StopFlag
from compression_worker.task_metrics import TaskMetrics

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """What a worker answers when it is asked how it is."""

    readiness: Checks  # whether all that it needs is there
    liveness: Checks  # whether it works at all; if not, starting it anew is what helps


class Lifecycle:
    """Hears Celery's signals: `start` and `stop` in the main process, `warm_up` and `wind_down` in each of the pool."""

    def __init__(
        self,
        settings: Settings,
        health: Health,
        warm_up: Callable[[], object],
        wind_down: Callable[[], None],
        stop_flag: StopFlag,
    ) -> None:
        self._settings = settings
        self._health = health
        self._warm_up = warm_up
        self._wind_down = wind_down
        self._stop_flag = stop_flag
        self._metrics_folder: Path | None = None
        self._server: MetricsServer | None = None

    def connect(self) -> None:
        """Listen to the signals of the workers of this process."""
        signals.setup_logging.connect(self._set_up_logging, weak=False)
        signals.worker_init.connect(self._start, weak=False)
        signals.worker_process_init.connect(self._process_started, weak=False)
        signals.worker_process_shutdown.connect(self._process_ends, weak=False)
        signals.celeryd_after_setup.connect(self._add_lanes, weak=False)
        signals.worker_shutting_down.connect(self._stopping, weak=False)
        signals.worker_shutdown.connect(self._stop, weak=False)

    def _set_up_logging(self, loglevel: int | None = None, **_: object) -> None:
        configure_logging(self._settings, "compression-worker", level=loglevel)

    def _start(self, sender: Any = None, **_: object) -> None:
        """Before the pool is forked: afterwards it is too late to share metrics."""
        self._set_up_logging()  # Celery does so later
        scratch = Scratch(self._settings.bulkpress_scratch)
        scratch.sweep()
        folder = self._metrics_folder = scratch.make()
        share_metrics(folder, _place_in_pool)
        TaskMetrics(CollectorRegistry()).connect(str(sender.hostname))
        try:
            self._server = serve_metrics(
                self._settings.bulkpress_metrics_host,
                self._settings.bulkpress_worker_metrics_port,
                lambda: shared_metrics(folder, ScratchDisk(folder)),
                self._health.readiness,
                liveness=self._health.liveness,
                setting="BULKPRESS_WORKER_METRICS_PORT",
            )
        except PortInUseError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise SystemExit(str(error)) from error  # Celery would go on after any other error

    def _process_started(self, **_: object) -> None:
        Scratch(self._settings.bulkpress_scratch).sweep()  # of the process whose place this one takes
        self._warm_up()

    def _process_ends(self, **_: object) -> None:
        self._wind_down()

    def _add_lanes(self, instance: Any, **_: object) -> None:
        """Hear the lanes that came after the first version, when told by its `--queues=compression,cleanup`."""
        queues = instance.app.amqp.queues
        if not self._settings.bulkpress_lanes and Lane.COMPRESSION in queues.consume_from:
            for lane in PRESS_LANES:
                queues.select_add(lane.value)

    def _stopping(self, **_: object) -> None:
        self._stop_flag.raise_after(self._settings.bulkpress_shutdown_grace_s)

    def _stop(self, **_: object) -> None:
        Scratch(self._settings.bulkpress_scratch).sweep()  # of processes killed too shortly ago to have been replaced
        self._stop_flag.cancel()
        if self._server is not None:
            self._server.close()
        if self._metrics_folder is not None:
            shutil.rmtree(self._metrics_folder, ignore_errors=True)
        log.info("worker.stopped")


def _place_in_pool() -> str:
    return str(getattr(current_process(), "index", "main"))
