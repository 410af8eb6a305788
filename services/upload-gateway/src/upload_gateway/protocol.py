"""HTTP/1.1 as uvicorn speaks it, with bounded request heads, and with requests that offer to switch protocols."""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024  # request line and headers, or trailers; of a part's own headers uploads.py takes less
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"  # RFC 6585, 5
)


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. Two things differ from uvicorn's own:

    A head, which is kept in memory as long as it goes on, may not go on for ever.

    An offer of `Upgrade: h2c`, which Java's HttpClient and `curl --http2` make with every first request, is declined
    in the way of RFC 9110, 7.8, by answering the request. The parser takes it for the end of the request instead, and
    the body that follows, an upload, for nonsense.
    """

    _barren_bytes = 0  # received since the last head, piece of body, or end of a request

    def data_received(self, data: bytes) -> None:
        """Read on; refuse what is no HTTP or has too large a head."""
        self._unset_keepalive_if_required()
        self._barren_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._barren_bytes > MAX_HEAD_BYTES:
            if self.cycle is None or self.cycle.response_complete:  # else there may be half an answer on the way
                self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Start the request, unless it will be read again without its offer."""
        self._barren_bytes = 0
        if not self._is_offer():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._barren_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request's body."""
        self._barren_bytes = 0
        if not self._is_offer():
            super().on_message_complete()

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
