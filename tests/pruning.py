"""Which fields of an object an API server does not know, by its own way of telling.

Source: kubernetes/apiextensions-apiserver pkg/apiserver/schema/pruning/algorithm.go, v0.34.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_OF_RESOURCES = {"apiVersion", "kind", "metadata"}


def unknown(
    schema: dict[str, Any], value: Any, path: str = "", *, kept: bool = False
) -> Iterator[str]:
    """The paths of fields below `value` that its part of a CRD's schema does not have; those of metadata
    aside. `kept` where unknown fields of a list are kept.
    """
    kept = kept or schema.get("x-kubernetes-preserve-unknown-fields", False)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown(schema.get("items", {}), item, f"{path}.{index}", kept=kept)
    # CRDs for editors have schemas that say nothing.
    if not (isinstance(value, dict) and schema):
        return
    resource = not path or schema.get("x-kubernetes-embedded-resource")
    for key, item in value.items():
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        if resource and key in _OF_RESOURCES:
            continue
        if key in properties or others:
            yield from unknown(properties.get(key, others), item, f"{path}.{key}")
        elif not kept:
            yield f"{path}.{key}"
