"""compose.yaml: the whole system, nothing of it open to others, in step with the code."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bulkpress_core.domain.lanes import Lane
from bulkpress_core.settings import Settings
from tests.support.toolbox import tool_folder

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_SCHEMA = "github.com/compose-spec/compose-go/v2"
WITH_DEFAULTS = re.compile(r"\$\{(\w+):-([^}]*)\}")
OURS = {"upload-gateway", "compression-worker", "scheduler", "flower"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as Compose reads it where no variable is set."""
    text = WITH_DEFAULTS.sub(lambda found: found[2], (ROOT / "compose.yaml").read_text())
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def own_services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in compose["services"].items() if one["image"].startswith("bulkpress/")}


def test_it_is_what_compose_understands(compose: dict[str, Any]) -> None:
    schema = json.loads((tool_folder(COMPOSE_SCHEMA) / "schema" / "compose-spec.json").read_text())
    jsonschema.Draft7Validator(schema).validate(compose)


def test_every_service_has_its_image_built_from_its_own_dockerfile(compose: dict[str, Any]) -> None:
    built = {one["image"]: one["build"]["dockerfile"] for one in own_services(compose).values()}
    assert built == {f"bulkpress/{name}:0.1.0": f"services/{name}/Dockerfile" for name in OURS}


def test_each_lane_has_a_worker_of_its_own(compose: dict[str, Any]) -> None:
    lanes = [one["environment"].get("BULKPRESS_LANES") for one in own_services(compose).values()]
    assert sorted(lane for lane in lanes if lane) == sorted(lane.value for lane in Lane)


def test_every_variable_that_it_sets_is_a_setting(compose: dict[str, Any]) -> None:
    known = {name.upper() for name in Settings.model_fields}
    wanted = {
        variable
        for one in own_services(compose).values()
        for variable in one["environment"]
        if not variable.startswith(("AWS_", "FLOWER_"))
    }
    assert wanted - known == set()


def test_the_services_start_with_what_it_sets(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for one in own_services(compose).values():
        with monkeypatch.context() as environment:
            for name, setting in one["environment"].items():
                environment.setenv(name, str(setting))
            assert Settings().state_url == "redis://:inside-only@valkey:6379/1"


def test_it_is_published_to_this_machine_alone(compose: dict[str, Any]) -> None:
    ports = [port for one in compose["services"].values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_our_services_cannot_write_or_gain_rights(compose: dict[str, Any]) -> None:
    for name, one in own_services(compose).items():
        assert (name, one["read_only"], one["cap_drop"]) == (name, True, ["ALL"])
        assert one["security_opt"] == ["no-new-privileges:true"]


def test_valkey_keeps_jobs_and_asks_for_a_password(compose: dict[str, Any]) -> None:
    said = " ".join(compose["services"]["valkey"]["command"])
    for promise in ("--requirepass inside-only", "--appendonly yes", "--maxmemory-policy noeviction"):
        assert promise in said


def test_a_worker_has_the_time_to_give_its_files_back(compose: dict[str, Any]) -> None:
    grace_s = int(compose["services"]["worker"]["stop_grace_period"].removesuffix("s"))
    assert grace_s >= Settings().bulkpress_shutdown_grace_s + 15


def test_prometheus_asks_every_service_where_it_tells_its_figures(compose: dict[str, Any]) -> None:
    wanted = yaml.safe_load((ROOT / "deploy" / "compose" / "prometheus.yaml").read_text())
    asked = {target for job in wanted["scrape_configs"] for some in job["static_configs"] for target in some["targets"]}
    ports = {"upload-gateway": 8000, "compression-worker": 9101, "scheduler": 9102}
    telling = {
        f"{name}:{port}"
        for name, one in own_services(compose).items()
        for image, port in ports.items()
        if f"/{image}:" in one["image"]
    }
    assert asked == telling


def test_grafana_has_the_charts_dashboards_and_asks_prometheus(compose: dict[str, Any]) -> None:
    grafana = compose["services"]["grafana"]
    mounts = dict(one.removesuffix(":ro").rsplit(":", 1) for one in grafana["volumes"] if one.startswith("./"))
    source, dashboards = (
        yaml.safe_load((ROOT / path).read_text()) for path in mounts if path.startswith("./deploy/compose/grafana/")
    )
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
    assert mounts["./charts/bulkpress/files/dashboards"] == dashboards["providers"][0]["options"]["path"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].rpartition("/")[2]
    assert (ROOT / "charts" / "bulkpress" / "files" / "dashboards" / home).exists()


def test_prometheus_has_the_charts_rules(compose: dict[str, Any]) -> None:
    (rules,) = [one for one in compose["services"]["prometheus"]["volumes"] if "files/rules" in one]
    (pattern,) = yaml.safe_load((ROOT / "deploy" / "compose" / "prometheus.yaml").read_text())["rule_files"]
    assert pattern == f"{rules.split(':')[1]}/*.yaml"
    assert list((ROOT / rules.split(":")[0]).glob("*.yaml"))
