"""Redis behind Sentinel: services and KEDA ask the same Sentinels for the same primary."""

from typing import Any

import pytest

from bulkpress_core.adapters.connect import sentinel_addresses
from tests.chart.rendering import KEDA, RefusedValuesError, env, of_kind, pods, rendered

SENTINEL: dict[str, Any] = {
    "redis": {
        "sentinel": {"hosts": ["one.example:26379", "two.example:26380"], "master": "jobs", "user": "app"},
        "existingSecret": "login",
    },
    "valkey": {"enabled": False},
}


@pytest.mark.parametrize(("variable", "database"), [("CELERY_BROKER_URL", 0), ("BULKPRESS_STATE_URL", 1)])
def test_services_should_be_given_what_they_read_as_these_sentinels(variable: str, database: int) -> None:
    url = env(pods(rendered(SENTINEL))["press-bulkpress-gateway"])[variable]
    hosts, server = sentinel_addresses(str(url))
    assert hosts == [("one.example", 26379), ("two.example", 26380)]
    assert server == {"db": database, "username": "app", "password": "$(REDIS_PASSWORD)"}  # the kubelet's to fill in


def test_it_should_name_the_primary_to_services_and_keda_alike() -> None:
    objects = rendered(SENTINEL | KEDA)
    assert of_kind(objects, "ConfigMap")["press-bulkpress"]["data"]["BULKPRESS_SENTINEL_MASTER"] == "jobs"
    for scaled in of_kind(objects, "ScaledObject").values():
        for trigger in scaled["spec"]["triggers"]:
            assert trigger["type"] == "redis-sentinel"
            assert trigger["metadata"]["addresses"] == "one.example:26379,two.example:26380"
            assert trigger["metadata"]["sentinelMaster"] == "jobs"


def test_policies_should_let_through_to_sentinels_and_servers() -> None:
    backends = of_kind(rendered(SENTINEL), "NetworkPolicy")["press-bulkpress-backends"]["spec"]["egress"]
    assert {port["port"] for rule in backends for port in rule["ports"]} == {53, 6379, 26379, 26380}


@pytest.mark.parametrize("other", [{"valkey": {"enabled": True}}, {"redis": {**SENTINEL["redis"], "url": "redis://x"}}])
def test_two_answers_to_where_redis_is_should_be_refused(other: dict[str, Any]) -> None:
    with pytest.raises(RefusedValuesError, match=r"leave redis\.url empty and set valkey\.enabled=false"):
        rendered(SENTINEL | other)
