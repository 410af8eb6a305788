"""Debian's Prometheus: its server, and promtool, which checks rules."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bulkpress_client.local.ports import free_ports
from tests.support.valkey import missing_server
from tests.support.waiting import until

START_LIMIT_S = 30.0
MISSING = "Prometheus is not installed: `make test-servers`, or Debian's package prometheus"


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    """What promtool says to these arguments."""
    program = shutil.which("promtool")
    if program is None:
        missing_server(MISSING)
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


@dataclass(frozen=True)
class Prometheus:
    """A running server."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples that an expression has now. Raises for one that cannot be evaluated."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=30).json()
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def range(self, expression: str, *, since_s: float, step_s: float = 1.0) -> list[dict[str, Any]]:
        """The series that an expression has had since then."""
        now = time.time()
        asked = {"query": expression, "start": str(now - since_s), "end": str(now), "step": str(step_s)}
        answer = httpx.get(f"{self.url}/api/v1/query_range", params=asked, timeout=30).json()
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def names(self) -> set[str]:
        """Names of all series it has."""
        answer = httpx.get(f"{self.url}/api/v1/label/__name__/values", timeout=30).json()
        return set(answer["data"])

    def rules(self) -> list[dict[str, Any]]:
        """All rules, as it has evaluated them."""
        answer = httpx.get(f"{self.url}/api/v1/rules", timeout=30).json()
        return [rule for group in answer["data"]["groups"] for rule in group["rules"]]


@contextmanager
def running_prometheus(folder: Path, targets: Mapping[str, str], rules: Path) -> Iterator[Prometheus]:
    """A server that asks the targets, host and port by job, each second, and has these rules."""
    program = shutil.which("prometheus")
    if program is None:
        missing_server(MISSING)
    jobs = [{"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()]
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config = folder / "prometheus.yml"  # JSON is YAML
    config.write_text(json.dumps({"global": every, "rule_files": [str(rules)], "scrape_configs": jobs}))
    (port,) = free_ports("127.0.0.1", 1)
    listen = f"127.0.0.1:{port}"
    command = [program, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={listen}"], stdout=log, stderr=log)
        try:
            until(lambda: _is_ready(listen), "Prometheus is ready", limit_s=START_LIMIT_S)
            yield Prometheus(f"http://{listen}")
        finally:
            process.kill()
            process.wait()


def _is_ready(listen: str) -> bool:
    try:
        return httpx.get(f"http://{listen}/-/ready", timeout=5).is_success
    except httpx.TransportError:
        return False
