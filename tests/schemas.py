"""Objects against the CRDs of their projects, as strictly as an API server that refuses unknown
fields.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import ryaml

from synth.kit.objects import Body, group_of
from tests.shared import shared

_ANY = ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")


def complaints(crds: str | Path, body: Body) -> list[str]:
    """What is wrong with an object by the file `crds` of upstream CRDs, one of the shared ones or
    any by its path; empty when nothing is.
    """
    key = group_of(body["apiVersion"]), body["apiVersion"].rpartition("/")[2], body["kind"]
    schemas = _schemas(crds)
    if key not in schemas:
        return [f"{crds} has no {body['kind']} in {body['apiVersion']}"]
    validator = jsonschema_rs.validator_for(schemas[key])
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in validator.iter_errors(body)
    ]


@lru_cache
def _schemas(crds: str | Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    text = (shared() / "crds" / crds).read_text()
    schemas = {}
    for crd in ryaml.loads_all(text):
        if crd and crd.get("kind") == "CustomResourceDefinition":
            spec = crd["spec"]
            for version in spec["versions"]:
                schema = _strict(version["schema"]["openAPIV3Schema"])
                schema.setdefault("properties", {})
                for key in ("apiVersion", "kind"):
                    schema["properties"][key] = {"type": "string"}
                schema["properties"]["metadata"] = {"type": "object"}
                schemas[spec["group"], version["name"], spec["names"]["kind"]] = schema
    return schemas


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """A structural schema as JSON Schema in which a field that is not named is a mistake."""
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    result = {key: value for key, value in schema.items() if not key.startswith("x-")}
    result.pop("format", None)
    if "properties" in result:
        result["properties"] = {key: _strict(item) for key, item in result["properties"].items()}
        if not any(schema.get(key) for key in _ANY):
            result.setdefault("additionalProperties", False)
    if isinstance(result.get("additionalProperties"), dict):
        result["additionalProperties"] = _strict(result["additionalProperties"])
    if isinstance(result.get("items"), dict):
        result["items"] = _strict(result["items"])
    if result.pop("nullable", False) and "type" in result:
        result["type"] = [result["type"], "null"]
    return result
