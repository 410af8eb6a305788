"""The queue gauges, which only the scheduler exports, and what its sweeps did."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from scheduler.sweeps import Sweep


class SchedulerMetrics:
    """Gauges by lane as of the last sweep that reached Redis; `bulkpress_last_sweep_timestamp_seconds` tells when."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._pending = Gauge("bulkpress_lane_pending", "Files that wait in a lane.", ["lane"], registry=registry)
        self._running = Gauge(
            "bulkpress_lane_running", "Files of a lane being pressed, or deferred.", ["lane"], registry=registry
        )
        self._bells = Gauge(
            "bulkpress_lane_waiting_bells", "Messages that wait in a lane's queue.", ["lane"], registry=registry
        )
        self._unacked = Gauge(
            "bulkpress_lane_unacked", "Messages of a lane that workers have taken.", ["lane"], registry=registry
        )
        self._oldest = Gauge(
            "bulkpress_lane_oldest_seconds",
            "How long the job has had files waiting in a lane that has waited longest; 0 when none waits.",
            ["lane"],
            registry=registry,
        )
        self._tenants = Gauge(
            "bulkpress_lane_tenants_waiting", "Tenants with files waiting in a lane.", ["lane"], registry=registry
        )
        self._returned = Counter("bulkpress_files_returned", "Files put back into their lane.", registry=registry)
        self._quarantined = Counter(
            "bulkpress_files_quarantined", "Files set aside because workers died with them.", registry=registry
        )
        self._reannounced = Counter("bulkpress_jobs_reannounced", "Jobs announced again.", registry=registry)
        self._rung = Counter("bulkpress_bells_rung", "Bells rung by sweeps.", registry=registry)
        self._webhooks = Gauge("bulkpress_webhooks_due", "Webhook messages that are due to be sent.", registry=registry)
        self._memory = Gauge(
            "bulkpress_redis_memory_bytes", "Memory that the Redis of the jobs takes.", registry=registry
        )
        self._memory_limit = Gauge(
            "bulkpress_redis_memory_limit_bytes",
            "Memory past which it takes no writes; 0 for no limit of its own.",
            registry=registry,
        )
        self._last = Gauge(
            "bulkpress_last_sweep_timestamp_seconds", "When the last sweep was complete.", registry=registry
        )

    def swept(self, sweep: Sweep) -> None:
        """Show what a sweep found and did."""
        for lane, load in sweep.lanes.items():
            self._pending.labels(lane.value).set(load.pending)
            self._running.labels(lane.value).set(load.running)
            self._bells.labels(lane.value).set(load.bells)
            self._unacked.labels(lane.value).set(load.unacked)
            self._oldest.labels(lane.value).set(load.oldest_s)
            self._tenants.labels(lane.value).set(load.tenants)
        self._returned.inc(sweep.returned)
        self._quarantined.inc(sweep.quarantined)
        self._reannounced.inc(sweep.reannounced)
        self._rung.inc(sweep.rung)
        self._webhooks.set(sweep.webhooks)
        if sweep.memory:
            self._memory.set(sweep.memory.used)
            self._memory_limit.set(sweep.memory.limit)
        self._last.set_to_current_time()
