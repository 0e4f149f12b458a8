"""Two lists of objects, compared as data; every difference is one field or one object.

`differences.yaml` beside this file is the written list of what may differ, with the reasons.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from synth.catalog.kubeflow import RELEASES
from synth.kit.objects import Body, Identity, identity

LIST = Path(__file__).with_name("differences.yaml")
ABSENT = "absent"
THERE = "there"
"""A whole object of upstream's: the release's commit pins what it holds."""
HIDDEN = "hidden"
"""Upstream's value where that is a well-known credential, not to be spread."""


class Difference(NamedTuple):
    """One field of one object, or (with no pointer) one whole object.

    `pointer` is a JSON pointer; a line of a document follows as `#15`, counted from 0. `upstream`
    and `ours` are the values as JSON or ABSENT; THERE is a whole object of upstream's.
    """

    object: str
    pointer: str
    upstream: str
    ours: str


class Entry(NamedTuple):
    """A difference that is written down, and the releases that it is for."""

    difference: Difference
    releases: frozenset[str]
    optional: bool
    why: str


def differences(mine: Mapping[str, Body], theirs: Mapping[str, Body]) -> set[Difference]:
    """Everything in which our objects differ from upstream's, both `by_name`."""
    found: set[Difference] = set()
    for name in mine.keys() | theirs.keys():
        if name not in mine:
            found.add(Difference(name, "", THERE, ABSENT))
        elif name not in theirs:
            found.add(Difference(name, "", ABSENT, _json(mine[name])))
        else:
            found |= {Difference(name, *each) for each in _fields(mine[name], theirs[name], "")}
    return found


def by_name(
    objects: Iterable[Body], scoped: Callable[[Identity], Identity] = lambda each: each
) -> dict[str, Body]:
    """Objects by what they are called in the list; none may be there twice. `scoped` knows what the
    API server would call them, where that is not what they say.
    """
    bodies = list(objects)
    named = {str(scoped(identity(body))): body for body in bodies}
    assert len(named) == len(bodies), "an object is there twice"
    return named


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _fields(ours: Any, upstream: Any, pointer: str) -> Iterator[tuple[str, str, str]]:
    if ours is upstream:
        return
    if isinstance(ours, dict) and isinstance(upstream, dict):
        for key in ours.keys() | upstream.keys():
            part = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key not in ours:
                yield part, _json(upstream[key]), ABSENT
            elif key not in upstream:
                yield part, ABSENT, _json(ours[key])
            else:
                yield from _fields(ours[key], upstream[key], part)
    elif isinstance(ours, list) and isinstance(upstream, list) and len(ours) == len(upstream):
        for index, pair in enumerate(zip(ours, upstream, strict=True)):
            yield from _fields(*pair, f"{pointer}/{index}")
    elif type(ours) is not type(upstream) or ours != upstream:  # 1 and true are equal in Python
        yield from _values(ours, upstream, pointer)


def _values(ours: Any, upstream: Any, pointer: str) -> Iterator[tuple[str, str, str]]:
    documents = isinstance(ours, str) and isinstance(upstream, str) and "\n" in upstream
    if documents and ours.count("\n") == upstream.count("\n"):
        for index, lines in enumerate(zip(ours.split("\n"), upstream.split("\n"), strict=True)):
            if lines[0] != lines[1]:
                yield f"{pointer}#{index}", _json(lines[1]), _json(lines[0])
    else:
        yield pointer, _json(upstream), _json(ours)


@lru_cache
def entries() -> tuple[Entry, ...]:
    """The written list."""
    found = []
    for group in _written()["differences"]:
        for where in ("example", "optional"):
            for key, value in group.get(where, {}).items():
                own = value if isinstance(value, dict) else {"releases": value}
                releases = RELEASES if own["releases"] == "all" else own["releases"].split()
                kind, name, *pointer = key.split(" ", 2)
                difference = Difference(
                    f"{kind} {name}",
                    "".join(pointer),
                    _value({**group, **own}, "upstream"),
                    _value({**group, **own}, "ours"),
                )
                found.append(
                    Entry(difference, frozenset(releases), where == "optional", group["why"])
                )
    return tuple(found)


def _written() -> dict[str, Any]:
    written: dict[str, Any] = yaml.safe_load(LIST.read_text())
    return written


def _value(entry: Mapping[str, Any], side: str) -> str:
    if side not in entry:
        return ABSENT
    value = entry[side]
    return value if side == "upstream" and value in (HIDDEN, THERE) else _json(value)


def unwritten(
    found: Iterable[Difference], written: Iterable[Difference]
) -> tuple[set[Difference], set[Difference]]:
    """What was found and is not written, and what is written and was not found."""
    expected = set(written)
    hidden = {each[:2] for each in expected if each.upstream == HIDDEN}
    there = {each._replace(upstream=HIDDEN) if each[:2] in hidden else each for each in found}
    return there - expected, expected - there


def protected(objects: Iterable[Body]) -> list[Body]:
    """Upstream's objects with the annotations that the list says are on every object of a kind."""
    rule = _written()["protected"]
    kinds = set(rule["kinds"])
    return [
        _annotated(body, rule["annotations"]) if _kind(identity(body)) in kinds else body
        for body in objects
    ]


def _kind(this: Identity) -> str:
    return f"{this.kind}.{this.group}" if this.group else this.kind


def _annotated(body: Body, more: Mapping[str, str]) -> Body:
    metadata = body["metadata"]
    annotations = {**(metadata.get("annotations") or {}), **more}
    return {**body, "metadata": {**metadata, "annotations": annotations}}
