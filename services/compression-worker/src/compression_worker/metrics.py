"""What a worker counts."""

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram

from bulkpress_core.domain.jobs import Claim, FileState, Job, Outcome, Purpose
from bulkpress_core.domain.lanes import Lane

# Among them the objectives of the lanes (charts/bulkpress/files/rules): 60, 3,600 and 7,200 seconds.
TURNAROUND_SECONDS = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200)
PRESS_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500)


class WorkerMetrics:
    """Counters and histograms of one process; labels are from closed vocabularies, so their number is bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._files = Counter("bulkpress_files", "Files that came to an end.", ["state", "reason"], registry=registry)
        self._deferred = Counter(
            "bulkpress_files_deferred", "Attempts given up for later, by what failed.", ["reason"], registry=registry
        )
        self._leases_lost = Counter(
            "bulkpress_leases_lost", "Results dropped because somebody else has the file.", registry=registry
        )
        self._seconds = Histogram(
            "bulkpress_press_seconds",
            "Time in the engine for files that ended done or kept.",
            buckets=PRESS_SECONDS,
            registry=registry,
        )
        self._turnaround = Histogram(
            "bulkpress_file_turnaround_seconds",
            "Time from a job's acceptance, or its last retry, to a file's end; without jobs uploaded straight to S3.",
            ["lane"],
            buckets=TURNAROUND_SECONDS,
            registry=registry,
        )
        self._bytes_in = Counter("bulkpress_bytes_in", "Bytes of files that ended done or kept.", registry=registry)
        self._bytes_out = Counter("bulkpress_bytes_out", "Bytes of their results.", registry=registry)
        self._decisions = Counter(
            "bulkpress_decisions", "Objects in files, by what was decided on them.", ["decision"], registry=registry
        )

    def settled(self, claim: Claim, outcome: Outcome) -> None:
        """Count a file that came to its end here."""
        self._files.labels(outcome.state.value, outcome.reason).inc()
        for decision, count in outcome.decisions.items():
            self._decisions.labels(decision).inc(count)
        if outcome.state is not FileState.FAILED and claim.purpose is Purpose.COMPRESS:
            self._seconds.observe(outcome.seconds)
            self._bytes_in.inc(claim.file.size_bytes if outcome.bytes_in is None else outcome.bytes_in)
            self._bytes_out.inc(outcome.bytes_out)

    def ended(self, lane: Lane, job: Job, at: datetime) -> None:
        """Take the time in which a file of the job came to its end."""
        if job.accepted_at and not job.has_direct_uploads:  # whose files arrive when their clients like
            self._turnaround.labels(lane.value).observe(max(0.0, (at - job.accepted_at).total_seconds()))

    def deferred(self, reason: str) -> None:
        """Count an attempt that is to be made again later."""
        self._deferred.labels(reason).inc()

    def lease_lost(self) -> None:
        """Count work that was in vain."""
        self._leases_lost.inc()
