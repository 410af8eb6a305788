"""The gateway's own figures, for Prometheus. Labels are bounded: route templates, never paths."""

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300)  # from a state read to an upload of gigabytes


class Metrics:
    """Counts one app's requests in a registry of its own, so that two apps in one process do not clash."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "bulkpress_gateway_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "bulkpress_gateway_request_seconds",
            "Time from a request's head to the end of its answer.",
            ["route", "method"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.uploaded_bytes = Counter(
            "bulkpress_gateway_uploaded_bytes", "Bytes of upload bodies read.", registry=self.registry
        )
        ProcessCollector(registry=self.registry)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        method = method if method in METHODS else "OTHER"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)
