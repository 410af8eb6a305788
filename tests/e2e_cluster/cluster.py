"""A cluster and one release on it, by kubectl and helm as people call them."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.chart.rendering import CHART
from tests.support.toolbox import TOOLS

RELEASE = "bulkpress"
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
QUICK_S = 60.0

T = TypeVar("T")


class ClusterError(Exception):
    """A command on the cluster failed, or what was waited for did not come. The message says which."""


def run(command: Sequence[str], timeout_s: float = QUICK_S, given: str | None = None) -> str:
    """The command's output. Raises ClusterError with what it complained of."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s, input=given)
    except (subprocess.TimeoutExpired, OSError) as error:
        raise ClusterError(f"{' '.join(command[:6])} …: {error}") from error
    if done.returncode:
        raise ClusterError(
            f"{' '.join(command[:6])} … ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}"
        )
    return done.stdout


def wait_for(what: str, look: Callable[[], T | None], limit_s: float, every_s: float = 2.0) -> T:
    """What `look` finds, once it finds something. Raises ClusterError after so many seconds, not before."""
    deadline, last = time.monotonic() + limit_s, ""
    while time.monotonic() < deadline:
        try:
            if (found := look()) is not None:
                return found
        except ClusterError as error:
            last = f": {error}"
        time.sleep(every_s)
    raise ClusterError(f"after {limit_s:.0f} s, still waiting for {what}{last}")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where to ask: a kubeconfig (empty: kubectl's own choice) and a namespace of this run alone."""

    kubeconfig: str
    namespace: str

    def kubectl(self, *words: str, timeout_s: float = QUICK_S, given: str | None = None) -> str:
        """Run kubectl. Raises ClusterError."""
        chosen = ["--kubeconfig", self.kubeconfig] if self.kubeconfig else []
        return run(["kubectl", *chosen, "--namespace", self.namespace, *words], timeout_s, given)

    def helm(self, *words: str, timeout_s: float = QUICK_S, given: str | None = None) -> str:
        """Run helm, that of `make tools` where there is one. Raises ClusterError."""
        program = TOOLS / "bin" / "helm"
        chosen = ["--kubeconfig", self.kubeconfig] if self.kubeconfig else []
        return run(
            [str(program) if program.is_file() else "helm", *chosen, "--namespace", self.namespace, *words],
            timeout_s,
            given,
        )

    def get(self, *words: str) -> Any:
        """What `kubectl get … -o json` answers. Raises ClusterError."""
        return json.loads(self.kubectl("get", *words, "--output", "json"))

    def has(self, resource: str) -> bool:
        """Whether the API server knows such a kind, `scaledobjects.keda.sh`."""
        group = resource.partition(".")[2]
        return resource in self.kubectl("api-resources", "--api-group", group, "--output", "name").split()

    def make_namespace(self) -> None:
        """Make the namespace, in which Pod Security refuses what is not `restricted`."""
        self.kubectl("create", "namespace", self.namespace)
        self.kubectl("label", "namespace", self.namespace, RESTRICTED)

    def install(self, values: dict[str, Any], limit_s: float) -> None:
        """Install or upgrade, and wait until all pods are ready."""
        wait = ["--wait", "--timeout", f"{limit_s:.0f}s"]
        self.helm(
            "upgrade",
            "--install",
            RELEASE,
            str(CHART),
            *wait,
            "--values",
            "-",
            timeout_s=limit_s + 60,
            given=yaml.safe_dump(values),
        )

    def remove(self, limit_s: float = 300) -> None:
        """Remove the release and the namespace with all that is in it."""
        self.helm(
            "uninstall", RELEASE, "--ignore-not-found", "--wait", "--timeout", f"{limit_s:.0f}s", timeout_s=limit_s + 60
        )
        self.kubectl("delete", "namespace", self.namespace, "--ignore-not-found", timeout_s=limit_s)

    def pods(self, component: str = "") -> list[dict[str, Any]]:
        """Pods of the release, or of one component."""
        labels = f"app.kubernetes.io/instance={RELEASE}" + (
            f",app.kubernetes.io/component={component}" if component else ""
        )
        items: list[dict[str, Any]] = self.get("pods", "--selector", labels)["items"]
        return items

    def said_by(self, limit_lines: int = 40) -> str:
        """What helps after a failure: pods, events, and the last words of pods that are not ready."""
        found = [
            self.kubectl("get", "pods", "--output", "wide"),
            self.kubectl("get", "events", "--sort-by=.lastTimestamp")[-4000:],
        ]
        for pod in self.pods():
            if not is_ready(pod) and pod["status"].get("phase") != "Succeeded":
                found.append(pod["metadata"]["name"] + ":")
                try:
                    found.append(self.kubectl("logs", pod["metadata"]["name"], f"--tail={limit_lines}"))
                except ClusterError as error:
                    found.append(str(error))
        return "\n".join(found)

    def make_key(self) -> str:
        """A new API key of the gateway."""
        words = ["python", "-m", "upload_gateway.keys", "create", "--tenant", "e2e", "--name", "e2e-cluster"]
        return self.kubectl("exec", f"deploy/{RELEASE}-gateway", "--", *words).strip()


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether the pod says that it can work, and is not going."""
    conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


@contextmanager
def forwarded(cluster: Cluster, log: Path) -> Iterator[str]:
    """URL of the gateway through a port-forward. It leads to one pod, and ends with that: make another then."""
    chosen = ["--kubeconfig", cluster.kubeconfig] if cluster.kubeconfig else []
    words = ["port-forward", f"service/{RELEASE}-gateway", ":80"]
    command = ["kubectl", *chosen, "--namespace", cluster.namespace, *words]
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as process:
        try:

            def port() -> str | None:
                found = re.search(r"127\.0\.0\.1:(\d+) ->", log.read_text())
                if found is None and process.poll() is not None:
                    raise ClusterError(f"port-forward ended: {log.read_text()[-500:]}")
                return found[1] if found else None

            yield f"http://127.0.0.1:{wait_for('a port-forward', port, 30, every_s=0.1)}"
        finally:
            process.terminate()
