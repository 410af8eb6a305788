"""The scheduler, and what all services have."""

from pydantic import Field

from bulkpress_core.settings.base import Group


class OperationSettings(Group):
    """Sweeps, metrics and logs."""

    bulkpress_sweep_interval_s: float = Field(
        default=30.0, gt=0, description="seconds between two looks for dead workers, lost bells and unopened jobs"
    )
    bulkpress_cleanup_interval_s: float = Field(
        default=3600.0, gt=0, description="seconds between two runs of `cleanup_expired_jobs`"
    )
    bulkpress_scheduler_metrics_port: int = Field(
        default=9102,
        ge=0,
        le=65535,
        description="port of the scheduler's /metrics, /healthz and /readyz; 0 takes any free one and logs it",
    )

    bulkpress_metrics_host: str = Field(
        default="127.0.0.1", description="address that worker and scheduler serve /metrics, /healthz and /readyz on"
    )
    bulkpress_log_format: str = Field(default="json", pattern="^(json|console)$", description="`json` or `console`")
    bulkpress_log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`"
    )
