"""What a run came to, and what of it is a failure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LANE = "compression"
ENDED_WELL = {"done", "kept"}
STORES = {"valkey", "s3"}


@dataclass(slots=True)
class Figures:
    """Everything measured. Times are seconds; None: it did not come to that, or there was no way to."""

    files: int
    states: dict[str, int] = field(default_factory=dict)  # files at the end, by state
    results: int = 0  # readable PDFs that were downloaded
    seconds: dict[str, float] = field(default_factory=dict)  # how long each step took
    pods_before: int | None = None  # of the lane, when the job was handed in
    pods_peak: int = 0
    pods_after: int | None = None
    scales: bool = True  # whether something scales the lane
    upgraded_at: int | None = None  # files that had ended when the upgrade began
    upgrade_ended_at: int | None = None
    drained: str | None = None  # the node
    nodes: int = 1
    restarts: dict[str, int] = field(default_factory=dict)  # of containers, by pod


def failures(run: Figures) -> list[str]:
    """What went wrong, in words; nothing if all is as promised."""
    found = []
    ended_well = sum(count for state, count in run.states.items() if state in ENDED_WELL)
    if ended_well != run.files or sum(run.states.values()) != run.files:
        found.append(f"of {run.files} files, {ended_well} ended well: {run.states}")
    if run.results != run.files:
        found.append(f"{run.results} results came back for {run.files} files")
    if run.pods_peak < 1:
        found.append("the lane never had a pod")
    if run.scales and (run.pods_before, run.pods_after) != (0, 0):
        found.append(f"the lane had {run.pods_before} pods before the job and {run.pods_after} after it, not 0 and 0")
    if run.upgraded_at is None:
        found.append("there was no upgrade in mid job")
    elif run.upgraded_at >= run.files:
        found.append("the job had ended before the upgrade began: take more files")
    if run.nodes > 1 and run.drained is None:
        found.append(f"no node was drained, of {run.nodes}")
    if run.restarts:
        found.append(f"containers ended by themselves: {run.restarts}")
    return found


def node_to_drain(pods: Sequence[Mapping[str, Any]], nodes: Sequence[str]) -> str | None:
    """The node with most of the lane's pods, of those without a built-in store: its volume may be bound to the node."""
    bound = {_node(pod) for pod in pods if _component(pod) in STORES}
    free = [node for node in nodes if node not in bound]
    working = Counter(_node(pod) for pod in pods if _component(pod) == f"worker-{LANE}")
    others = Counter(_node(pod) for pod in pods)
    return max(free, key=lambda node: (working[node], others[node]), default=None)


def restarts(pods: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How often containers ended by themselves, by pod; pods without a restart are left out."""
    counted = {
        pod["metadata"]["name"]: sum(one["restartCount"] for one in pod["status"].get("containerStatuses", []))
        for pod in pods
    }
    return {name: count for name, count in counted.items() if count}


def _component(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"]["labels"].get("app.kubernetes.io/component", ""))


def _node(pod: Mapping[str, Any]) -> str:
    return str(pod["spec"].get("nodeName", ""))


def lines(run: Figures) -> list[str]:
    """The figures, to be read."""
    pressed_s = run.seconds.get("job", 0.0)
    rate = f", {run.files / pressed_s:.1f} files/s" if pressed_s else ""
    found = [f"{name}: {took:.1f} s" for name, took in run.seconds.items()]
    found.append(f"files: {run.files}, by state {run.states}, results {run.results}{rate}")
    way = f"{run.pods_before} → {run.pods_peak} → {run.pods_after}"
    found.append(f"pods of {LANE}: {way}" if run.scales else f"pods of {LANE}: {run.pods_peak}, not scaled (no KEDA)")
    found.append(f"upgrade: from file {run.upgraded_at} to file {run.upgrade_ended_at}")
    found.append(f"drained: {run.drained}" if run.drained else f"drained: nothing, {run.nodes} node(s)")
    found.append(f"restarts: {run.restarts or 'none'}")
    return found
