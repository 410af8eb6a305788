"""Values: unknown and contradictory ones are refused with what to do, and the page that lists them is in step."""

import ast
import json
import subprocess
import sys
from typing import Any

import pytest
import yaml

from scripts.chart_page import page
from tests.chart.rendering import CHART, RefusedValuesError, notes, of_kind, pods, rendered
from tests.support.toolbox import tool

OWN_REDIS = {"url": "redis://redis.example", "existingSecret": "login"}


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"redis": OWN_REDIS}, "set valkey.enabled=false"),
        ({"valkey": {"enabled": False}}, "set redis.url"),
        ({"redis": OWN_REDIS | {"caSecret": "ca"}, "valkey": {"enabled": False}}, "write rediss://"),
        ({"objectStore": {"url": "s3://b"}}, "set s3.enabled=false"),
        ({"s3": {"enabled": False}}, "set objectStore.url"),
        ({"gateway": {"auth": "jwt"}}, "set gateway.jwt.issuer"),
        ({"ingress": {"enabled": True}}, "needs ingress.host"),
        ({"httpRoute": {"enabled": True}}, "needs httpRoute.parentRefs"),
        ({"autoscaling": {"kind": "hpa"}}, "set it to 1, or autoscaling.kind=keda"),
        ({"workers": {"compression": {"softTimeLimitSeconds": 700}}}, "must be below softTimeLimitSeconds"),
        ({"workers": {"compression": {"concurrency": 9}}}, "Lower concurrency or memoryPerFile, or raise the limit"),
        ({"workers": {"compression": {"autoscaling": {"minReplicas": 99}}}}, "must not be above maxReplicas"),
        ({"workers": {"compression-heavy": {"enabled": False}}}, "would wait there for ever"),
    ],
)
def test_contradictory_values_should_be_refused_with_a_remedy(values: dict[str, Any], remedy: str) -> None:
    with pytest.raises(RefusedValuesError) as refused:
        rendered(values)
    assert remedy in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {"gatewey": {}},
        {"gateway": {"replica": 3}},
        {"workers": {"bulk": {}}},
        {"workers": {"compression": {"autoscaling": {"min": 3}}}},
        {"gateway": {"auth": "basic"}},
        {"redis": {"url": "redis://:password@redis.example"}},  # passwords come from secrets
        {"settings": {"PATH": "/evil"}},
        {"image": {"digests": {"scheduler": "latest"}}},
        {"workers": {"compression": {"memoryPerFile": "1.5G"}}},
    ],
)
def test_values_that_mean_nothing_should_be_refused(values: dict[str, Any]) -> None:
    with pytest.raises(RefusedValuesError, match="schema"):
        rendered(values)


def test_the_schema_should_be_closed_everywhere_but_where_kubernetes_own_objects_stand() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    open_places = {path for path, one in walked(schema, "") if one.get("type") == "object" and is_open(one)}
    assert open_places == {"/properties/affinity", "/properties/global"} | {
        path for path in open_places if path.endswith("/items")
    }


def walked(schema: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(schema, dict):
        return []
    deeper = [found for key, one in schema.items() for found in walked(one, f"{path}/{key}")]
    return [(path, schema), *deeper]


def is_open(schema: dict[str, Any]) -> bool:
    return "additionalProperties" not in schema and "$ref" not in schema


def test_the_table_of_values_should_be_in_step() -> None:
    assert (CHART / "README.md").read_text() == page(), "run `make docs-chart`"


def test_chart_and_application_should_be_of_one_version_each() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == ("0.1.0", "0.1.0")


def test_helm_should_find_nothing_to_complain_about() -> None:
    command = [tool("helm"), "lint", "--strict", "--kube-version", "1.31.0", str(CHART)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "WARNING" not in done.stdout + done.stderr


class TestNotes:
    def test_they_should_warn_of_what_is_for_trying_out_only(self) -> None:
        said = notes()
        assert "built-in Valkey" in said
        assert "built-in S3 server" in said
        assert "keys create" in said

    def test_they_should_warn_of_a_gateway_that_asks_nobody(self) -> None:
        assert "asks nobody who they are" in notes({"gateway": {"auth": "none"}})
        assert "asks nobody who they are" not in notes()

    def test_they_should_warn_of_a_redis_without_tls(self) -> None:
        values = {"redis": OWN_REDIS, "valkey": {"enabled": False}}
        assert "has no TLS" in notes(values)
        assert "has no TLS" not in notes(values | {"redis": OWN_REDIS | {"url": "rediss://redis.example"}})


class TestSecrets:
    def test_none_should_be_made_where_ones_own_are_named(self) -> None:
        objects = rendered(CHART / "ci" / "keda-values.yaml")
        assert of_kind(objects, "Secret") == {}

    def test_those_made_should_be_long_and_outlive_the_release(self) -> None:
        secrets = of_kind(rendered(), "Secret")
        assert set(secrets) == {f"press-bulkpress-{name}" for name in ("key", "redis", "s3", "flower")}
        for secret in secrets.values():
            assert secret["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}

    def test_no_secret_should_stand_in_a_pod_or_a_config_map(self) -> None:
        objects = rendered()
        values = {
            text for one in of_kind(objects, "Secret").values() for text in one["data"].values() if len(text) > 20
        }
        rest = json.dumps([one for one in objects if one["kind"] != "Secret"])
        assert values
        assert not [value for value in values if value in rest]


class TestHelmTest:
    def test_its_program_should_need_nothing_but_python(self) -> None:
        tree = ast.parse((CHART / "files" / "press_pdf.py").read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name.partition(".")[0] for node in imports for alias in node.names}
        assert names <= set(sys.stdlib_module_names)

    def test_it_should_call_the_gateway_as_it_asks_who_calls(self) -> None:
        keys = pods(rendered())["press-bulkpress-test"]["containers"][0]["args"]
        nobody = pods(rendered({"gateway": {"auth": "none"}}))["press-bulkpress-test"]["containers"][0]["args"]
        assert keys[1:] == ["http://press-bulkpress-gateway:80", "keys", "180"]
        assert nobody[2] == "none"
