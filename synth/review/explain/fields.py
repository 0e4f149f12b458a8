"""Fields of a document: as people write them, where they stand in its text, what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

Step = str | int | tuple[str, str]
"""A key, a place in a list, or an entry of a list by a key of its own: `("name", "canary")`."""
Way = tuple[Step, ...]

ABSENT = object()
"""In place of a value that is not there."""
_PART = re.compile(
    r"""\.?(?:
        (?P<key>[^.\[\]"]+) | "(?P<quoted>[^"]*)"
        | \[(?P<place>\d+)\] | \[(?P<by>[A-Za-z]+)=(?P<name>[^\]]*)\] | \["(?P<inside>[^"]*)"\]
    )""",
    re.VERBOSE,
)
_PLAIN = re.compile(r"[^.\[\]\"]+")
_NAMES = ("name", "alert", "record", "type", "kind")
"""By what entries of lists are called, where it tells them apart."""


class FieldError(ValueError):
    """No field is called like that, or none is there."""


def parse(text: str) -> Way:
    """The way that a field's name says: `spec.predictors[name=canary].traffic`,
    `.spec.predictors[1]`, `metadata.annotations["a.b/c"]`. Raises FieldError.
    """
    way: list[Step] = []
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise FieldError(
                f"{text!r} is no field: write it like spec.predictors[name=canary].traffic, "
                'spec.predictors[1] or metadata.annotations["a.b/c"]'
            )
        if part["place"]:
            way.append(int(part["place"]))
        elif part["by"]:
            way.append((part["by"], part["name"]))
        else:
            way.append(part["key"] or part["quoted"] or part["inside"] or "")
        at = part.end()
    return tuple(way)


def shown(way: Way) -> str:
    """The way as `parse` reads it."""
    parts = []
    for step in way:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif isinstance(step, tuple):
            parts.append(f"[{step[0]}={step[1]}]")
        elif _PLAIN.fullmatch(step):
            parts.append(f".{step}")
        else:
            parts.append(f'["{step}"]')
    return "".join(parts).removeprefix(".")


def resolved(document: Any, way: Way) -> Way:
    """The way with its entries of lists called by name where one tells them apart.

    Raises FieldError, with what is there instead.
    """
    result: list[Step] = []
    value = document
    for step in way:
        found, rest = _step(value, step)
        if rest is ABSENT:
            there = ", ".join(map(_bare, _steps(value))) or "nothing"
            where = shown(tuple(result)) or "the object"
            raise FieldError(f"{where} has no {_bare(step)} (there: {there})")
        result.append(found)
        value = rest
    return tuple(result)


def held(document: Any, way: Way) -> Any:
    """What a resolved way leads to; ABSENT where it leads nowhere."""
    value = document
    for step in way:
        value = _step(value, step)[1]
    return value


def held_like(document: Any, way: Way, like: Any) -> Any:
    """What a way that was resolved in `like` leads to in another document of this kind: by names,
    and where an entry has another name, by its place among as many.
    """
    value = document
    for step in way:
        rest = _step(value, step)[1]
        if rest is ABSENT and isinstance(step, tuple) and _is_list(value) and _is_list(like):
            place = next(i for i, each in enumerate(like) if _called(each, step))
            rest = value[place] if len(value) == len(like) else ABSENT
        value, like = rest, _step(like, step)[1]
    return value


def leaves(document: Any, way: Way = ()) -> Iterator[Way]:
    """The ways to all values that hold no others."""
    steps = _steps(document)
    if not steps:
        yield way
    for step in steps:
        yield from leaves(_step(document, step)[1], (*way, step))


def at_line(text: str, line: int) -> Way:
    """The field that stands in a line (from 1) of a document's text. Raises FieldError."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    way = _at(node, line)
    if not way:
        raise FieldError(f"line {line} holds no field")
    return way


def _at(node: yaml.Node | None, line: int) -> Way:
    """The deepest value whose key, or which itself as an entry, begins in the line, or that ends
    after it.
    """
    best: Way = ()
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            first, last = key.start_mark.line + 1, value.end_mark.line + 1
            if first == line:
                return (key.value, *(_at(value, line) if value.start_mark.line + 1 == line else ()))
            if first < line <= last:
                best = (key.value, *_at(value, line))
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            if item.start_mark.line + 1 <= line <= item.end_mark.line + 1:
                best = (place, *_at(item, line))
    return best


def _steps(value: Any) -> list[Step]:
    if isinstance(value, Mapping):
        return list(value)
    if not _is_list(value):
        return []
    for key in _NAMES:
        found = (each.get(key) if isinstance(each, Mapping) else None for each in value)
        names = {name for name in found if isinstance(name, str) and "]" not in name}
        if value and len(names) == len(value):
            return [(key, each[key]) for each in value]
    return list(range(len(value)))


def _step(value: Any, step: Step) -> tuple[Step, Any]:
    if isinstance(value, Mapping):
        return step, value.get(step, ABSENT)
    if _is_list(value):
        steps = _steps(value)
        if isinstance(step, int) and step < len(value):
            return steps[step], value[step]
        # A name without its key will do as well.
        for place, each in enumerate(value):
            if _called(each, step) or (isinstance(step, str) and _called(each, ("name", step))):
                return steps[place], each
    return step, ABSENT


def _called(entry: Any, step: Step) -> bool:
    return isinstance(entry, Mapping) and isinstance(step, tuple) and entry.get(step[0]) == step[1]


def _bare(step: Step) -> str:
    return shown((step,))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
