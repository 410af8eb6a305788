"""Who may speak with whom: nobody, but for the flows that the system is made of."""

from typing import Any

import pytest

from tests.chart.rendering import (
    CI_VALUES,
    KEDA,
    LANES,
    Object,
    container,
    of_kind,
    pod_labels,
    pods,
    rendered,
    selects,
)

WORKERS = {f"worker-{lane}" for lane in LANES}
OURS = WORKERS | {"gateway", "scheduler", "flower", "test"}


def component(labels: dict[str, str]) -> str:
    return labels["app.kubernetes.io/component"]


def policies_of(objects: list[Object], labels: dict[str, str]) -> list[Object]:
    return [
        policy["spec"]
        for policy in of_kind(objects, "NetworkPolicy").values()
        if selects(policy["spec"]["podSelector"], labels)
    ]


def flows(objects: list[Object]) -> set[tuple[str, str, int]]:
    """(from, to, port) between pods of the release: what the sender's and the receiver's policies both let through."""
    labels = pod_labels(objects)
    found: set[tuple[str, str, int]] = set()
    for own in labels.values():
        for other in labels.values():
            sent = _ports(policies_of(objects, own), "egress", "to", other)
            heard = _ports(policies_of(objects, other), "ingress", "from", own)
            found |= {(component(own), component(other), port) for port in sent & heard}
    return found


def _ports(policies: list[Object], direction: str, peers: str, labels: dict[str, str]) -> set[int]:
    """Ports that these policies open for a pod; rules for networks outside are for nobody in the cluster."""
    return {
        port["port"]
        for policy in policies
        for rule in policy.get(direction, [])
        if peers not in rule or any(_lets(peer, labels) for peer in rule[peers])
        for port in rule["ports"]
    }


def _lets(peer: Object, labels: dict[str, str]) -> bool:
    if "ipBlock" in peer:
        return False
    if "podSelector" in peer:
        return selects(peer["podSelector"], labels)
    return peer == {"namespaceSelector": {}}


def test_every_pod_should_be_closed_before_it_is_opened() -> None:
    objects = rendered()
    deny = of_kind(objects, "NetworkPolicy")["press-bulkpress-deny"]["spec"]
    assert set(deny["policyTypes"]) == {"Ingress", "Egress"}
    assert not {"ingress", "egress"} & deny.keys()
    assert all(selects(deny["podSelector"], labels) for labels in pod_labels(objects).values())


def test_the_flows_should_be_exactly_those_that_are_needed() -> None:
    wanted = {(ours, "valkey", 6379) for ours in OURS}
    wanted |= {(reader, "s3", 7070) for reader in WORKERS | {"gateway"}}  # the others have no code that reads files
    wanted |= {("test", "gateway", 8000)}
    assert flows(rendered()) == wanted


def test_only_who_is_named_should_reach_the_gateway() -> None:
    ingress = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}
    objects = rendered({"networkPolicy": {"gatewayFrom": [ingress], "metricsFrom": [ingress]}})
    spec = of_kind(objects, "NetworkPolicy")["press-bulkpress-gateway"]["spec"]
    (rule,) = spec["ingress"]
    assert rule["from"][0] == ingress
    assert len(rule["from"]) == 2  # and `helm test`
    assert ("test", "gateway", 8000) in flows(objects)


def test_only_workers_should_reach_the_internet_and_nothing_private_by_it() -> None:
    objects = rendered()
    outside = of_kind(objects, "NetworkPolicy")["press-bulkpress-outside"]["spec"]
    selected = {component(labels) for labels in pod_labels(objects).values() if selects(outside["podSelector"], labels)}
    assert selected == WORKERS
    (rule,) = outside["egress"]
    assert {port["port"] for port in rule["ports"]} == {80, 443}
    (block,) = [peer["ipBlock"] for peer in rule["to"]]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(block["except"])


def test_keda_should_reach_the_built_in_valkey() -> None:
    (rule,) = of_kind(rendered(KEDA), "NetworkPolicy")["press-bulkpress-valkey"]["spec"]["ingress"]
    assert rule["from"][1]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "keda-operator"}}
    (without,) = of_kind(rendered(), "NetworkPolicy")["press-bulkpress-valkey"]["spec"]["ingress"]
    assert len(without["from"]) == 1


def test_flower_should_have_no_way_in_and_ask_for_a_password() -> None:
    objects = rendered({"ingress": {"enabled": True, "host": "pdf.example"}})
    assert not [flow for flow in flows(objects) if flow[1] == "flower"]
    for route in of_kind(objects, "Ingress").values():
        assert "flower" not in str(route)
    (login,) = [one for one in container(pods(objects)["press-bulkpress-flower"])["env"] if "FLOWER" in one["name"]]
    assert login["name"] == "FLOWER_BASIC_AUTH"
    assert "secretKeyRef" in login["valueFrom"]


@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
def test_every_service_should_lead_to_a_port_that_its_pods_open(values: Any) -> None:
    objects = rendered(values)
    labels, specs = pod_labels(objects), pods(objects)
    for service in of_kind(objects, "Service").values():
        behind = [name for name, own in labels.items() if selects({"matchLabels": service["spec"]["selector"]}, own)]
        assert len(behind) == 1
        opened = {port["name"]: port["containerPort"] for port in container(specs[behind[0]])["ports"]}
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in opened


def test_every_port_that_policies_name_should_be_opened_by_the_pods_they_select() -> None:
    objects = rendered()
    specs, labels = pods(objects), pod_labels(objects)
    for policy in of_kind(objects, "NetworkPolicy").values():
        opened = {
            port["containerPort"]
            for name, own in labels.items()
            if selects(policy["spec"]["podSelector"], own)
            for port in container(specs[name]).get("ports", [])
        }
        named = {port["port"] for rule in policy["spec"].get("ingress", []) for port in rule["ports"]}
        assert named <= opened


class TestWaysIn:
    def test_an_ingress_should_take_bodies_of_any_size_and_let_event_streams_live(self) -> None:
        values = {"ingress": {"enabled": True, "host": "pdf.example", "annotations": {"a": "b"}}}
        (ingress,) = of_kind(rendered(values), "Ingress").values()
        said = ingress["metadata"]["annotations"]
        assert said["nginx.ingress.kubernetes.io/proxy-body-size"] == "0"
        assert said["nginx.ingress.kubernetes.io/proxy-request-buffering"] == "off"
        assert int(said["nginx.ingress.kubernetes.io/proxy-read-timeout"]) >= 3600
        assert said["a"] == "b"

    def test_an_annotation_of_ones_own_should_win(self) -> None:
        own = {"nginx.ingress.kubernetes.io/proxy-body-size": "5g"}
        values = {"ingress": {"enabled": True, "host": "pdf.example", "annotations": own}}
        (ingress,) = of_kind(rendered(values), "Ingress").values()
        assert ingress["metadata"]["annotations"].items() >= own.items()

    def test_a_route_should_not_end_event_streams(self) -> None:
        values = {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}}
        (route,) = of_kind(rendered(values), "HTTPRoute").values()
        (rule,) = route["spec"]["rules"]
        assert rule["timeouts"] == {"request": "0s"}  # Gateway API: no timeout
        assert rule["backendRefs"] == [{"name": "press-bulkpress-gateway", "port": 80}]
