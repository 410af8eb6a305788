"""A real clamd for tests, with one signature of our own: that of the EICAR test file, which harms nobody."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.valkey import missing_server
from tests.support.waiting import until

# Put together here, so that no scanner takes this file for what it speaks of.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Bulkpress.Test.Eicar"
MOST_BYTES = 2**20  # of a file
PROGRAMS = ("clamd", "/usr/sbin/clamd")  # the second is not on the PATH of everybody


@dataclass(frozen=True)
class ClamdServer:
    """A running clamd."""

    tcp: str
    unix: str


@pytest.fixture(scope="session")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClamdServer]:
    """One server for the session."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        missing_server("clamd is not installed: `make test-servers`, or Debian's package clamav-daemon")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "test.ndb").write_text(f"{SIGNATURE}:0:*:{EICAR.hex()}\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = ClamdServer(f"tcp://127.0.0.1:{port}", f"unix://{folder}/socket")
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder}\nLocalSocket {folder}/socket\nTCPSocket {port}\nTCPAddr 127.0.0.1\n"
        f"Foreground yes\nStreamMaxLength {MOST_BYTES}\nMaxThreads 2\nLogFile {folder}/clamd.log\n"
    )
    with subprocess.Popen(
        [program, "--config-file", str(folder / "clamd.conf")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            until(lambda: _listens(process, folder, port), "clamd listens")
            yield server
        finally:
            process.kill()


def _listens(process: subprocess.Popen[bytes], folder: Path, port: int) -> bool:
    if process.poll() is not None:
        sys.stderr.write((folder / "clamd.log").read_text())
        pytest.fail("clamd did not start")
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return (folder / "socket").exists()
    return False
