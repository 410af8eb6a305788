"""`make e2e-cluster`: run a release through its life on a cluster, print the figures, exit with 1 if anything is amiss.

Needs kubectl, and images that the nodes have or can pull. All happens in a namespace made for it, which is removed
afterwards (but for --keep); a node is drained, and taken back.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.e2e_cluster.cluster import RELEASE, Cluster, ClusterError, wait_for
from tests.e2e_cluster.figures import LANE, Figures, failures, lines, node_to_drain, restarts
from tests.e2e_cluster.job import Caller, LaneWatch, documents, progress, results, states

STEP_LIMIT_S = 900.0
JOB_LIMIT_S = 3600.0
UPGRADE_AT = 0.1  # of the files
DRAIN_AT = 0.5


def say(line: str) -> None:
    """Print a line, at once: the run may be watched."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def values_of(args: argparse.Namespace, scales: bool) -> dict[str, Any]:
    """The chart's values: all built in, small requests, a lane that comes and goes within minutes."""
    small = {"requests": {"cpu": "100m", "memory": "256Mi"}}
    lane: dict[str, Any] = {
        "replicas": 2,
        "concurrency": 1,
        "shutdownGraceSeconds": 60,
        "resources": small,
        "autoscaling": {"minReplicas": 0, "maxReplicas": args.pods, "target": 10, "cooldown": 30, "stabilization": 15},
    }
    values: dict[str, Any] = {
        "image": {"prefix": args.image_prefix, "tag": args.image_tag},
        "autoscaling": {"kind": "keda" if scales else "none", "keda": {"pollingInterval": 5}},
        "gateway": {"resources": small},
        "workers": {
            LANE: lane,
            "compression-express": {"concurrency": 1, "shutdownGraceSeconds": 60, "resources": small},
            "compression-heavy": {"shutdownGraceSeconds": 60, "resources": small, "autoscaling": {"enabled": False}},
        },
    }
    return _merged(values, yaml.safe_load(Path(args.values).read_text())) if args.values else values


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    found = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = _merged(found[key], value) if both else value
    return found


@contextmanager
def timed(figures: Figures, step: str) -> Iterator[None]:
    """Say that a step begins, and keep how long it took."""
    say(f"{step} …")
    began = time.monotonic()
    yield
    figures.seconds[step] = time.monotonic() - began
    say(f"{step}: {figures.seconds[step]:.1f} s")


def lane_pods(cluster: Cluster) -> int:
    """How many pods the lane's deployment has, those that start or stop included."""
    return len(cluster.pods(f"worker-{LANE}"))


def wait_for_none(cluster: Cluster) -> int:
    """How many pods the lane has: 0 as soon as there are none, or what there is after ten minutes."""
    try:
        wait_for("the lane to have no pod", lambda: None if lane_pods(cluster) else True, 600)
    except ClusterError as error:
        say(str(error))
    return lane_pods(cluster)


def ended_files(caller: Caller, job_id: str, at_least: int) -> int:
    """How many files have ended, once there are so many."""

    def look() -> int | None:
        ended = progress(caller, job_id).completed_count
        return ended if ended >= at_least else None

    return wait_for(f"{at_least} files to end", look, JOB_LIMIT_S, every_s=1)


def upgrade(cluster: Cluster, caller: Caller, figures: Figures, job_id: str, newer: dict[str, Any]) -> None:
    """Replace every pod, of the built-in stores too, as an upgrade to another version does."""
    figures.upgraded_at = ended_files(caller, job_id, int(figures.files * UPGRADE_AT))
    with timed(figures, "upgrade"):
        cluster.install(newer, STEP_LIMIT_S)
    figures.upgrade_ended_at = progress(caller, job_id).completed_count


def drain(cluster: Cluster, caller: Caller, figures: Figures, job_id: str, nodes: list[str]) -> None:
    """Drain the node where most of the lane works, and take it back, where there is another to go to."""
    if len(nodes) < 2:
        return
    ended_files(caller, job_id, int(figures.files * DRAIN_AT))
    node = node_to_drain(cluster.pods(), nodes)
    if node is None:
        return
    try:
        with timed(figures, "drain"):
            limits = ["--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={STEP_LIMIT_S:.0f}s"]
            labels = f"app.kubernetes.io/instance={RELEASE}"
            cluster.kubectl("drain", node, *limits, f"--pod-selector={labels}", timeout_s=STEP_LIMIT_S + 60)
        figures.drained = node
    finally:
        cluster.kubectl("uncordon", node)


def work(cluster: Cluster, args: argparse.Namespace, figures: Figures, nodes: list[str]) -> None:
    """The whole life, step by step. Raises ClusterError at the first step that does not end."""
    values = values_of(args, figures.scales)
    cluster.make_namespace()
    with timed(figures, "install"):
        cluster.install(values, STEP_LIMIT_S)
    with timed(figures, "helm test"):
        say(cluster.helm("test", RELEASE, "--logs", "--timeout", "300s", timeout_s=360).strip())
    with tempfile.TemporaryDirectory(prefix="bulkpress-e2e-") as folder:
        scratch = Path(folder)
        caller = Caller(cluster, cluster.make_key(), scratch)
        paths = documents(figures.files, scratch / "in")
        figures.pods_before = wait_for_none(cluster) if figures.scales else lane_pods(cluster)
        watch = LaneWatch(cluster, figures)
        watch.start()
        with timed(figures, "job"):
            job = caller.call(lambda client: client.submit(paths))
            say(f"handed in job {job.job_id}: {sum(path.stat().st_size for path in paths) / 1e6:.0f} MB")
            newer = {
                "podAnnotations": {"bulkpress-e2e": "upgraded"},
                "image": {"tag": args.upgrade_tag or args.image_tag},
            }
            upgrade(cluster, caller, figures, job.job_id, _merged(values, newer))
            drain(cluster, caller, figures, job.job_id, nodes)
            ended_files(caller, job.job_id, figures.files)
        watch.stop()
        figures.states = states(caller, job.job_id)
        figures.restarts = restarts(cluster.pods())
        with timed(figures, "download"):
            figures.results = results(caller, job.job_id)
    with timed(figures, "back to no pod"):
        figures.pods_after = wait_for_none(cluster) if figures.scales else lane_pods(cluster)


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e_cluster", description=__doc__)
    parser.add_argument("--kubeconfig", default="", help="of the cluster; kubectl's own choice, if empty")
    parser.add_argument("--image-prefix", default="bulkpress", help="registry and path before the images' names")
    parser.add_argument("--image-tag", default="0.1.0", help="tag of the images")
    parser.add_argument("--upgrade-tag", default="", help="tag to upgrade to in mid job; the same, if empty")
    parser.add_argument("--files", type=int, default=500, help="files of the job")
    parser.add_argument("--pods", type=int, default=6, help="pods that the lane may have")
    parser.add_argument("--namespace", default="bulkpress-e2e", help="made for the run; it must not be there")
    parser.add_argument("--values", default="", help="values of your own that win over those of the run")
    parser.add_argument("--without-keda", action="store_true", help="take a fixed number of pods if KEDA is not there")
    parser.add_argument("--keep", action="store_true", help="leave release and namespace as they are at the end")
    args = parser.parse_args()
    cluster, figures = Cluster(args.kubeconfig, args.namespace), Figures(args.files)
    problems: list[str] = []
    try:
        nodes = schedulable(cluster)
        figures.nodes, figures.scales = len(nodes), scales(cluster, args.without_keda)
        work(cluster, args, figures, nodes)
    except ClusterError as error:
        problems.append(str(error))
        say(said_by(cluster))
    problems += failures(figures)
    say("\n".join(["", *lines(figures), *(f"FAILED: {problem}" for problem in problems)]))
    if not args.keep:
        cluster.remove()
    return 1 if problems else 0


def scales(cluster: Cluster, can_do_without: bool) -> bool:
    """Whether KEDA is there. Raises ClusterError if it is not and must be."""
    found = cluster.has("scaledobjects.keda.sh")
    if not (found or can_do_without):
        raise ClusterError("KEDA is not installed on the cluster: install it, or say --without-keda")
    return found


def schedulable(cluster: Cluster) -> list[str]:
    """Names of the nodes that take pods of anybody. Raises ClusterError if there are none."""
    found = [
        node["metadata"]["name"]
        for node in cluster.get("nodes")["items"]
        if not node["spec"].get("unschedulable")
        and not any(taint["effect"] in {"NoSchedule", "NoExecute"} for taint in node["spec"].get("taints", []))
    ]
    if not found:
        raise ClusterError("no node of the cluster takes pods")
    return found


def said_by(cluster: Cluster) -> str:
    """What the cluster has to say about a failure, or why it cannot be asked."""
    try:
        return cluster.said_by()
    except ClusterError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
