"""A small HTTP server beside a service's work: /metrics, /healthz (it lives) and /readyz (it can work)."""

import errno
import json
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bulkpress_core.telemetry.logs import without_secrets

log = structlog.get_logger(__name__)

Checks = Mapping[str, Callable[[], None]]  # name → returns if all is well, raises if not


class PortInUseError(Exception):
    """The port that should serve metrics is taken by another program."""


class MetricsServer:
    """Serves until closed, each request in a thread of its own."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self.port: int = server.server_address[1]
        self._thread = Thread(target=server.serve_forever, name="metrics", kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_metrics(
    host: str,
    port: int,
    registry_factory: Callable[[], CollectorRegistry],
    readiness: Checks,
    *,
    liveness: Checks | None = None,
    setting: str,
) -> MetricsServer:
    """Start serving on `host`:`port` (0: any free port, named in the log). Raises PortInUseError naming `setting`.

    The registry is made anew for each request. /readyz and /healthz answer 200 with `{"name": "ok"}` for each check,
    or 503 with the message of each that failed.
    """

    try:
        server = _Server((host, port), registry_factory, {"/readyz": readiness, "/healthz": liveness or {}})
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUseError(
            f"metrics cannot be served on {host}:{port}: the port is in use. Stop what uses it, or set {setting} to "
            "another port (0 takes any free one)"
        ) from error
    running = MetricsServer(server)
    log.info("metrics.serving", host=host, port=running.port)
    return running


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a request that hangs on a dead Redis must not hold up the end of the service

    def __init__(
        self,
        address: tuple[str, int],
        registry_factory: Callable[[], CollectorRegistry],
        checks: Mapping[str, Checks],
    ) -> None:
        self.registry_factory = registry_factory
        self.checks = checks
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without asking DNS for the host's name, which HTTPServer does and which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Answer one request."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(HTTPStatus.OK, generate_latest(self.server.registry_factory()), CONTENT_TYPE_LATEST)
        elif (checks := self.server.checks.get(path)) is not None:
            found = {name: _result_of(check) for name, check in checks.items()}
            well = all(result == "ok" for result in found.values())
            status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer(status, json.dumps(found).encode(), "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"see /metrics, /healthz and /readyz\n", "text/plain")

    def log_message(self, *_: object) -> None:
        """Say nothing: probes come every few seconds."""

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _result_of(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001  # whatever a check raises is its answer
        return without_secrets(str(error) or repr(error))
    return "ok"
