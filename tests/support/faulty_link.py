"""A TCP link to a server that can be made to refuse, to stall and to cut, as networks do."""

import socket
import threading
from contextlib import suppress
from typing import Self

HOST = "127.0.0.1"
PIECE_BYTES = 65536


class FaultyLink:
    """Listens on a free port and passes on what is said, both ways, to the server at `port`."""

    def __init__(self, port: int) -> None:
        self._server = (HOST, port)
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._refusing = False
        self._flowing = threading.Event()
        self._flowing.set()
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="link", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.heal()
        self._listener.close()
        self.cut()

    def refuse(self) -> None:
        """From now on every new connection is reset."""
        self._refusing = True

    def stall(self) -> None:
        """From now on connections are taken, and nothing is passed on."""
        self._flowing.clear()

    def cut(self) -> None:
        """Break all connections in the middle of whatever they carry."""
        with self._lock:
            ends = list(self._ends)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """Pass everything on again, first what has stalled."""
        self._refusing = False
        self._flowing.set()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                near, _ = self._listener.accept()
                if self._refusing:
                    near.close()
                else:
                    self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._server)
        except OSError:
            near.close()
            return
        with self._lock:
            self._ends |= {near, far}
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pass_on, args=[source, target], daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(PIECE_BYTES):
                self._flowing.wait()
                target.sendall(said)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with self._lock:
                self._ends.discard(end)
            end.close()
