"""What a worker counts of the time in which files end."""

from dataclasses import replace
from datetime import timedelta

from prometheus_client import CollectorRegistry

from bulkpress_core.domain.jobs import Job, TenantId, new_job_id
from bulkpress_core.domain.lanes import Lane
from compression_worker.metrics import WorkerMetrics
from tests.support.jobs import NOW

JOB = Job(new_job_id(), TenantId("ada"), created_at=NOW - timedelta(hours=5), expires_at=NOW)


def counted(job: Job, after: timedelta) -> tuple[float | None, float | None]:
    """How often the time was taken, and the seconds."""
    registry = CollectorRegistry()
    WorkerMetrics(registry).ended(Lane.HEAVY, job, NOW + after)
    name, labels = "bulkpress_file_turnaround_seconds", {"lane": "compression-heavy"}
    return registry.get_sample_value(f"{name}_count", labels), registry.get_sample_value(f"{name}_sum", labels)


def test_the_time_is_that_since_the_job_was_accepted_not_since_its_upload_began() -> None:
    assert counted(replace(JOB, accepted_at=NOW), timedelta(seconds=30)) == (1, 30)


def test_clocks_that_differ_make_no_time_negative() -> None:
    assert counted(replace(JOB, accepted_at=NOW), -timedelta(seconds=1)) == (1, 0)


def test_jobs_of_older_versions_and_those_whose_clients_upload_as_they_like_are_not_counted() -> None:
    assert counted(JOB, timedelta(seconds=30)) == (None, None)
    assert counted(replace(JOB, accepted_at=NOW, has_direct_uploads=True), timedelta(seconds=30)) == (None, None)
