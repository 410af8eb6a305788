"""Every object is what the API servers of today take, field by field."""

import copy
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from tests.chart.published_schemas import KUBERNETES, check
from tests.chart.rendering import CI_VALUES, of_kind, rendered

REFUSED = (jsonschema.ValidationError, kubernetes_validate.ValidationError)


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", CI_VALUES, ids=lambda path: path.stem)
def test_it_should_be_valid_where_unknown_fields_fail(values: Path, version: str) -> None:
    for one in rendered(values):
        check(one, version)


def test_it_should_be_tried_with_every_kind_of_object() -> None:
    kinds = {one["kind"] for values in CI_VALUES for one in rendered(values)}
    assert kinds >= {
        "ConfigMap", "Deployment", "HTTPRoute", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "Pod",
        "PodDisruptionBudget", "PodMonitor", "ScaledObject", "Secret", "Service", "ServiceAccount", "StatefulSet",
        "TriggerAuthentication",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Deployment", ("spec", "template", "spec")),
        ("ScaledObject", ("spec", "advanced", "scalingModifiers")),
        ("PodMonitor", ("spec",)),
        ("NetworkPolicy", ("spec",)),
    ],
)
def test_a_misspelt_field_should_be_found(kind: str, path: tuple[str, ...]) -> None:
    (values,) = [one for one in CI_VALUES if one.stem == "keda-values"]
    one = copy.deepcopy(next(iter(of_kind(rendered(values), kind).values())))
    place: dict[str, Any] = one
    for step in path:
        place = place[step]
    place["mispelt"] = 1
    with pytest.raises(REFUSED):
        check(one, KUBERNETES[0])
