"""What a service tells about itself: logs, metrics, whether it lives and is ready."""

from bulkpress_core.telemetry.logs import configure_logging
from bulkpress_core.telemetry.server import MetricsServer, PortInUseError, serve_metrics

__all__ = ["MetricsServer", "PortInUseError", "configure_logging", "serve_metrics"]
