"""k8s/ and skaffold.yaml: what is made from the chart is in step with it, and what they name is there."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import container, of_kind, pods, rendered
from tests.chart.test_pods import breaches_of_restricted
from tests.deployment.test_dockerfiles import own_folders
from tests.support.toolbox import tool

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"
OVERLAYS = pytest.mark.parametrize("overlay", ["kind", "production"])
RELOADED = {"upload-gateway": "gateway", "compression-worker": "worker-compression", "scheduler": "scheduler"}


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def skaffold() -> dict[str, Any]:
    (config,) = documents(ROOT / "skaffold.yaml")
    return config


def test_the_plain_manifests_are_what_the_chart_comes_to() -> None:
    tool("helm")
    script = [str(ROOT / "scripts" / "k8s_manifests.sh"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@OVERLAYS
class TestEachOverlay:
    def test_has_no_secret_that_rendering_made_up(self, overlay: str) -> None:
        assert of_kind(documents(K8S / overlay / "manifests.yaml"), "Secret") == {}

    def test_keeps_to_pod_security_restricted_as_its_namespace_demands(self, overlay: str) -> None:
        (namespace,) = documents(K8S / overlay / "namespace.yaml")
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        found = pods(documents(K8S / overlay / "manifests.yaml"))
        assert found
        assert [breach for pod in found.values() for breach in breaches_of_restricted(pod)] == []

    def test_names_files_that_are_there(self, overlay: str) -> None:
        (kustomization,) = documents(K8S / overlay / "kustomization.yaml")
        assert kustomization["resources"] == ["namespace.yaml", "manifests.yaml"]
        assert all((K8S / overlay / name).is_file() for name in kustomization["resources"])


def test_kind_is_given_every_secret_that_its_pods_read() -> None:
    (kustomization,) = documents(K8S / "kind" / "kustomization.yaml")
    given = {
        (one["name"], literal.partition("=")[0])
        for one in kustomization["secretGenerator"]
        for literal in one["literals"]
    }
    read = {
        (one["valueFrom"]["secretKeyRef"]["name"], one["valueFrom"]["secretKeyRef"]["key"])
        for pod in pods(documents(K8S / "kind" / "manifests.yaml")).values()
        for one in container(pod)["env"]
        if "valueFrom" in one
    }
    assert given == read


def test_kind_has_a_node_to_drain_and_one_to_go_to() -> None:
    (cluster,) = documents(K8S / "kind" / "cluster.yaml")
    assert [node["role"] for node in cluster["nodes"]].count("worker") >= 2


class TestSkaffold:
    def test_builds_every_image_of_the_chart_and_hands_it_over_whole(self) -> None:
        images = {path.parent.name for path in ROOT.glob("services/*/Dockerfile")}
        config = skaffold()
        assert {one["image"] for one in config["build"]["artifacts"]} == images
        releases = [config["deploy"]["helm"]["releases"], config["profiles"][0]["deploy"]["helm"]["releases"]]
        for (release,) in releases:
            wanted = {f"image.names.{name}": name.replace("-", "_") for name in images}
            given = release["setValueTemplates"]
            assert given == {key: f"{{{{.IMAGE_FULLY_QUALIFIED_{name}}}}}" for key, name in wanted.items()}

    def test_deploys_with_values_that_are_there(self) -> None:
        config = skaffold()
        for deploy in (config["deploy"], config["profiles"][0]["deploy"]):
            (release,) = deploy["helm"]["releases"]
            assert (ROOT / release["chartPath"] / "Chart.yaml").is_file()
            assert all((ROOT / name).is_file() for name in release["valuesFiles"])

    def test_puts_changed_files_of_all_packages_of_a_service_where_it_reads_them(self) -> None:
        for artifact in skaffold()["build"]["artifacts"]:
            if artifact["image"] not in RELOADED:
                continue
            rules = artifact["sync"]["manual"]
            python = {folder for folder in own_folders(artifact["image"]) if folder != "libs/jbig2"}  # C: is compiled
            assert {rule["strip"] for rule in rules} == {f"{folder}/src/" for folder in python}
            assert {(rule["src"], rule["dest"]) for rule in rules} == {
                (f"{folder}/src/**/*.py", "/code") for folder in python
            }

    def test_production_is_not_the_developers_release(self) -> None:
        (release,) = skaffold()["profiles"][0]["deploy"]["helm"]["releases"]
        assert "hotReload" not in release.get("setValues", {})


class TestHotReload:
    @pytest.mark.parametrize("component", RELOADED.values())
    def test_a_service_runs_its_own_module_from_the_folder_that_changes(self, component: str) -> None:
        objects = rendered({"hotReload": True})
        pod = pods(objects)[f"press-bulkpress-{component}"]
        dockerfile = {v: k for k, v in RELOADED.items()}[component]
        entry = re.search(
            r'ENTRYPOINT \["python", "-m", "(\w+)"\]', (ROOT / "services" / dockerfile / "Dockerfile").read_text()
        )
        assert entry
        assert container(pod)["command"][2:] == [entry[1]]
        assert {"/code", "/etc/bulkpress/hot-reload"} <= {one["mountPath"] for one in container(pod)["volumeMounts"]}
        script = of_kind(objects, "ConfigMap")["press-bulkpress-hot-reload"]["data"]["hot_reload.py"]
        assert Path(container(pod)["command"][1]).name == "hot_reload.py"
        compile(script, "hot_reload.py", "exec")

    def test_it_is_off_unless_asked_for(self) -> None:
        assert all(
            "command" not in container(pod) or name.endswith(("-valkey", "-s3", "-test"))
            for name, pod in pods(rendered()).items()
        )


def test_names_of_images_win_over_prefix_tag_and_digest() -> None:
    whole = "registry.example/x:1@sha256:" + "1" * 64
    values = {"image": {"names": {"scheduler": whole}, "digests": {"scheduler": "sha256:" + "0" * 64}}}
    assert container(pods(rendered(values))["press-bulkpress-scheduler"])["image"] == whole
