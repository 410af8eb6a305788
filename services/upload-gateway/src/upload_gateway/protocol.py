"""HTTP/1.1 as uvicorn speaks it, for the open internet: bounded heads, bounded waiting, offers to switch protocols."""

import asyncio
import json

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from upload_gateway.patience import Patience, Waits, Watch

LINGERS_S = 2.0  # after a refusal: closed at once with something unread, TCP would take the answer back as well
DISCARDED_AT_MOST = 16 * 2**20  # of a body that is already answered: so that clients who only send find the answer
MAX_HEAD_BYTES = 64 * 1024  # request line and headers, or trailers; of a part's own headers uploads.py takes less


def _answer(status: int, title: str, code: str, detail: str) -> bytes:
    """A problem document as a whole answer, after which the connection ends: there is no app to give it."""
    body = {"type": f"urn:bulkpress:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    content = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(content)}\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + content


TOO_LARGE = _answer(  # RFC 6585, 5
    431,
    "Request Header Fields Too Large",
    "head_too_large",
    f"The request line and headers have more than {MAX_HEAD_BYTES} bytes. Send fewer or shorter headers.",
)
NO_HTTP = _answer(
    400,
    "Bad Request",
    "malformed_request",
    "This is no request as HTTP has them (RFC 9112). Look at what the client, or a proxy on the way, makes of it.",
)
TOO_SLOW = _answer(  # RFC 9110, 15.5.9
    408, "Request Timeout", "request_timeout", "The request came too slowly to be waited for. Send it again."
)


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. Three things differ from uvicorn's own:

    A head, which is kept in memory as long as it goes on, may not go on for ever.

    Nobody is waited for without end: not for a head, a body, the rest of one that is answered, or a reader.

    An offer of `Upgrade: h2c`, which Java's HttpClient and `curl --http2` make with every first request, is declined
    in the way of RFC 9110, 7.8, by answering the request. The parser takes it for the end of the request instead, and
    the body that follows, an upload, for nonsense.
    """

    patience = Patience()
    _barren_bytes = 0  # received since the last head, piece of body, or end of a request
    _is_refused = False
    _discarded_bytes = 0
    _head_is_there = False  # of the request that is being received

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to watch the connection."""
        super().connection_made(transport)
        self._watch = Watch(self.loop, transport, self.patience, self._waits, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch."""
        self._watch.end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; refuse what is no HTTP or has too large a head."""
        if self._is_refused:
            return
        self._unset_keepalive_if_required()
        self._barren_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(NO_HTTP)
            return
        if self._barren_bytes > MAX_HEAD_BYTES:
            self._refuse(TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Start the request, unless it will be read again without its offer."""
        self._barren_bytes = 0
        if not self._is_offer():
            self._head_is_there = True
            self._discarded_bytes = 0
            self._watch.start_over()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._barren_bytes = 0
        self._watch.received(len(body))
        if self.cycle.response_complete:
            self._discarded_bytes += len(body)
            if self._discarded_bytes > DISCARDED_AT_MOST:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request's body."""
        self._barren_bytes = 0
        if not self._is_offer():
            self._head_is_there = False
            super().on_message_complete()

    def _waits(self) -> Waits:
        answering = self.cycle is not None and not self.cycle.response_complete
        if self._head_is_there and answering:
            return Waits.NOTHING if self.flow.read_paused else Waits.BODY
        return Waits.NOTHING if answering else Waits.HEAD

    def _give_up(self, _waited_for: Waits) -> None:
        self._refuse(TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        """End the connection, with this answer unless another, or half of it, may be on its way."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self._is_refused = True
            self.flow.pause_reading()
            self.transport.write(answer)
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.loop.call_later(LINGERS_S, self.transport.close)
        else:
            self.transport.close()
        if self.cycle is not None:  # the app is told that nothing more will come
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _is_offer(self) -> bool:
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if self._is_offer():
                head = self._head_without_offer()
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as in the parser it replaces
                self._feed(head + data[offer.args[0] :])

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])
