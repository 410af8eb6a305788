"""How long the object store and the virus scanner take, and how often they fail, measured around each."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram

from bulkpress_core.domain.errors import InfectedError, ScanFailedError, StoreUnavailableError
from bulkpress_core.ports.direct_uploads import DirectUploads
from bulkpress_core.ports.object_store import ObjectStore, ObjectWriter
from bulkpress_core.ports.virus_scanner import VirusScanner

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120)  # from a small object to a large one
OPERATIONS = ("write", "read", "fetch", "store", "size", "head", "keys", "copy", "delete", "delete_prefix")
VERDICTS = ("clean", "infected", "failed")


class StoreMetrics:
    """Figures of an object store."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "bulkpress_store_seconds",
            "Time the object store took, failures included; of reads, to the first bytes.",
            ["operation"],
            buckets=SECONDS,
            registry=registry,
        )
        self._errors = Counter(
            "bulkpress_store_errors", "Operations that the object store failed in.", ["operation"], registry=registry
        )
        for operation in OPERATIONS:
            self._errors.labels(operation)

    @contextmanager
    def timed(self, operation: str) -> Iterator[None]:
        """Take the time of what happens within, and count its failure."""
        started = time.monotonic()
        try:
            with self.counted(operation):
                yield
        finally:
            self._seconds.labels(operation).observe(time.monotonic() - started)

    @contextmanager
    def counted(self, operation: str) -> Iterator[None]:
        """Count the failure of what happens within. An object that is not there is none."""
        try:
            yield
        except StoreUnavailableError:
            self._errors.labels(operation).inc()
            raise


class MeasuredObjects:
    """An object store that does what the other one does, and takes its time."""

    def __init__(self, objects: ObjectStore, metrics: StoreMetrics) -> None:
        self._objects = objects
        self._metrics = metrics

    @property
    def direct_uploads(self) -> DirectUploads | None:
        """The other's: clients' own uploads are not seen here."""
        return self._objects.direct_uploads

    @contextmanager
    def writer(self, key: str) -> Iterator[ObjectWriter]:
        """Write in pieces; the time is that from the first piece to the commit, or to the failure."""
        with self._metrics.timed("write"), self._objects.writer(key) as writer:
            yield writer

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """Read in chunks; the time is that to the first one."""
        with self._metrics.timed("read"):
            chunks = self._objects.read(key, start=start)
        return self._rest(chunks)

    def fetch(self, key: str, path: Path) -> int:
        """Copy the object into a file."""
        with self._metrics.timed("fetch"):
            return self._objects.fetch(key, path)

    def store(self, path: Path, key: str) -> int:
        """Copy a file into the object."""
        with self._metrics.timed("store"):
            return self._objects.store(path, key)

    def size(self, key: str) -> int:
        """The object's size in bytes."""
        with self._metrics.timed("size"):
            return self._objects.size(key)

    def head(self, key: str, size_bytes: int) -> bytes:
        """The object's first bytes."""
        with self._metrics.timed("head"):
            return self._objects.head(key, size_bytes)

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys under the prefix; only failures are counted, for it is the caller who takes the time."""
        with self._metrics.counted("keys"):
            yield from self._objects.keys(prefix)

    def copy(self, key: str, to: str) -> int:
        """Copy the object to another key."""
        with self._metrics.timed("copy"):
            return self._objects.copy(key, to)

    def delete(self, key: str) -> None:
        """Delete the object."""
        with self._metrics.timed("delete"):
            self._objects.delete(key)

    def delete_prefix(self, prefix: str) -> int:
        """Delete all objects under the prefix."""
        with self._metrics.timed("delete_prefix"):
            return self._objects.delete_prefix(prefix)

    def presigned_get(self, key: str, *, expires_in: timedelta, file_name: str) -> str | None:
        """The other's, which asks nobody."""
        return self._objects.presigned_get(key, expires_in=expires_in, file_name=file_name)

    def check(self) -> None:
        """The other's; probes are no work."""
        self._objects.check()

    def _rest(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        with self._metrics.counted("read"):
            yield from chunks


class MeasuredScanner:
    """A virus scanner that does what the other one does, and takes its time."""

    def __init__(self, scanner: VirusScanner, seconds: Histogram) -> None:
        """Measure what `scanner` does in `seconds`, as `scan_seconds` makes it."""
        self._scanner = scanner
        self._seconds = seconds

    def scan(self, path: Path, *, on_chunk: Callable[[], None] = lambda: None) -> None:
        """Return when the file is clean. What `on_chunk` raises is no verdict, and not counted."""
        started = time.monotonic()
        try:
            self._scanner.scan(path, on_chunk=on_chunk)
        except (InfectedError, ScanFailedError) as error:
            verdict = "infected" if isinstance(error, InfectedError) else "failed"
            self._seconds.labels(verdict).observe(time.monotonic() - started)
            raise
        self._seconds.labels("clean").observe(time.monotonic() - started)

    def check(self) -> None:
        """The other's."""
        self._scanner.check()


def scan_seconds(registry: CollectorRegistry) -> Histogram:
    """The figure of a scanner; each verdict is 0 before it is given."""
    seconds = Histogram(
        "bulkpress_scan_seconds", "Time that scans for viruses took.", ["verdict"], buckets=SECONDS, registry=registry
    )
    for verdict in VERDICTS:
        seconds.labels(verdict)
    return seconds
