"""What a JSON Schema has against an object, in words that name the place, the value and the way out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "object": "a map",
    "string": "a string",
}

_LONG = 160
"""Characters of a message that are too many."""


def wrong(error: ValidationError, schema: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each mistake; `schema` is the document that was validated by."""
    path = ".".join(map(str, error.instance_path)) or "the object"
    kind, value = error.kind, error.instance
    match kind:
        case ValidationErrorKind.AdditionalProperties():
            known = _at(schema, error.schema_path[:-1]).get("properties", {})
            for name in kind.unexpected:
                near = get_close_matches(name, known, 1)
                way_out = f"write {near[0]}" if near else "take it out"
                yield f"{path} has no field {name}: {way_out}"
        case ValidationErrorKind.Required():
            yield f"{path} lacks {kind.property}: add it"
        case ValidationErrorKind.Type():
            # The validator names types in any order.
            types = sorted(_TYPES[each] for each in set(kind.types) - {"null"})
            yield f"{path} must be {' or '.join(types)}, not {_shown(value)}"
        case ValidationErrorKind.Enum():
            yield f"{path} must be {_one_of(kind.options)}, not {_shown(value)}"
        case ValidationErrorKind.Pattern():
            yield f"{path} must match {kind.pattern}, not be {_shown(value)}"
        case ValidationErrorKind.AnyOf() | ValidationErrorKind.OneOfNotValid():
            yield f"{path} is of none of the forms that it can have{_asked(schema, error)}"
        case ValidationErrorKind.OneOfMultipleValid():
            yield f"{path} is of several forms of which it can have one{_asked(schema, error)}"
        case ValidationErrorKind.Not():
            yield f"{path} is of a form that it cannot have{_asked(schema, error)}"
        case _:
            # It begins with the value, however long, and ends with what is wrong.
            said = error.message
            yield f"{path}: {said if len(said) < _LONG else f'… {said[-_LONG // 2 :]}'}"


def _at(schema: Any, path: Sequence[str | int]) -> Any:
    for key in path:
        schema = schema[key]
    return schema


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "a map" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False)


def _one_of(options: Sequence[Any]) -> str:
    return " or ".join(map(_shown, options))


def _asked(schema: Mapping[str, Any], error: ValidationError) -> str:
    """The fields that forms are told apart by."""
    names = sorted(set(_required(_at(schema, error.schema_path))))
    return f": look at {', '.join(names)}" if names else ""


def _required(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("required", ())
        for part in schema.values():
            yield from _required(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _required(part)
