"""What a worker does with its files."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from bulkpress_core.settings.base import Group


class WorkerSettings(Group):
    """Leases, retries, memory and scratch."""

    bulkpress_lease_s: float = Field(
        default=60.0, ge=1, description="seconds without a sign of life after which a worker's file goes to another"
    )
    bulkpress_max_attempts: int = Field(
        default=3, ge=1, description="workers that may die on a file before it fails with `engine_crash`"
    )
    bulkpress_max_retries: int = Field(
        default=3, ge=0, description="retries after an error that may pass, such as an unreachable store"
    )
    bulkpress_retry_delay_s: float = Field(
        default=60.0, gt=0, description="seconds before the first retry; doubled with each, and up to a quarter more"
    )
    bulkpress_fetch_limit_s: float = Field(
        default=600.0,
        gt=0,
        description="seconds in which a file must have come that is fetched from a URL; never more than half of the "
        "lane's soft limit",
    )
    bulkpress_shutdown_grace_s: float = Field(
        default=30.0, ge=0, description="seconds a worker told to stop goes on with its files; then it gives them back"
    )
    bulkpress_child_memory_bytes: int = Field(
        default=512 * 2**20, ge=64 * 2**20, description="resident memory at which a pool process is replaced"
    )
    bulkpress_scratch_quota_bytes: int | None = Field(
        default=None, ge=1, description="most bytes that all files in the scratch folder may take; what the disk has"
    )
    bulkpress_result_expires_s: int = Field(default=3600, ge=1, description="seconds Celery keeps a task's result")
    bulkpress_scratch: Path | None = Field(
        default=None, description="folder for a worker's temporary files; the system's, unless told otherwise"
    )
    bulkpress_worker_metrics_port: int = Field(
        default=9101,
        ge=0,
        le=65535,
        description="port of the worker's /metrics, /healthz and /readyz; 0 takes any free one and logs it",
    )

    @property
    def lease(self) -> timedelta:
        """How long a claim holds without renewal."""
        return timedelta(seconds=self.bulkpress_lease_s)
