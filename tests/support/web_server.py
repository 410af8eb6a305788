"""A small HTTP server on loopback that answers as a test tells it and remembers what it was sent."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Sent:
    """A request as the server got it; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the server answers: a body in pieces comes without its length, until it ends or nobody reads on."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""


@dataclass
class WebServer:
    """The server while it runs."""

    port: int
    sent: list[Sent] = field(default_factory=list)
    answer: Callable[[Sent], Answer] = lambda _: Answer()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web_server() -> Iterator[WebServer]:
    """A running server."""

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = Sent(self.command, self.path, headers, body)
            made.sent.append(sent)
            answer = made.answer(sent)
            self.send_response(answer.status)
            length: dict[str, str] = {}
            pieces = answer.body
            if isinstance(pieces, bytes):
                length, pieces = {"Content-Length": str(len(pieces))}, [pieces]
            for name, value in (length | answer.headers).items():
                self.send_header(name, value)
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                for piece in pieces:
                    self.wfile.write(piece)

        do_GET = do_POST = do_HEAD = do  # noqa: N815 - names that http.server looks for

        def log_message(self, *_told: object) -> None:
            """Tests need no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = WebServer(server.server_address[1])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
