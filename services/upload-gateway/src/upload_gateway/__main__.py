"""`python -m upload_gateway`: serve until told to stop, finishing the requests that are under way."""

import os
import signal
import socket
import sys
from types import FrameType

import structlog
import uvicorn

from bulkpress_core.settings import Settings, SettingsError, read_settings
from bulkpress_core.telemetry import configure_logging
from upload_gateway.bootstrap import gateway
from upload_gateway.patience import Patience
from upload_gateway.protocol import BoundedHttpProtocol
from upload_gateway.streams import Streams

GRACE_S = 30  # for requests under way when told to stop; an upload that takes longer is discarded
BACKLOG = 2048

log = structlog.get_logger(__name__)


def main() -> None:
    """Run the gateway as the settings say; exit with 1 and the reason if it cannot start."""
    try:
        settings = read_settings()
        configure_logging(settings, "upload-gateway")
        app = gateway(settings)
    except SettingsError as error:
        sys.exit(f"The gateway cannot start: {error}")
    listener = _listener(settings.bulkpress_gateway_host, settings.bulkpress_gateway_port)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    config = uvicorn.Config(
        app,
        http=patient_protocol(settings),
        proxy_headers=bool(settings.trusted_proxies),  # X-Forwarded-For and -Proto, of these only
        forwarded_allow_ips=list(settings.trusted_proxies),
        log_config=None,  # the log is configured already
        access_log=False,  # `request.answered` says more
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    host, port = listener.getsockname()[:2]
    log.info("gateway.listening", host=host, port=port)
    GatewayServer(config, app.state.parts.streams).run(sockets=[listener])


class GatewayServer(uvicorn.Server):
    """uvicorn, which waits for answers under way when told to stop: those without an end are ended first."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the event streams, then the server."""
        await self._streams.close()
        await super().shutdown(sockets)


def patient_protocol(settings: Settings) -> type[BoundedHttpProtocol]:
    """The protocol, as patient as the settings say."""

    class PatientProtocol(BoundedHttpProtocol):
        patience = Patience(
            head_s=settings.bulkpress_head_limit_s,
            body_bytes_per_s=settings.bulkpress_min_upload_rate,
            body_window_s=settings.bulkpress_min_upload_window_s,
            reader_s=settings.bulkpress_reader_limit_s,
        )

    return PatientProtocol


def _listener(host: str, port: int) -> socket.socket:
    """A socket listening there. Opened here because uvicorn would tell of a port in use with less."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        sys.exit(
            f"The gateway cannot listen on {host}:{port}: {reason}. "
            "Stop what is using it, or set BULKPRESS_GATEWAY_HOST and BULKPRESS_GATEWAY_PORT to a free address."
        )


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """End with 0: being told to stop is no failure. uvicorn raises the signal again when it is done."""
    sys.exit(0)


if __name__ == "__main__":
    main()
