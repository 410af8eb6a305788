"""Being stopped: Ctrl-C and SIGTERM."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click


@contextmanager
def ended_by_signals(state: str) -> Iterator[None]:
    """Within, Ctrl-C and SIGTERM end what runs, say how far it came (`state`), and exit with 128 + their number."""

    def end(number: int, _frame: FrameType | None) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)  # the clean-up itself is short and must not be cut
        raise SystemExit(128 + number)

    former = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except SystemExit:
        click.echo(f"Stopped: {state}.", err=True)
        raise
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
