"""The cure for a worker that dies of a message that is none."""

from typing import Any

import structlog
from kombu.transport.redis import Channel, SentinelChannel, SentinelTransport, Transport

log = structlog.get_logger(__name__)


class Forgiving:
    """Drops what cannot be read as a message, where kombu's own channels let the error end the worker."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # of the channel it is mixed with
        except (ValueError, TypeError, KeyError) as error:  # no JSON, no UTF-8, no envelope, no base64
            log.warning("message.unreadable", error=type(error).__name__)  # its text may be anybody's
            return True


class ForgivingChannel(Forgiving, Channel):  # type: ignore[misc]  # kombu has no types
    """To one Redis."""


class ForgivingSentinelChannel(Forgiving, SentinelChannel):  # type: ignore[misc]
    """To the primary that Sentinels name."""


def survive_unreadable_messages() -> None:
    """Let the Celery workers of this process outlive whatever else somebody writes into their queues.

    Nothing is lost by dropping it: messages carry no work, the job store does. Remove this when
    tests/integration/test_unreadable_messages.py passes without it.
    """
    Transport.Channel = ForgivingChannel
    SentinelTransport.Channel = ForgivingSentinelChannel
