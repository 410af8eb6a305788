"""What every pod may and may not do."""

from pathlib import Path

import pytest

from bulkpress_core.settings import Settings
from tests.chart.rendering import (
    CI_VALUES,
    LANES,
    Object,
    container,
    env,
    of_kind,
    pods,
    rendered,
)

ALL = pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC")
SAFE_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def breaches_of_restricted(pod: Object) -> list[str]:
    """What Pod Security's `restricted` would refuse (kubernetes.io, Pod Security Standards)."""
    found = [field for field in HOST_FIELDS if pod.get(field)]
    whole = pod.get("securityContext", {})
    for one in [*pod["containers"], *pod.get("initContainers", []), *pod.get("ephemeralContainers", [])]:
        own = one.get("securityContext", {})
        judged = {
            "privileged": own.get("privileged") in (None, False),
            "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
            "capabilities": own.get("capabilities", {}).get("drop") == ["ALL"] and not own["capabilities"].get("add"),
            "runAsNonRoot": own.get("runAsNonRoot", whole.get("runAsNonRoot")) is True,
            "runAsUser": own.get("runAsUser", whole.get("runAsUser")) != 0,
            "seccompProfile": own.get("seccompProfile", whole.get("seccompProfile", {})).get("type")
            == "RuntimeDefault",
            "hostPort": not any("hostPort" in port for port in one.get("ports", [])),
        }
        found += [f"{one['name']}: {name}" for name, well in judged.items() if not well]
    for volume in pod.get("volumes", []):
        found += [f"volume {kind}" for kind in volume if kind != "name" and kind not in SAFE_VOLUMES]
    return found


@ALL
class TestEveryPod:
    def test_it_should_be_let_in_by_pod_security_restricted(self, values: Path) -> None:
        assert {name: breaches_of_restricted(pod) for name, pod in pods(rendered(values)).items()} == {
            name: [] for name in pods(rendered(values))
        }

    def test_it_should_not_write_to_its_image(self, values: Path) -> None:
        for pod in pods(rendered(values)).values():
            assert container(pod)["securityContext"]["readOnlyRootFilesystem"] is True

    def test_it_should_have_no_token_of_the_cluster(self, values: Path) -> None:
        for pod in pods(rendered(values)).values():
            assert pod["automountServiceAccountToken"] is False

    def test_it_should_say_what_memory_it_needs_and_may_have(self, values: Path) -> None:
        for pod in pods(rendered(values)).values():
            resources = container(pod)["resources"]
            assert resources["requests"].keys() >= {"cpu", "memory"}
            assert "memory" in resources["limits"]

    def test_its_volumes_should_be_bounded(self, values: Path) -> None:
        for pod in pods(rendered(values)).values():
            assert all(volume["emptyDir"].get("sizeLimit") for volume in pod["volumes"] if "emptyDir" in volume)

    def test_it_should_mount_only_what_it_has(self, values: Path) -> None:
        objects = rendered(values)
        claims = {
            name: {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
            for name, one in of_kind(objects, "StatefulSet").items()
        }
        for name, pod in pods(objects).items():
            volumes = {volume["name"] for volume in pod["volumes"]} | claims.get(name, set())
            assert {mount["name"] for mount in container(pod)["volumeMounts"]} == volumes

    def test_it_should_be_watched_while_it_starts_and_runs(self, values: Path) -> None:
        long_running = {name: pod for name, pod in pods(rendered(values)).items() if not name.endswith("-test")}
        for pod in long_running.values():
            assert container(pod).keys() >= {"livenessProbe", "readinessProbe"}


@ALL
class TestOurSettings:
    def test_every_variable_should_be_a_setting(self, values: Path) -> None:
        known = {name.upper() for name in Settings.model_fields}
        objects = rendered(values)
        given = {name for pod in pods(objects).values() for name in env(pod)}
        (shared,) = [one["data"] for one in of_kind(objects, "ConfigMap").values() if "BULKPRESS_STORE" in one["data"]]
        ours = {name for name in {*given, *shared} if name.startswith(("BULKPRESS_", "CELERY_"))}
        assert ours - known == set()

    def test_services_should_start_with_them(self, values: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        objects = rendered(values)
        (shared,) = [one["data"] for one in of_kind(objects, "ConfigMap").values() if "BULKPRESS_STORE" in one["data"]]
        for pod in pods(objects).values():
            if "envFrom" not in container(pod):
                continue
            with monkeypatch.context() as environment:
                for name, value in (shared | env(pod)).items():
                    environment.setenv(name, value if value is not None else "from-a-secret-of-more-than-32-characters")
                settings = Settings()
            assert settings.broker_url.startswith(("redis://", "rediss://", "sentinel://"))
            assert settings.state_url != settings.broker_url  # jobs and messages in databases of their own


def test_a_changed_setting_should_replace_the_pods() -> None:
    def sums(level: str) -> set[str]:
        objects = rendered({"settings": {"BULKPRESS_LOG_LEVEL": level}})
        return {
            one["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
            for one in of_kind(objects, "Deployment").values()
        }

    assert len(sums("INFO")) == 1
    assert sums("INFO") != sums("DEBUG")


def test_images_should_be_taken_by_digest_where_one_is_given() -> None:
    digest = f"sha256:{'0' * 64}"
    found = pods(
        rendered({"image": {"prefix": "registry.example/x", "tag": "1.2.3", "digests": {"scheduler": digest}}})
    )
    assert container(found["press-bulkpress-scheduler"])["image"] == f"registry.example/x/scheduler@{digest}"
    assert container(found["press-bulkpress-gateway"])["image"] == "registry.example/x/upload-gateway:1.2.3"


def test_limits_of_lanes_should_reach_all_services_alike() -> None:
    """The gateway sends them with each message; a worker that knew others would end files at other times."""
    objects = rendered({"workers": {"compression-heavy": {"hardTimeLimitSeconds": 3000, "memoryPerFile": "5Gi"}}})
    shared = of_kind(objects, "ConfigMap")["press-bulkpress"]["data"]
    assert shared["BULKPRESS_HEAVY_HARD_TIME_LIMIT_S"] == "3000"
    assert shared["BULKPRESS_HEAVY_MEMORY_LIMIT_BYTES"] == str(5 * 2**30)
    names = [f"worker-{lane}" for lane in LANES] + ["gateway", "scheduler"]
    for name in names:
        froms = container(pods(objects)[f"press-bulkpress-{name}"])["envFrom"]
        assert froms == [{"configMapRef": {"name": "press-bulkpress"}}]


def test_the_limits_without_values_should_be_those_of_the_code() -> None:
    shared = of_kind(rendered(), "ConfigMap")["press-bulkpress"]["data"]
    limits = {name: text for name, text in shared.items() if name.endswith(("_LIMIT_S", "_LIMIT_BYTES"))}
    fields = Settings.model_fields
    assert {name: float(text) for name, text in limits.items()} == {
        name: fields[name.lower()].default for name in limits
    }
    assert len(limits) == 12
