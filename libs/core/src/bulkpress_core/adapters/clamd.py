"""ClamAV's daemon, spoken to as clamd(8) has it: files are sent with INSTREAM, so clamd needs no access to our disk."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from bulkpress_core.domain.errors import InfectedError, ScanFailedError

DEFAULT_PORT = 3310
CHUNK_BYTES = 256 * 1024
MOST_ANSWER_BYTES = 4096


class Clamd:
    """VirusScanner at `tcp://host:port` or `unix:///path`. `patience_s` bounds each wait, that for the verdict too."""

    def __init__(self, address: str, *, patience_s: float) -> None:
        self._address = address
        self._patience_s = patience_s

    def scan(self, path: Path, *, on_chunk: Callable[[], None] = lambda: None) -> None:
        """Send the file and read the verdict."""
        with path.open("rb") as file, self._connection() as connection:
            try:
                connection.sendall(b"zINSTREAM\0")
                while chunk := file.read(CHUNK_BYTES):
                    on_chunk()
                    connection.sendall(struct.pack("!L", len(chunk)) + chunk)
                connection.sendall(struct.pack("!L", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has heard enough, and may have said why
            _judge(_answer(connection))

    def check(self) -> None:
        """Ask for a sign of life."""
        with self._connection() as connection:
            connection.sendall(b"zPING\0")
            if (answer := _answer(connection)) != "PONG":
                raise ScanFailedError(f"the virus scanner answers {answer[:80]!r} to a ping")

    @contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        parts = urlsplit(self._address)
        try:
            if parts.scheme == "unix":
                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(self._patience_s)
                with connection:
                    connection.connect(parts.path)
                    yield connection
            else:
                place = (parts.hostname or "", parts.port or DEFAULT_PORT)
                with socket.create_connection(place, timeout=self._patience_s) as connection:
                    yield connection
        except OSError as error:
            raise ScanFailedError(f"the virus scanner cannot be reached ({error}). Check BULKPRESS_CLAMD.") from error


def _answer(connection: socket.socket) -> str:
    """What clamd says, up to the NUL that ends it."""
    said = b""
    with suppress(ConnectionResetError):
        while not said.endswith(b"\0") and len(said) < MOST_ANSWER_BYTES and (piece := connection.recv(1024)):
            said += piece
    return said.rstrip(b"\0").decode(errors="replace").strip()


def _judge(answer: str) -> None:
    """`stream: OK`, `stream: NAME FOUND`; everything else, also no answer, is no verdict."""
    verdict = answer.removeprefix("stream: ")
    if verdict.endswith(" FOUND"):
        raise InfectedError(verdict.removesuffix(" FOUND"))
    if verdict != "OK":
        said = f"says {answer[:200]!r}" if answer else "broke off"
        raise ScanFailedError(f"the virus scanner {said}: the file counts as not scanned")
