"""Lanes: workers of their own, scaled by what waits and what runs, given time to end what they hold."""

from typing import Any

import pytest

from bulkpress_core.adapters.celery_app import make_celery
from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from tests.chart.rendering import KEDA, LANES, container, env, of_kind, pods, rendered

HPA: dict[str, Any] = {
    "autoscaling": {"kind": "hpa"},
    "workers": {
        "compression": {"autoscaling": {"minReplicas": 1}},
        "compression-heavy": {"autoscaling": {"minReplicas": 1}},
    },
}
SCALED = ("compression", "compression-express", "compression-heavy")


def worker_name(lane: str) -> str:
    return f"press-bulkpress-worker-{lane}"


def test_it_should_know_every_lane_of_the_code() -> None:
    assert set(LANES) == {lane.value for lane in Lane}
    found = [env(pod).get("BULKPRESS_LANES") for pod in pods(rendered()).values() if "env" in container(pod)]
    assert sorted(lane for lane in found if lane) == sorted(LANES)


@pytest.mark.parametrize("lane", LANES)
class TestEachLane:
    def test_it_should_have_longer_to_stop_than_its_files_may_take(self, lane: str) -> None:
        pod = pods(rendered())[worker_name(lane)]
        grace_s = float(env(pod)["BULKPRESS_SHUTDOWN_GRACE_S"] or 0)
        hard_s = Settings().limits_of(Lane(lane)).hard_s
        assert grace_s == (hard_s if lane in SCALED else 30)
        assert pod["terminationGracePeriodSeconds"] >= grace_s + 15  # time to give back what has not ended

    def test_it_should_know_how_much_of_its_volume_it_may_fill(self, lane: str) -> None:
        """A pod that fills its emptyDir is evicted, with all its files."""
        pod = pods(rendered({"workers": {lane: {"scratch": {"size": "3Gi"}}}}))[worker_name(lane)]
        (scratch,) = [volume for volume in pod["volumes"] if volume["name"] == "scratch"]
        assert scratch["emptyDir"]["sizeLimit"] == "3Gi"
        assert env(pod)["BULKPRESS_SCRATCH_QUOTA_BYTES"] == str(3 * 2**30)

    def test_it_should_have_a_budget_for_drains(self, lane: str) -> None:
        objects = rendered()
        budget = of_kind(objects, "PodDisruptionBudget")[worker_name(lane)]
        labels = of_kind(objects, "Deployment")[worker_name(lane)]["spec"]["selector"]["matchLabels"]
        assert budget["spec"]["selector"]["matchLabels"] == labels

    def test_it_should_press_as_many_files_at_once_as_told(self, lane: str) -> None:
        values = {"workers": {lane: {"concurrency": 3, "resources": {"limits": {"memory": "20Gi"}}}}}
        assert container(pods(rendered(values))[worker_name(lane)])["args"] == ["--concurrency=3"]


class TestKeda:
    @pytest.mark.parametrize("lane", SCALED)
    def test_it_should_scale_on_what_waits_and_what_is_not_acknowledged(self, lane: str) -> None:
        spec = of_kind(rendered(KEDA), "ScaledObject")[worker_name(lane)]["spec"]
        app = make_celery(Settings(bulkpress_lanes=lane))  # where such a worker's messages are
        unacked = app.conf.broker_transport_options["unacked_key"]
        assert {one["name"]: one["metadata"]["listName"] for one in spec["triggers"]} == {
            "waiting": lane,
            "unacked": unacked,
        }
        assert spec["advanced"]["scalingModifiers"]["formula"] == "waiting + unacked"

    def test_it_should_go_to_zero_and_stay_bounded(self) -> None:
        spec = of_kind(rendered(KEDA), "ScaledObject")[worker_name("compression")]["spec"]
        assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (0, 20)

    def test_it_should_keep_its_pods_while_redis_cannot_be_asked(self) -> None:
        spec = of_kind(rendered(KEDA), "ScaledObject")[worker_name("compression")]["spec"]
        assert spec["fallback"] == {"failureThreshold": 3, "replicas": 1, "behavior": "currentReplicasIfHigher"}

    def test_it_should_leave_the_number_of_pods_to_keda(self) -> None:
        deployments = of_kind(rendered(KEDA), "Deployment")
        assert all("replicas" not in deployments[worker_name(lane)]["spec"] for lane in SCALED)
        assert deployments[worker_name("cleanup")]["spec"]["replicas"] == 1

    def test_it_should_read_the_messages_database_with_the_secrets_password(self) -> None:
        objects = rendered(KEDA | {"redis": {"brokerDatabase": 3}})
        for scaled in of_kind(objects, "ScaledObject").values():
            for trigger in scaled["spec"]["triggers"]:
                assert trigger["metadata"]["databaseIndex"] == "3"
                assert trigger["metadata"]["address"] == "press-bulkpress-valkey:6379"
                assert trigger["authenticationRef"] == {"name": "press-bulkpress-redis"}
        login = of_kind(objects, "TriggerAuthentication")["press-bulkpress-redis"]["spec"]
        assert login["secretTargetRef"] == [
            {"parameter": "password", "name": "press-bulkpress-redis", "key": "redis-password"}
        ]

    def test_it_should_use_tls_where_the_services_do(self) -> None:
        own = {"url": "rediss://app@redis.example:6380", "existingSecret": "login", "caSecret": "ca"}
        objects = rendered(KEDA | {"redis": own, "valkey": {"enabled": False}})
        trigger = of_kind(objects, "ScaledObject")[worker_name("compression")]["spec"]["triggers"][0]["metadata"]
        assert trigger["enableTLS"] == "true"
        assert (trigger["address"], trigger["username"]) == ("redis.example:6380", "app")
        login = of_kind(objects, "TriggerAuthentication")["press-bulkpress-redis"]["spec"]["secretTargetRef"]
        assert {one["parameter"]: one["name"] for one in login} == {"password": "login", "ca": "ca"}
        url = env(pods(objects)[worker_name("compression")])["CELERY_BROKER_URL"]
        assert url == (
            "rediss://app:$(REDIS_PASSWORD)@redis.example:6380/0"
            "?ssl_cert_reqs=required&ssl_ca_certs=/etc/bulkpress/redis/ca.crt"
        )


class TestHpa:
    def test_it_should_be_the_alternative_and_never_both(self) -> None:
        for values, wanted, other in (
            (KEDA, "ScaledObject", "HorizontalPodAutoscaler"),
            (HPA, "HorizontalPodAutoscaler", "ScaledObject"),
        ):
            objects = rendered(values)
            assert set(of_kind(objects, wanted)) == {worker_name(lane) for lane in SCALED}
            assert of_kind(objects, other) == {}

    def test_it_should_ask_for_its_own_lane(self) -> None:
        hpa = of_kind(rendered(HPA), "HorizontalPodAutoscaler")[worker_name("compression-heavy")]
        (metric,) = hpa["spec"]["metrics"]
        assert metric["external"]["metric"]["selector"] == {"matchLabels": {"lane": "compression-heavy"}}


def test_without_autoscaling_it_should_have_the_replicas_told() -> None:
    objects = rendered({"workers": {"compression": {"replicas": 7}}})
    assert of_kind(objects, "Deployment")[worker_name("compression")]["spec"]["replicas"] == 7
    assert of_kind(objects, "ScaledObject") == of_kind(objects, "HorizontalPodAutoscaler") == {}
