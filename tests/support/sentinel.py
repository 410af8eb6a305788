"""A real Sentinel for tests: the Valkey program in its other mode."""

import socket
import subprocess
from pathlib import Path
from typing import Any, Self

import redis
from redis.exceptions import RedisError, ResponseError

from bulkpress_client.local.valkey import server_program
from tests.support.waiting import until

HOST = "127.0.0.1"


class SentinelServer:
    """One Sentinel that watches primaries on this machine, by name and port."""

    def __init__(self, folder: Path, primaries: dict[str, int]) -> None:
        folder.mkdir()
        self.port = _free_port()
        lines = [f"port {self.port}", f"bind {HOST}", f"dir {folder}"]
        for name, port in primaries.items():
            lines += [f"sentinel monitor {name} {HOST} {port} 1", f"sentinel down-after-milliseconds {name} 1000"]
        self._conf = folder / "sentinel.conf"
        self._conf.write_text("\n".join(lines) + "\n")
        self._client: Any = redis.Redis(HOST, self.port)

    def __enter__(self) -> Self:
        command = [str(server_program()), str(self._conf), "--sentinel"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until(self._answers, "the Sentinel answers")
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()
        self._process.kill()
        self._process.wait()

    @property
    def url(self) -> str:
        """Its address, as Celery spells it."""
        return f"sentinel://{HOST}:{self.port}/0"

    def replicas(self, name: str) -> int:
        """How many replicas of the primary it has found."""
        return len(self._client.sentinel_slaves(name))

    def primary_port(self, name: str) -> int:
        """Where it says that the primary is."""
        _, port = self._client.sentinel_get_master_addr_by_name(name)
        return int(port)

    def fail_over(self, name: str) -> None:
        """Make a replica the primary, as soon as the Sentinel thinks that one is good enough."""
        until(lambda: self._fails_over(name), "the Sentinel begins to fail over")

    def _fails_over(self, name: str) -> bool:
        try:
            return bool(self._client.execute_command("SENTINEL", "FAILOVER", name))
        except ResponseError:  # NOGOODSLAVE: it has not heard enough of the replica yet
            return False

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except RedisError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
