"""The dashboards: every panel has an answer on a system that has worked."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.observability.conftest import RULES
from tests.support.prometheus import Prometheus
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("observability")
FOLDER = RULES.parents[1] / "dashboards"
# What Grafana puts in; the questions are of the last minutes.
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$price_per_gb": "0.023"}


def dashboards() -> dict[str, dict[str, Any]]:
    """All of them, by name."""
    return {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}


def questions() -> Iterator[tuple[str, str]]:
    """Every question, with where it is asked."""
    for name, dashboard in sorted(dashboards().items()):
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']} {target['refId']}", target["expr"]


def asked(expression: str) -> str:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


@pytest.mark.parametrize("question", [pytest.param(one, id=where) for where, one in questions()])
def test_every_question_has_an_answer(prometheus: Prometheus, question: str) -> None:
    until(lambda: prometheus.query(asked(question)), "the answer is there", limit_s=60)
    values = [float(sample["value"][1]) for sample in prometheus.query(asked(question))]
    assert all(value >= 0 or "deriv" in question for value in values if value == value)  # noqa: PLR0124 - NaN: no news


def test_they_can_be_told_apart_and_lead_to_each_other() -> None:
    found = dashboards().values()
    assert len({one["uid"] for one in found}) == len({one["title"] for one in found}) == len(found) == 6
    assert all(one["links"][0]["tags"] == one["tags"] for one in found)


def test_no_panel_covers_another() -> None:
    for dashboard in dashboards().values():
        places = [panel["gridPos"] for panel in dashboard["panels"]]
        squares = [
            (x, y)
            for place in places
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(set(squares)) == len(squares)
        assert max(x for x, _ in squares) < 24
