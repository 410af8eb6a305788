"""What is told of the object store and the virus scanner: times by operation and verdict, failures, and no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bulkpress_core.adapters.clamd import Clamd
from bulkpress_core.adapters.folder_objects import FolderObjectStore
from bulkpress_core.domain.errors import (
    InfectedError,
    LeaseLostError,
    ObjectNotFoundError,
    ScanFailedError,
    StoreUnavailableError,
)
from bulkpress_core.ports.object_store import ObjectStore
from bulkpress_core.telemetry.measured import OPERATIONS, MeasuredObjects, MeasuredScanner, StoreMetrics, scan_seconds
from tests.support.clamd import EICAR, ClamdServer


class AwayStore(FolderObjectStore):
    """A store that lists nothing and breaks off in the middle of an object."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Fail."""
        raise StoreUnavailableError(prefix)

    def read(self, key: str, *, start: int = 0) -> Iterator[bytes]:
        """Give one chunk, and fail."""
        yield b"first"
        raise StoreUnavailableError(key)


@pytest.fixture
def registry() -> CollectorRegistry:
    """Where figures are kept."""
    return CollectorRegistry()


def measured(objects: ObjectStore, registry: CollectorRegistry) -> MeasuredObjects:
    return MeasuredObjects(objects, StoreMetrics(registry))


def counts(registry: CollectorRegistry) -> dict[str, float]:
    """How often the time of each operation was taken, where it was."""
    return _by_operation(registry, "bulkpress_store_seconds_count")


def errors(registry: CollectorRegistry) -> dict[str, float]:
    """How often each operation failed, where it did."""
    return _by_operation(registry, "bulkpress_store_errors_total")


def _by_operation(registry: CollectorRegistry, name: str) -> dict[str, float]:
    found = {operation: registry.get_sample_value(name, {"operation": operation}) for operation in OPERATIONS}
    return {operation: count for operation, count in found.items() if count}


def test_failures_are_told_as_0_before_the_first(tmp_path: Path, registry: CollectorRegistry) -> None:
    measured(FolderObjectStore(tmp_path), registry)
    assert registry.get_sample_value("bulkpress_store_errors_total", {"operation": "fetch"}) == 0


def test_every_operation_is_timed_once_and_none_failed(tmp_path: Path, registry: CollectorRegistry) -> None:
    objects, file = measured(FolderObjectStore(tmp_path / "store"), registry), tmp_path / "file"
    with objects.writer("a/1") as writer:
        writer.write(b"12345")
        writer.commit()
    assert b"".join(objects.read("a/1", start=2)) == b"345"
    assert objects.fetch("a/1", file) == objects.store(file, "a/2") == objects.copy("a/2", "a/3") == 5
    assert (objects.size("a/3"), objects.head("a/3", 2)) == (5, b"12")
    assert list(objects.keys("a/")) == ["a/1", "a/2", "a/3"]
    objects.delete("a/1")
    assert objects.delete_prefix("a/") == 2
    objects.check()
    assert counts(registry) == {name: 1 for name in OPERATIONS if name != "keys"}  # its time is the caller's
    assert errors(registry) == {}


def test_an_object_that_is_not_there_is_no_failure_of_the_store(tmp_path: Path, registry: CollectorRegistry) -> None:
    with pytest.raises(ObjectNotFoundError):
        measured(FolderObjectStore(tmp_path), registry).size("a/1")
    assert (counts(registry), errors(registry)) == ({"size": 1}, {})


def test_failures_are_counted_also_in_the_middle_of_what_is_read(tmp_path: Path, registry: CollectorRegistry) -> None:
    objects = measured(AwayStore(tmp_path), registry)
    chunks = objects.read("a/1")
    assert next(chunks) == b"first"
    for failing in (lambda: next(chunks), lambda: list(objects.keys("a/"))):
        with pytest.raises(StoreUnavailableError):
            failing()
    assert errors(registry) == {"read": 1, "keys": 1}


def scans(registry: CollectorRegistry) -> list[float | None]:
    """How many scans ended clean, infected and failed."""
    name = "bulkpress_scan_seconds_count"
    return [registry.get_sample_value(name, {"verdict": verdict}) for verdict in ("clean", "infected", "failed")]


def test_scans_are_told_by_their_verdicts(tmp_path: Path, registry: CollectorRegistry, clamd: ClamdServer) -> None:
    clean, infected = tmp_path / "clean", tmp_path / "infected"
    clean.write_bytes(b"%PDF-1.7")
    infected.write_bytes(EICAR)
    scanner = MeasuredScanner(Clamd(clamd.tcp, patience_s=30.0), scan_seconds(registry))
    assert scans(registry) == [0, 0, 0]
    scanner.scan(clean)
    with pytest.raises(InfectedError):
        scanner.scan(infected)
    assert scans(registry) == [1, 1, 0]


def test_a_scanner_that_is_away_has_failed(tmp_path: Path, registry: CollectorRegistry) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"%PDF-1.7")
    away = MeasuredScanner(Clamd("unix:///no/such/socket", patience_s=1.0), scan_seconds(registry))
    with pytest.raises(ScanFailedError):
        away.scan(file)
    with pytest.raises(ScanFailedError):
        away.check()
    assert scans(registry) == [0, 0, 1]


def lost() -> None:
    raise LeaseLostError


def test_a_lease_that_is_lost_meanwhile_is_no_verdict(
    tmp_path: Path, registry: CollectorRegistry, clamd: ClamdServer
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"%PDF-1.7")
    with pytest.raises(LeaseLostError):
        MeasuredScanner(Clamd(clamd.tcp, patience_s=30.0), scan_seconds(registry)).scan(file, on_chunk=lost)
    assert scans(registry) == [0, 0, 0]
