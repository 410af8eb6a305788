"""The cure for a worker that dies with its broker's connection."""

from kombu.transport.redis import Transport


def survive_broker_outages() -> None:
    """Let the Celery workers of this process outlive an outage of Redis under running tasks.

    When Redis goes away, Celery 5.7.0 empties the lost connection. What still holds one of its channels, the closing
    of the connection itself and the acknowledgement of a task that ends later, then asks the emptied connection for
    its `hostname`, and the AttributeError ends the worker, with exit code 0. Taken for the lost connection that it
    is, it is handled as one: the worker connects again. Remove this when tests/chaos/test_broker_outage.py passes
    without it.
    """
    if AttributeError not in Transport.connection_errors:
        Transport.connection_errors = (*Transport.connection_errors, AttributeError)
