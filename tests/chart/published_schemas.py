"""Published schemas of Kubernetes' own objects and of custom ones, applied so that unknown fields fail."""

from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from tests.support.toolbox import tool_folder

KUBERNETES = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
CUSTOM = {  # group: the Go module and the folder that its definitions are in
    "keda.sh": ("github.com/kedacore/keda/v2", "config/crd/bases"),
    "gateway.networking.k8s.io": ("sigs.k8s.io/gateway-api", "config/crd/standard"),
    "monitoring.coreos.com": (
        "github.com/prometheus-operator/prometheus-operator",
        "example/prometheus-operator-crd",
    ),
}


def check(one: dict[str, Any], kubernetes: str) -> None:
    """Return if the object is valid there. Raises ValidationError, of jsonschema or of kubernetes_validate."""
    group, _, version = one["apiVersion"].rpartition("/")
    if group in CUSTOM:
        jsonschema.Draft7Validator(_schema_of(group, version, one["kind"])).validate(one)
    else:
        kubernetes_validate.validate(one, kubernetes, strict=True)


@cache
def _schema_of(group: str, version: str, kind: str) -> dict[str, Any]:
    module, folder = CUSTOM[group]
    definition = yaml.safe_load((tool_folder(module) / folder / f"{group}_{kind.lower()}s.yaml").read_text())
    (found,) = [one for one in definition["spec"]["versions"] if one["name"] == version]
    schema: dict[str, Any] = _strict(found["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}  # Kubernetes' own
    return schema


def _strict(schema: Any) -> Any:
    """The schema as the API server applies it with strict field validation: a field it does not name is refused."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items() if key != "x-kubernetes-validations"}
    if strict.pop("x-kubernetes-int-or-string", False):
        strict.pop("type", None)
        strict["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    closed = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if closed and "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        strict["additionalProperties"] = False
    return strict
