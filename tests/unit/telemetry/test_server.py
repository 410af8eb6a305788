"""/metrics, /healthz and /readyz, asked over HTTP."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from prometheus_client import CollectorRegistry, Counter

from bulkpress_core.telemetry import MetricsServer, PortInUseError, serve_metrics


def sick() -> None:
    """A check that fails."""
    raise RuntimeError("no answer from redis://:hidden@host:1/0")


def well() -> None:
    """A check that does not."""


def get(port: int, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    """One whose state store is away."""
    registry = CollectorRegistry()
    Counter("pressed", "Files.", registry=registry).inc(3)
    running = serve_metrics("127.0.0.1", 0, lambda: registry, {"queue": well, "state": sick}, setting="PORT")
    yield running
    running.close()


def test_metrics_are_served(server: MetricsServer) -> None:
    status, body = get(server.port, "/metrics")
    assert status == 200
    assert "pressed_total 3.0" in body


def test_a_failed_check_makes_the_service_unready_and_says_why_without_secrets(server: MetricsServer) -> None:
    status, body = get(server.port, "/readyz?verbose")
    assert status == 503
    assert json.loads(body) == {"queue": "ok", "state": "no answer from redis://:***@host:1/0"}


def test_a_service_can_be_alive_and_not_ready(server: MetricsServer) -> None:
    assert get(server.port, "/healthz") == (200, "{}")


def test_other_paths_are_not_found(server: MetricsServer) -> None:
    assert get(server.port, "/")[0] == 404


def test_a_port_in_use_is_told_with_the_setting_that_moves_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"127\.0\.0\.1:{port}: the port is in use.*BULKPRESS_X_PORT"):
            serve_metrics("127.0.0.1", port, CollectorRegistry, {}, setting="BULKPRESS_X_PORT")
