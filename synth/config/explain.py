"""What pydantic found wrong, as problems with a place and a way out."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as AnySequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from synth.config.merge import item_path
from synth.config.problems import Mark, Problem
from synth.config.source import Mapping, Node, Sequence

_EXPECTED = {
    "string_type": "a string", "int_type": "a whole number", "float_type": "a number",
    "bool_type": "true or false", "tuple_type": "a list", "dict_type": "a map",
    "model_type": "a map", "model_attributes_type": "a map",
}  # fmt: skip


def problems_of(error: ValidationError, tree: Mapping, model: type[BaseModel]) -> list[Problem]:
    """One problem per mistake, at the value it is about (for a missing key: at its owner)."""
    return [
        _problem(details, tree, model)
        for details in error.errors()
        # A list whose items are all wrong counts as empty for pydantic; the items say enough.
        if not (details["type"] == "too_short" and details["input"])
    ]


def _problem(details: ErrorDetails, tree: Mapping, model: type[BaseModel]) -> Problem:
    kind, loc = details["type"], details["loc"]
    node, mark, path, rest = _find(tree, loc)
    if kind == "extra_forbidden":
        owner = _section(model, loc[:-1])
        owner_path = _find(tree, loc[:-1])[2]
        return Problem(mark, owner_path, _unknown(str(loc[-1]), _keys(owner) if owner else []))
    return Problem(mark, path, _message(details, node, rest))


def _message(details: ErrorDetails, node: Node, rest: AnySequence[int | str]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return f"the key {str(rest[0])!r} is missing" if rest else "is missing"
    if kind == "value_error":
        return str(context["error"])
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind]}, not {_described(node)}"
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected']}, not {_described(node)}"
    if kind == "too_short":
        return f"must have {context['min_length']} or more entries, not {context['actual_length']}"
    message = details["msg"]
    return message[:1].lower() + message[1:]


def _unknown(key: str, known: AnySequence[str]) -> str:
    close = get_close_matches(key, known, n=1)
    if close:
        return f"unknown key {key!r}, did you mean {close[0]!r}?"
    return f"unknown key {key!r} (known: {', '.join(sorted(known))})"


def _described(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a map"
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node.value, str):
        return repr(node.value)
    if isinstance(node.value, bool):
        return f"{node.text} (a string needs quotes)"
    return f"the number {node.text} (a string needs quotes)"


def _find(
    tree: Mapping, loc: AnySequence[int | str]
) -> tuple[Node, Mark, str, AnySequence[int | str]]:
    """Follows `loc` as far as it was written: the node, its place, its path, what is left."""
    node: Node = tree
    mark, path = tree.mark, ""
    for index, part in enumerate(loc):
        if isinstance(node, Mapping) and part in node.entries:
            key = str(part)
            mark = node.keys[key]
            node = node.entries[key]
            path = f"{path}.{key}" if path else key
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            mark = node.mark
            path = item_path(path, part, node)
        elif isinstance(part, str) and index < len(loc) - 1:
            continue  # the tag of a union's branch is in no file
        else:
            return node, mark, path, loc[index:]
    return node, mark, path, ()


def _section(model: type[BaseModel], loc: AnySequence[int | str]) -> type[BaseModel] | None:
    """The model that a location lies in, as far as annotations tell."""
    found: list[type[BaseModel]] = [model]
    for part in loc:
        if not found or isinstance(part, int):
            continue
        field = next(
            (f for name, f in found[0].model_fields.items() if part in (name, f.alias)), None
        )
        if field is not None:
            found = list(_models_in(field.annotation))
        else:  # the tag of a union's branch
            found = [each for each in found if _tag(each) == part] or found
    return found[0] if found else None


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)


def _tag(model: type[BaseModel]) -> Any:
    """What tells a model from the others of a union: the only value of its `kind`."""
    field = model.model_fields.get("kind")
    return next(iter(get_args(field.annotation)), None) if field else None


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
