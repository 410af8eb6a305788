"""Dashboards and alerts: whatever is in the chart's files is given to Grafana and Prometheus."""

import yaml

from tests.chart.rendering import CHART, of_kind, rendered


def test_every_dashboard_should_be_given_to_grafana_as_it_is() -> None:
    maps = of_kind(rendered({"dashboards": {"enabled": True}}), "ConfigMap")
    given = {
        name: one["data"] for name, one in maps.items() if one["metadata"]["labels"].get("grafana_dashboard") == "1"
    }
    files = sorted((CHART / "files" / "dashboards").glob("*.json"))
    assert given == {f"press-bulkpress-dashboard-{path.stem}": {path.name: path.read_text()} for path in files}


def test_every_group_of_rules_should_be_in_the_rule() -> None:
    rules = of_kind(rendered({"prometheusRule": {"enabled": True}}), "PrometheusRule")
    groups = [
        group
        for path in sorted((CHART / "files" / "rules").glob("*.yaml"))
        for group in yaml.safe_load(path.read_text())["groups"]
    ]
    assert [group for rule in rules.values() for group in rule["spec"]["groups"]] == groups
