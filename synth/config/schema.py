"""The JSON Schema of an environment file, derived from the models.

A file may hold only a part of an environment (a base, or what differs from it), so nothing is
required in it but the names of named things; `null` and `remove: true` take away what a base set.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import TaggedUnionSchema

from synth.config.environment import Environment

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """One of several kinds may fit as well as another, as long as a file does not say which."""

    def tagged_union_schema(self, schema: TaggedUnionSchema) -> dict[str, Any]:
        """`anyOf` instead of `oneOf`."""
        made = super().tagged_union_schema(schema)
        return {"anyOf": made["oneOf"]}


def environment_schema() -> dict[str, Any]:
    """The schema of one file below `environments/`."""
    schema = Environment.model_json_schema(by_alias=True, schema_generator=_Generator)
    for section in (schema, *schema.get("$defs", {}).values()):
        _loosen(section)
    schema["properties"] = {
        "extends": {"type": "string", "description": "The file this one is laid over, without its ending."},
        **schema["properties"],
    }  # fmt: skip
    schema.pop("required", None)
    return {"$schema": DIALECT, "title": "kfsynth environment", **_without_title(schema)}


def environment_schema_text() -> str:
    """The same as it stands in a file."""
    return json.dumps(environment_schema(), indent=2, ensure_ascii=False) + "\n"


def _loosen(section: dict[str, Any]) -> None:
    properties = section.get("properties")
    if properties is None:
        return
    required = section.pop("required", [])
    for key, value in properties.items():
        value.pop("title", None)
        if key != "name":
            properties[key] = _or_null(value)
    if "name" in required:
        section["required"] = ["name"]
        properties["remove"] = {"const": True, "description": "Takes the entry of this name away."}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    about: dict[str, Any] = {
        key: schema.pop(key) for key in ("description", "default", "examples") if key in schema
    }
    return {"anyOf": [schema, {"type": "null"}], **about}


def _without_title(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "title"}
