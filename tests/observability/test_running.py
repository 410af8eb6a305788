"""A real Prometheus asks a running system: all that is documented is there, and every rule can be evaluated."""

import re
from pathlib import Path

import pytest

from tests.observability.test_rules import rules
from tests.support.prometheus import Prometheus
from tests.support.waiting import until

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
ROW = re.compile(r"^\| `((?:bulkpress|celery)_\w+)` \| (\w+) \| ([\w, ]*) \|", flags=re.MULTILINE)
pytestmark = pytest.mark.xdist_group("observability")  # one system and one server for all
ENDINGS = ("_bucket", "_sum", "_count", "_created")


def test_every_figure_of_the_page_is_told_and_no_other(prometheus: Prometheus) -> None:
    documented = {name for name, _, _ in ROW.findall(PAGE.read_text())}
    told = {name for name in prometheus.names() if name.startswith(("bulkpress_", "celery_"))}
    plain = {re.sub(f"({'|'.join(ENDINGS)})$", "", name) for name in told}
    unseen = {"bulkpress_files_deferred_total"}  # nothing was to be tried again, and it has a label
    assert documented - plain - unseen == set()
    assert {re.sub("_total$", "", name) for name in plain - documented} - {
        re.sub("_total$", "", name) for name in documented
    } == set()


def test_labels_are_those_of_the_page(prometheus: Prometheus) -> None:
    own = {"__name__", "job", "instance", "le"}
    for name, kind, labels in ROW.findall(PAGE.read_text()):
        series = f"{name}_count" if kind == "histogram" else name
        for sample in prometheus.query(series):
            named = set(filter(None, labels.split(", ")))
            shown = named - {"exception"}  # empty, and so not shown, of tasks that have not failed
            assert shown <= sample["metric"].keys() - own <= named, name


@pytest.mark.parametrize("rule", [*rules("alert"), *rules("record")])
def test_every_rule_is_evaluated(prometheus: Prometheus, rule: str) -> None:
    def evaluated() -> bool:
        found = [one for one in prometheus.rules() if one["name"] == rule]  # several, where each has labels of its own
        return {one["health"] for one in found} == {"ok"}

    until(evaluated, f"{rule} is evaluated", limit_s=30)


def test_nothing_is_alarming_about_a_system_that_works(prometheus: Prometheus) -> None:
    assert [one["name"] for one in prometheus.rules() if one.get("state") == "firing"] == []


def test_what_was_saved_is_told(prometheus: Prometheus) -> None:
    (came,) = prometheus.query("sum(bulkpress_bytes_in_total)")
    (went,) = prometheus.query("sum(bulkpress_bytes_out_total)")
    assert float(came["value"][1]) > float(went["value"][1]) > 0
