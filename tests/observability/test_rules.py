"""The rules: Prometheus takes them, each alert fires when it should and only then, and says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bulkpress_core.domain.lanes import PRESS_LANES
from compression_worker.metrics import TURNAROUND_SECONDS
from tests.observability.conftest import RULES
from tests.support.prometheus import promtool

ROOT = Path(__file__).parents[2]
TESTS = Path(__file__).with_name("rules") / "alerts.test.yaml"
SECTIONS = ("## Impact", "## How to see it", "## What to do")
FIGURE = re.compile(r"\bbulkpress_[a-z_]+")
REASONS = (ROOT / "docs" / "reference" / "reasons.md").read_text()


def rules(kind: str) -> dict[str, dict[str, Any]]:
    """All rules of a kind, `alert` or `record`, by their names."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule[kind]: rule for group in groups for rule in group["rules"] if kind in rule}


ALERTS = rules("alert")


def test_prometheus_takes_them() -> None:
    done = promtool("check", "rules", RULES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_on_what_it_is_for_and_on_nothing_else() -> None:
    done = promtool("test", "rules", TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS)
def test_it_is_shown_of_each_alert_that_it_fires_and_that_it_does_not(alert: str) -> None:
    shown = [
        bool(one["exp_alerts"])
        for test in yaml.safe_load(TESTS.read_text())["tests"]
        for one in test["alert_rule_test"]
        if one["alertname"] == alert
    ]
    if alert == "BulkpressAttemptsFail":  # of two reasons, one fires in the same test
        assert shown == [True]
    else:
        assert set(shown) == {True, False}


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_a_runbook_that_says_whom_it_hurts_and_what_to_do(alert: str) -> None:
    page = ROOT / ALERTS[alert]["annotations"]["runbook"]
    text = page.read_text()
    assert text.startswith(f"# {alert}\n")
    assert [section for section in SECTIONS if section not in text] == []
    assert page.name in (page.parent / "README.md").read_text()
    assert ALERTS[alert]["labels"]["severity"] in {"critical", "warning"}


def test_there_is_no_runbook_without_an_alert() -> None:
    told = {(ROOT / one["annotations"]["runbook"]).name for one in ALERTS.values()}
    assert {page.name for page in (ROOT / "docs" / "runbooks").glob("*.md")} == told | {"README.md"}


def test_rules_and_runbooks_speak_of_figures_that_there_are() -> None:
    known = set(FIGURE.findall((ROOT / "docs" / "reference" / "metrics.md").read_text()))
    texts = [RULES.read_text(), *(page.read_text() for page in (ROOT / "docs" / "runbooks").glob("*.md"))]
    spoken_of = {re.sub("_(bucket|sum|count)$", "", name) for text in texts for name in FIGURE.findall(text)}
    assert spoken_of - known == set()


def test_what_breaks_is_what_the_page_of_reasons_says_is_not_the_documents_fault() -> None:
    section = REASONS.partition("## Something broke")[2].partition("\n## ")[0]
    # What only the command line says is in no figure of a worker.
    broken = set(re.findall(r"^\| `(\w+)` \| (?!On the command line)", section, flags=re.MULTILINE))
    (told,) = re.findall(r'reason=~"([a-z_|]+)"', ALERTS["BulkpressFilesBreak"]["expr"])
    assert set(told.split("|")) == broken


def test_late_is_what_ends_after_the_objective_of_its_lane() -> None:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    told = [
        rule for group in groups for rule in group["rules"] if rule.get("record") == "bulkpress:lane_objective_seconds"
    ]
    objectives = {rule["labels"]["lane"]: float(re.findall(r"vector\((\d+)\)", rule["expr"])[0]) for rule in told}
    assert objectives.keys() == {lane.value for lane in PRESS_LANES}
    assert set(objectives.values()) <= set(TURNAROUND_SECONDS)
    for window in ("5m", "30m", "1h", "6h"):
        expression = rules("record")[f"bulkpress:late_files:ratio_rate{window}"]["expr"]
        bounds = re.findall(r'lane="([a-z-]+)", le="([0-9.]+)"\}\[(\w+)\]', expression)
        assert {lane: float(bound) for lane, bound, _ in bounds} == objectives
        assert {over for _, _, over in bounds} == {window}
