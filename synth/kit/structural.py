"""The structural schema of a CRD as JSON Schema that refuses what an API server with strict field
validation refuses, and many of them as one small document.

Source: kubernetes/apiextensions-apiserver pkg/apiserver/schema (pruning, defaulting, objectmeta),
v0.34.4.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from synth.kit.objects import Body

Schema = dict[str, Any]

_BOUNDS = (
    "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
    "maxProperties", "minimum", "maximum", "multipleOf",
)  # fmt: skip
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_SHARED = 80
"""What is shorter than this, in characters, is repeated rather than referred to."""


def _of(type_: str) -> Schema:
    return {"type": type_}


def _closed(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    fields: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**fields, "required": list(required)} if required else fields


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_STRING, _NUMBER, _FLAG = map(_of, ("string", "integer", "boolean"))
_STRINGS = {"type": "object", "additionalProperties": _STRING}
OBJECT_META: Schema = _closed(
    annotations=_STRINGS,
    creationTimestamp=_STRING,
    deletionGracePeriodSeconds=_NUMBER,
    deletionTimestamp=_STRING,
    finalizers=_list(_STRING),
    generateName=_STRING,
    generation=_NUMBER,
    labels=_STRINGS,
    managedFields=_list(_of("object")),
    name=_STRING,
    namespace=_STRING,
    ownerReferences=_list(
        _closed(
            ("apiVersion", "kind", "name", "uid"),
            apiVersion=_STRING,
            blockOwnerDeletion=_FLAG,
            controller=_FLAG,
            kind=_STRING,
            name=_STRING,
            uid=_STRING,
        )
    ),
    resourceVersion=_STRING,
    selfLink=_STRING,
    uid=_STRING,
)
"""Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go, v0.34.4."""


def versions(crd: Body) -> Iterator[tuple[str, bool, Schema]]:
    """The versions of a CRD that have a schema, `kafka.strimzi.io/v1`, whether each is served, and the
    schema of its objects.
    """
    spec = crd["spec"]
    for version in spec["versions"]:
        if schema := version.get("schema"):
            api_version = f"{spec['group']}/{version['name']}"
            yield api_version, version["served"], strict(schema["openAPIV3Schema"])


def strict(schema: Schema) -> Schema:
    """The schema of whole objects; `status`, which controllers write, may be anything."""
    result = _strict({**schema, "x-kubernetes-embedded-resource": True})
    if "status" in result["properties"]:
        result["properties"]["status"] = {}
    return result


def without_nulls(value: Any) -> Any:
    """What an API server keeps of a value: null is as good as nothing, but for items of a list."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _strict(schema: Schema, *, open: bool = False) -> Schema:
    """A schema in which a field that is not named is refused, unless `open`."""
    open = open or schema.get(_PRESERVE, False)
    result: Schema = {}
    if schema.get("x-kubernetes-int-or-string"):
        result["type"] = ["integer", "string"]
    elif "type" in schema:
        result["type"] = [schema["type"], "null"] if schema.get("nullable") else schema["type"]
    result |= _bounds(schema)
    properties = schema.get("properties") or {}
    required = [each for each in schema.get("required") or () if _needed(properties.get(each))]
    made = {key: _strict(each) for key, each in properties.items()}
    if schema.get("x-kubernetes-embedded-resource"):
        made |= _resource(properties.get("metadata", {}))
        required = sorted({*required, "apiVersion", "kind"})
    if made:
        result["properties"] = made
    if required:
        result["required"] = required
    if "items" in schema:
        # What is kept in a list is kept in its items (skipPrune).
        result["items"] = _strict(schema["items"], open=open)
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        result["additionalProperties"] = _strict(values)
    elif schema.get("type") == "object" and not open and values is None:
        result["additionalProperties"] = False
    return result


def _needed(schema: Schema | None) -> bool:
    """Whether a required field has to be written: the API server fills in defaults first."""
    return schema is None or not ("default" in schema or schema.get("nullable"))


def _resource(metadata: Schema) -> dict[str, Schema]:
    """The fields that every object has; a schema can only bound the metadata."""
    bounds = _condition(metadata)
    named = {"type": "string", "minLength": 1}
    return {
        "apiVersion": named,
        "kind": named,
        "metadata": {"allOf": [OBJECT_META, bounds]} if bounds.keys() - {"type"} else OBJECT_META,
    }


def _bounds(schema: Schema) -> Schema:
    """What a schema demands of values beside their type and their fields."""
    kept = {key: schema[key] for key in _BOUNDS if key in schema}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive):
            kept[exclusive] = kept.pop(bound)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema and schema[key] != _INT_OR_STRING:
            kept[key] = [_condition(each) for each in schema[key]]
    if "not" in schema:
        kept["not"] = _condition(schema["not"])
    return kept


def _condition(schema: Schema) -> Schema:
    """A schema within another, which bounds what that one names."""
    kept = _bounds(schema)
    for key in ("type", "required"):
        if key in schema:
            kept[key] = schema[key]
    if "properties" in schema:
        kept["properties"] = {key: _condition(each) for key, each in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            kept[key] = _condition(schema[key])
    return kept


def shared(
    kinds: Mapping[str, Schema], former: Mapping[str, Schema]
) -> dict[str, dict[str, Schema]]:
    """Schemas by name as one document: what they have in common is in `$defs` once, under a name that
    its content makes.
    """
    pool = _Pool()
    every = {"kinds": sorted(kinds.items()), "former": sorted(former.items())}
    roots = {part: {name: pool.add(each) for name, each in its} for part, its in every.items()}
    for names in roots.values():
        pool.uses.update(names.values())
    written = {
        part: {name: pool.written(each) for name, each in its.items()}
        for part, its in roots.items()
    }
    return {**written, "$defs": dict(sorted(pool.definitions.items()))}


class _Pool:
    """Schemas by a name that their content makes, each with the names of its parts in their places."""

    def __init__(self) -> None:
        self.uses: Counter[str] = Counter()
        self.definitions: dict[str, Schema] = {}
        self._nodes: dict[str, Schema] = {}
        self._places: dict[str, Schema] = {}

    def add(self, schema: Schema) -> str:
        parts: list[str] = []

        def named(part: Schema) -> str:
            parts.append(self.add(part))
            return parts[-1]

        node = _with_parts(schema, named)
        name = sha256(_text(node).encode()).hexdigest()[:8]
        if name not in self._nodes:
            self._nodes[name] = node
            self.uses.update(parts)
        return name

    def written(self, name: str) -> Schema:
        """A schema as it stands where it is used: as itself, or as a reference to its definition."""
        if name not in self._places:
            whole = _with_parts(self._nodes[name], self.written)
            if self.uses[name] > 1 and len(_text(whole)) > _SHARED:
                self.definitions[name] = whole
                whole = {"$ref": f"#/$defs/{name}"}
            self._places[name] = whole
        return self._places[name]


def _with_parts(schema: Schema, change: Callable[[Any], Any]) -> Schema:
    """A schema with every schema within it changed."""
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {key: change(part) for key, part in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if schema.get(key, False) is not False:
            result[key] = change(schema[key])
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            result[key] = [change(part) for part in schema[key]]
    return result


def _text(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True, separators=(",", ":"))
