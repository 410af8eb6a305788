"""How long a connection may take: to send a head, to go on with a body, to read an answer."""

from asyncio import AbstractEventLoop, TimerHandle, WriteTransport
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Patience:
    """What is waited for, in seconds and bytes."""

    head_s: float = 30.0  # from the first byte of a request's head, or the connection's beginning, to its last
    body_bytes_per_s: float = 100.0  # fewer than these, over `body_window_s`, and the body is taken for stalled
    body_window_s: float = 60.0
    reader_s: float = 120.0  # in which a client must take something of an answer that waits for it


class Waits(Enum):
    """What a connection waits for."""

    HEAD = "a head"
    BODY = "a body"
    NOTHING = "nothing that the client owes"


class Watch:
    """Looks at one connection now and then, and lets go of it when the patience is over."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        transport: WriteTransport,
        patience: Patience,
        waits: Callable[[], Waits],
        give_up: Callable[[Waits], None],
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._patience = patience
        self._waits = waits
        self._give_up = give_up
        self._waited: Waits = Waits.NOTHING
        self._since = loop.time()
        self._unread = 0  # bytes of an answer that wait for the client
        self._unread_since = loop.time()
        self._body_bytes = 0
        self._every_s = min(patience.head_s, patience.body_window_s, patience.reader_s) / 4
        self._timer: TimerHandle = loop.call_later(self._every_s, self._look)

    def received(self, body_bytes: int) -> None:
        """Count bytes of a body."""
        self._body_bytes += body_bytes

    def start_over(self) -> None:
        """The client has done what it owed, or was not let: whatever comes next has all the time there is."""
        self._since = self._loop.time()
        self._body_bytes = 0

    def end(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        if self._transport.is_closing() and not self._transport.get_write_buffer_size():
            return
        now = self._loop.time()
        if self._is_not_read(now):
            self._transport.abort()
            return
        waits = self._waits()
        if waits is not self._waited:
            self._waited = waits
            self.start_over()
        elif waits is Waits.HEAD and now - self._since > self._patience.head_s:
            self._give_up(waits)
            return
        elif waits is Waits.BODY and now - self._since > self._patience.body_window_s:
            if self._body_bytes < self._patience.body_bytes_per_s * self._patience.body_window_s:
                self._give_up(waits)
                return
            self.start_over()
        self._timer = self._loop.call_later(self._every_s, self._look)

    def _is_not_read(self, now: float) -> bool:
        unread = self._transport.get_write_buffer_size()
        if not unread or unread != self._unread:
            self._unread, self._unread_since = unread, now
        return now - self._unread_since > self._patience.reader_s
