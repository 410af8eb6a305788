"""HTTP/1.1 as uvicorn speaks it, for the open internet: bounded heads, bounded waiting, offers to switch protocols."""

import asyncio
import json
import socket

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from upload_gateway.close_delimited import close_delimited
from upload_gateway.patience import Patience, Waits, Watch

LINGERS_S = 2.0  # after a refusal: closed at once with something unread, TCP would take the answer back as well
DISCARDED_AT_MOST = 16 * 2**20  # of a body that is already answered: so that clients who only send find the answer
MAX_HEAD_BYTES = 64 * 1024  # request line and headers, or trailers; of a part's own headers uploads.py takes less
PIECE_BYTES = 4 * 1024  # read at once where requests may begin: some 200 of the shortest, of 1 MB when they are made


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


class HeldFlow(FlowControl):
    """Flow control of a connection. What is held stays so, though a request that is being answered asks for more."""

    is_held = False

    def resume_reading(self) -> None:
        """Read on, unless that is held."""
        if not self.is_held:
            super().resume_reading()


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. What differs from uvicorn's own:

    A head, which is kept in memory as long as it goes on, may not go on for ever.

    Nobody is waited for without end: not for a head, a body, the rest of one that is answered, or a reader.

    Requests that are sent without waiting for answers (RFC 9112, 9.3.2) are read a few at a time, as they are answered.

    What stands behind a body (trailers) is no header: nobody on the way has looked at it (RFC 9110, 6.5.1). Requests
    for no host, or for two, are refused (RFC 9112, 3.2), and so are codings other than `chunked` (6.1).

    Clients of HTTP/1.0 are answered in it: without chunks (6.1), and without `100 Continue` (RFC 9110, 10.1.1).

    An offer of `Upgrade: h2c`, which Java's HttpClient and `curl --http2` make with every first request, is declined
    in the way of RFC 9110, 7.8, by answering the request. The parser takes it for the end of the request instead, and
    the body that follows, an upload, for nonsense.
    """

    patience = Patience()
    _barren_bytes = 0  # received since the last head, piece of body, or end of a request
    _is_refused = False
    _discarded_bytes = 0
    _head_is_there = False  # of the request that is being received
    _body_left = 0  # bytes that this request's body has yet, if its length was told

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to watch the connection."""
        super().connection_made(transport)
        # asyncio does so for sockets that name TCP as their protocol, which those of a listener may not: an answer
        # would wait 40 ms for the client's delayed acknowledgement when a connection is used again (RFC 9293, 3.8.6)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.flow: HeldFlow = HeldFlow(transport)
        self._unread = bytearray()  # behind requests that wait for their turn
        self._watch = Watch(self.loop, transport, self.patience, self._waits, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch."""
        self._watch.end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; refuse what is no HTTP or has too large a head."""
        if self._is_refused:
            return
        if not self._unread and len(data) <= max(PIECE_BYTES, self._body_left):
            self._read(data)
        else:
            self._unread += data
            self._read_on()

    def on_response_complete(self) -> None:
        """Go on with the next request, and with reading when none waits."""
        super().on_response_complete()
        if not self.pipeline and not self.transport.is_closing():
            self.flow.is_held = False
            self._read_on()
            self.flow.resume_reading()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; of a trailer, no notice."""
        if not self._head_is_there:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, unless it will be read again without its offer."""
        self._barren_bytes = 0
        if not self._is_offer():
            self._check_head()
            self._head_is_there = True
            self._discarded_bytes = 0
            self._watch.start_over()
            super().on_headers_complete()
            if self.pipeline:
                self.flow.is_held = True

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._barren_bytes = 0
        self._body_left -= len(body)
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

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        is_old = cycle.scope["http_version"] == "1.0"
        super()._start_asgi_task(cycle, close_delimited(app, cycle) if is_old else app)

    def _check_head(self) -> None:
        """Raise the parser's own error for a head that two could understand in two ways."""
        version = self.parser.get_http_version()
        hosts, codings, length = 0, [], 0
        for name, value in self.headers:
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding":
                codings.append(value.strip().lower())
            elif name == b"content-length":
                length = int(value)
        if hosts > 1 or (version == "1.1" and hosts == 0):
            raise httptools.HttpParserError("not for one host")
        if codings and (codings != [b"chunked"] or version == "1.0"):
            raise httptools.HttpParserError("a coding that is not understood")
        if version == "1.0":
            self.expect_100_continue = False
        self._body_left = length

    def _read_on(self) -> None:
        """Read what is there, as far as it goes without requests that wait for their turn."""
        while self._unread and not self.pipeline and not self._is_refused and not self.transport.is_closing():
            size = max(PIECE_BYTES, self._body_left)
            piece = bytes(self._unread[:size])
            del self._unread[:size]
            self._read(piece)

    def _read(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._barren_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(NO_HTTP)
            return
        if self._barren_bytes > MAX_HEAD_BYTES:
            self._refuse(TOO_LARGE)

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
