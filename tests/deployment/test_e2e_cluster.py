"""What `make e2e-cluster` asks of the chart, and what it takes for a failure."""

import argparse
from dataclasses import replace
from typing import Any

import pytest

from tests.chart.rendering import container, env, of_kind, pods, rendered
from tests.e2e_cluster.__main__ import values_of
from tests.e2e_cluster.figures import Figures, failures, node_to_drain, restarts

GOOD = Figures(
    files=500,
    states={"done": 480, "kept": 20},
    results=500,
    pods_before=0,
    pods_peak=6,
    pods_after=0,
    upgraded_at=50,
    upgrade_ended_at=200,
    drained="worker-1",
    nodes=3,
)
ARGS = argparse.Namespace(image_prefix="registry.example/x", image_tag="7", pods=6, values="")


def pod(component: str, node: str, name: str = "some", restarts: int = 0) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {"app.kubernetes.io/component": component}},
        "spec": {"nodeName": node},
        "status": {"containerStatuses": [{"restartCount": restarts}]},
    }


def test_a_run_in_which_all_is_as_promised_has_no_failure() -> None:
    assert failures(GOOD) == []
    assert failures(replace(GOOD, nodes=1, drained=None)) == []  # nowhere to drain to
    assert failures(replace(GOOD, scales=False, pods_before=2, pods_after=2)) == []


@pytest.mark.parametrize(
    "amiss",
    [
        {"states": {"done": 499}},
        {"states": {"done": 499, "failed": 1}},
        {"states": {"done": 501}},
        {"results": 499},
        {"pods_before": 1},
        {"pods_before": None},
        {"pods_peak": 0},
        {"pods_after": 1},
        {"upgraded_at": None},
        {"upgraded_at": 500},
        {"drained": None},
        {"restarts": {"bulkpress-gateway-1": 1}},
    ],
)
def test_each_thing_that_can_be_lost_is_a_failure_of_its_own(amiss: dict[str, Any]) -> None:
    assert len(failures(replace(GOOD, **amiss))) == 1


def test_the_busiest_node_is_drained_but_never_one_with_a_volume_that_cannot_move() -> None:
    found = [pod("valkey", "a"), pod("worker-compression", "a"), pod("worker-compression", "a")]
    found += [pod("worker-compression", "b"), pod("gateway", "c"), pod("scheduler", "c")]
    assert node_to_drain(found, ["a", "b", "c"]) == "b"
    assert node_to_drain(found, ["a"]) is None


def test_only_pods_with_a_restart_are_told() -> None:
    assert restarts([pod("gateway", "a", "one"), pod("gateway", "a", "two", restarts=2)]) == {"two": 2}


def test_the_chart_takes_its_values_and_scales_the_lane_from_nothing() -> None:
    objects = rendered(values_of(ARGS, scales=True))
    lane = of_kind(objects, "ScaledObject")["press-bulkpress-worker-compression"]["spec"]
    assert (lane["minReplicaCount"], lane["maxReplicaCount"]) == (0, 6)
    worker = pods(objects)["press-bulkpress-worker-compression"]
    assert container(worker)["image"] == "registry.example/x/compression-worker:7"
    assert env(worker)["BULKPRESS_SHUTDOWN_GRACE_S"] == "60"  # an upgrade ends within minutes


def test_without_keda_the_lane_has_its_replicas() -> None:
    objects = rendered(values_of(ARGS, scales=False))
    assert of_kind(objects, "ScaledObject") == {}
    assert of_kind(objects, "Deployment")["press-bulkpress-worker-compression"]["spec"]["replicas"] == 2
