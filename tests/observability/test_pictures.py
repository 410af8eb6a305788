"""The pictures of the dashboards: every panel is drawn, with the numbers that Prometheus has."""

import json
from pathlib import Path

import pytest

from tests.observability.pictures import DASHBOARDS, draw, legend, shown, write
from tests.support.prometheus import Prometheus

pytestmark = pytest.mark.xdist_group("observability")


def test_there_is_a_picture_of_each_dashboard(prometheus: Prometheus, tmp_path: Path) -> None:
    written = write(prometheus, tmp_path, since_s=30)
    assert {path.stem for path in written} == {path.stem for path in DASHBOARDS.glob("*.json")}
    assert all(path.read_bytes().startswith(b"\x89PNG\r\n") for path in written)


def test_every_panel_is_drawn_and_says_what_prometheus_says(prometheus: Prometheus) -> None:
    overview = json.loads((DASHBOARDS / "overview.json").read_text())
    axes = {one.get_title(loc="left"): one for one in draw(overview, prometheus, since_s=30).axes}
    assert list(axes) == [panel["title"] for panel in overview["panels"]]
    assert [text.get_text() for text in axes["Files that wait"].texts] == ["0"]
    assert axes["Up"].dataLim.ymax == 1
    assert {line.get_label() for line in axes["Up"].lines} >= {"gateway", "scheduler", "worker"}


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.947, "percentunit", "94.7%"),
        (8_580_000, "decbytes", "8.58 MB"),
        (1500, "s", "1.5e+03 s"),
        (3.5, "ops", "3.5/s"),
        (0.00023, "currencyUSD", "$0.0002"),
        (144, "short", "144"),
    ],
)
def test_numbers_are_written_by_their_units(value: float, unit: str, words: str) -> None:
    assert shown(value, unit) == words


def test_lines_are_called_by_their_labels() -> None:
    assert legend("{{job}} {{instance}}", {"job": "worker"}) == "worker "
    assert legend("", {"job": "worker"}) == "value"
