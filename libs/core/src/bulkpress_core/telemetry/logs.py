"""Logs as events with fields, one a line on stderr, secrets masked: structlog's, and those of every library."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bulkpress_core.settings import Settings

_USER_INFO = re.compile(r"(?<=://)([^\s/:@\"']*):[^\s/@\"']+@")  # RFC 3986, 3.2.1: user:password@host
_SIGNATURE = re.compile(r"(?i)\b(X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature)=[^&\s\"']+")

_API_KEY = re.compile(
    r"\b(bp_[0-9A-Za-z]{10}_)[0-9A-Za-z]{20,}"
)  # as domain/access.py makes them; who sends one in a path


def configure_logging(settings: Settings, service: str, *, level: int | None = None) -> None:
    """Send all logs to stderr as JSON or for reading (`bulkpress_log_format`), each with the name of its service.

    `level` (of `logging`) is what a command line asked for: it can make the service say more than its settings, not
    less. May be called again, as a forked process must.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _service_adder(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(settings.bulkpress_log_format),
                _mask_secrets,
            ],
        )
    )
    own = logging.getLevelNamesMapping()[settings.bulkpress_log_level]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(own if level is None else min(own, level))
    for chatty in ("botocore", "boto3", "s3transfer", "urllib3", "kombu", "amqp", "PIL", "httpcore"):
        logging.getLogger(chatty).setLevel(max(root.level, logging.INFO))
    for repeating in (
        "celery.worker.strategy",
        "celery.app.trace",
    ):  # what our own events tell better, for each message
        logging.getLogger(repeating).setLevel(logging.DEBUG if root.level <= logging.DEBUG else logging.WARNING)


def without_secrets(text: str) -> str:
    """The text with passwords in URLs, the signatures of presigned ones, and API keys replaced by `***`."""
    return _API_KEY.sub(r"\1***", _SIGNATURE.sub(r"\1=***", _USER_INFO.sub(r"\1:***@", text)))


def _mask_secrets(_logger: WrappedLogger, _method: str, line: object) -> str:
    return without_secrets(str(line))  # on the finished line: a traceback can hold a URL as well as a field


def _service_adder(service: str) -> Processor:
    def add_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add_service


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "console":
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
