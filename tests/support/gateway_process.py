"""The gateway as a process of its own, on a port of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

from tests.support.waiting import until

START_LIMIT_S = 30.0


class GatewayProcess:
    """`python -m upload_gateway` on a free port, with this object store and the Redis at `redis_url`."""

    def __init__(self, redis_url: str, store: Path | str, log: Path, **settings: str) -> None:
        environment = {name: value for name, value in os.environ.items() if "BULKPRESS" not in name}
        environment |= {
            "CELERY_BROKER_URL": redis_url,
            "CELERY_RESULT_BACKEND": redis_url,
            "BULKPRESS_STORE": str(store),
            "BULKPRESS_GATEWAY_PORT": "0",
        }
        self.store = str(store)
        self._log = log
        self._environment = environment | settings

    def __enter__(self) -> Self:
        """Start it and wait until it listens."""
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "upload_gateway"], env=self._environment, stdin=subprocess.DEVNULL, stderr=log
            )
        try:
            self.port = self._listening_port()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop it, whatever it is doing."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def request(self, method: str, path: str) -> httpx.Response:
        """One request, answered in a minute or not at all."""
        return httpx.request(method, self.url + path, timeout=60)

    @property
    def events(self) -> list[dict[str, object]]:
        """All it has logged so far."""
        lines = self._log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def tell_to_stop(self) -> None:
        """Send SIGTERM, as a supervisor does."""
        self.process.send_signal(signal.SIGTERM)

    def _listening_port(self) -> int:
        def port() -> int | None:
            if self.process.poll() is not None:
                raise RuntimeError(f"the gateway ended at once: {self._log.read_text()}")
            listening = [event for event in self.events if event["event"] == "gateway.listening"]
            return int(str(listening[0]["port"])) if listening else None

        return until(port, "the gateway listens", limit_s=START_LIMIT_S)
