"""The pod that is made from a part of an object, and what it takes to read one there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from synth.kit.objects import Body


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """One pod of an object; `path` is a JSON pointer to what it is made from, empty for a Pod."""

    path: str
    metadata: Body
    spec: Body


def at(node: Any, pattern: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands at a JSON pointer in which `*` is every entry, with its own pointer."""
    if not pattern:
        yield path, node
        return
    key, slash, rest = pattern.removeprefix("/").partition("/")
    if key != "*":
        below: Iterable[tuple[object, Any]] = [(key, node.get(key))]
    else:
        below = enumerate(node) if isinstance(node, list) else node.items()
    for each, value in below:
        if value is not None:
            yield from at(value, slash + rest, f"{path}/{each}")


def merged(base: Any, patch: Any) -> Any:
    """A strategic merge as far as pods need it: maps by key, lists of named things by name."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return {
            key: merged(base.get(key), patch[key]) if key in patch else base[key]
            for key in {**base, **patch}
        }
    if isinstance(base, list) and isinstance(patch, list) and _named(base) and _named(patch):
        ours, theirs = ({each["name"]: each for each in items} for items in (base, patch))
        return list(merged(ours, theirs).values())
    return patch


def _named(items: list[Any]) -> bool:
    return all(isinstance(each, dict) and "name" in each for each in items)


def listed(body: Body, key: str) -> list[Body]:
    """The entries of a list; none where it is not there."""
    return body.get(key) or []


def marks(*holders: Body) -> Body:
    """Metadata with the labels and annotations of several, each over those before it."""
    return {
        kind: {key: value for each in holders for key, value in (each.get(kind) or {}).items()}
        for kind in ("labels", "annotations")
    }
