"""The chart as helm renders it, as Python objects."""

import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.toolbox import tool

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "bulkpress"
CI_VALUES = sorted(CHART.glob("ci/*-values.yaml"))
OLDEST = "1.31.0"  # the oldest Kubernetes that the chart is for
LANES = ("compression", "compression-express", "compression-heavy", "cleanup")

Object = dict[str, Any]
KEDA: dict[str, Any] = {"autoscaling": {"kind": "keda"}}


class RefusedValuesError(Exception):
    """Helm does not render the chart with these values. The message is helm's."""


def rendered(values: Mapping[str, Any] | Path | None = None) -> list[Object]:
    """All objects of a release `press` with these values. Raises RefusedValuesError."""
    text = values.read_text() if isinstance(values, Path) else yaml.safe_dump(dict(values or {}))
    return [one for one in yaml.safe_load_all(_rendered(text)) if one]


def notes(values: Mapping[str, Any] | None = None) -> str:
    """What helm says after an installation with these values. `helm template` does not, so an object is made of it."""
    carrier = {"kind": "Notes", "metadata": {"name": "notes"}, "said": '{{ include "bulkpress.notes" . | b64enc }}'}
    objects = rendered({**(values or {}), "extraObjects": [carrier]})
    return b64decode(of_kind(objects, "Notes")["notes"]["said"]).decode()


@cache
def _rendered(values: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(values)
        file.flush()
        options = ["--kube-version", OLDEST, "--namespace", "pdf", "--values", file.name]
        command = [tool("helm"), "template", "press", str(CHART), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedValuesError(done.stderr)
    return done.stdout


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    """The objects of a kind, by name."""
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def pods(objects: list[Object]) -> dict[str, Object]:
    """Specs of all pods, by the name of what makes them."""
    found = {}
    for one in objects:
        if one["kind"] in {"Deployment", "StatefulSet"}:
            found[one["metadata"]["name"]] = one["spec"]["template"]["spec"]
        if one["kind"] == "Pod":
            found[one["metadata"]["name"]] = one["spec"]
    return found


def container(pod: Object) -> Object:
    """The one container of a pod."""
    (only,) = pod["containers"]
    assert isinstance(only, dict)
    return only


def env(pod: Object) -> dict[str, str | None]:
    """Variables that the pod's container is given one by one; None for those from a secret."""
    return {one["name"]: one.get("value") for one in container(pod)["env"]}


def pod_labels(objects: list[Object]) -> dict[str, dict[str, str]]:
    """Labels of all pods, by the name of what makes them."""
    found = {}
    for one in objects:
        if one["kind"] in {"Deployment", "StatefulSet"}:
            found[one["metadata"]["name"]] = one["spec"]["template"]["metadata"]["labels"]
        if one["kind"] == "Pod":
            found[one["metadata"]["name"]] = one["metadata"]["labels"]
    return found


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels."""
    if any(labels.get(key) != wanted for key, wanted in selector.get("matchLabels", {}).items()):
        return False
    judges: dict[str, Callable[[str, list[str]], bool]] = {
        "Exists": lambda key, _: key in labels,
        "In": lambda key, values: labels.get(key) in values,
        "NotIn": lambda key, values: labels.get(key) not in values,
    }
    return all(
        judges[one["operator"]](one["key"], one.get("values", [])) for one in selector.get("matchExpressions", [])
    )
