"""How two values of Kubernetes objects or environment files differ, by what they mean.

Lists of named things are matched by name, lists whose order says nothing by what is in them,
quantities and durations by value. What is null is as good as absent, as for the API server.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth.kit.quantities import milliseconds, quantity

Path = tuple[str, ...]
"""Keys from an object's root; an entry of a list is called by its name, or by its place."""

ORDER = "(order)"
"""The last part of a path where the same entries stand in another order that has a meaning."""

_RULE = ("alert", "record", "labels.quantile", "labels.long")
"""A rule of Prometheus: one of the two names, and what tells alerts of one name apart."""
_KEYS = (
    ("name",),
    ("kind", "namespace", "name"),
    _RULE,
    ("uid",),
    ("mountPath",),
    ("containerPort", "protocol"),
    ("port", "protocol"),
    ("group", "kind"),
    ("server", "namespace"),
    ("type",),
)
"""By what entries of lists are told apart: the first of these that tells them all."""
_OPTIONAL = frozenset({"namespace", "protocol", *_RULE})

_SETS = frozenset(
    "verbs resources apiGroups resourceNames nonResourceURLs finalizers accessModes namespaces "
    "hosts notHosts principals notPrincipals methods paths ports topics bootstrapServers add drop "
    "sourceRepos syncOptions policyTypes shortNames categories required enum groups operations "
    "apiVersions values roles matchLabelKeys sourceNamespaces".split()
)
"""Lists of plain values whose order says nothing."""

_ORDERED = frozenset(
    "args command initContainers http steps patches routes relabelings metricRelabelings "
    "transformers pipeline".split()
)
"""Lists whose order says something, also where their entries have names."""

_QUANTITIES = frozenset({"requests", "limits", "hard", "capacity"})
_QUANTITY = frozenset({"storage", "size", "sizeLimit", "divisor", "averageValue", "cpu", "memory"})
_DURATION = frozenset(
    {"interval", "scrapeInterval", "scrapeTimeout", "for", "duration", "maxDuration", "timeout"}
)
_TEXT = frozenset({"data", "stringData", "binaryData", "metadata"})
"""Below these every value is a text and means nothing else."""


@dataclass(frozen=True, slots=True)
class Field:
    """One difference: None before for what is new, None after for what is gone."""

    path: Path
    before: Any
    after: Any


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Field]:
    """Everything in which `after` differs from `before`, in the order of its paths."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}, key=str):
            yield from differences(before.get(key), after.get(key), (*path, str(key)))
    elif _is_list(before) and _is_list(after):
        yield from _lists(before, after, path)
    elif _meaning(before, path) != _meaning(after, path):
        yield Field(path, before, after)


def _lists(before: Sequence[Any], after: Sequence[Any], path: Path) -> Iterator[Field]:
    named = _named(before, after)
    if named:
        yield from _by_name(*named, path)
    elif not any(_is_nested(item) for item in (*before, *after)):
        if _meaning(before, path) != _meaning(after, path):
            yield Field(path, list(before), list(after))
    elif _is_ordered(path) or any(map(_is_list, (*before, *after))):
        for place in range(max(len(before), len(after))):
            old, new = (each[place] if place < len(each) else None for each in (before, after))
            yield from differences(old, new, (*path, str(place)))
    else:
        yield from _unnamed(before, after, path)


def _by_name(old: dict[str, Any], new: dict[str, Any], path: Path) -> Iterator[Field]:
    for name in sorted({*old, *new}):
        yield from differences(old.get(name), new.get(name), (*path, name))
    if _is_ordered(path):
        kept = [[name for name in each if name in old and name in new] for each in (old, new)]
        if kept[0] != kept[1]:
            yield Field((*path, ORDER), *kept)


def _unnamed(before: Sequence[Any], after: Sequence[Any], path: Path) -> Iterator[Field]:
    """Entries without names in no order: equal ones cancel out, a single one left on each side is
    one that has changed.
    """
    old, new = _without(before, after, path), _without(after, before, path)
    if len(old) == len(new) == 1:
        yield from differences(old[0][1], new[0][1], (*path, str(new[0][0])))
        return
    yield from (Field((*path, str(place)), item, None) for place, item in old)
    yield from (Field((*path, str(place)), None, item) for place, item in new)


def _without(items: Sequence[Any], others: Sequence[Any], path: Path) -> list[tuple[int, Any]]:
    """The entries that the other list does not have, with their places."""
    there = Counter(_meaning(item, path) for item in others)
    rest = []
    for place, item in enumerate(items):
        meaning = _meaning(item, path)
        if there[meaning]:
            there[meaning] -= 1
        else:
            rest.append((place, item))
    return rest


def _named(
    before: Sequence[Any], after: Sequence[Any]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Both lists by the names of their entries, where these tell all of them apart."""
    if not all(isinstance(item, Mapping) for item in (*before, *after)):
        return None
    for keys in _KEYS:
        old, new = _keyed(before, keys), _keyed(after, keys)
        if old is not None and new is not None and (old or new):
            return old, new
    return None


def _keyed(items: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, Any] | None:
    result: dict[str, Any] = {}
    for item in items:
        parts = [_part(item, key) for key in keys]
        if any(
            _is_nested(part) or (part is None and key not in _OPTIONAL)
            for key, part in zip(keys, parts, strict=True)
        ):
            return None
        result["/".join(str(part) for part in parts if part not in (None, ""))] = item
    return result if len(result) == len(items) and "" not in result else None


def _part(item: Mapping[str, Any], key: str) -> Any:
    """What an entry has at a key, or at `key.key` below one."""
    first, _, below = key.partition(".")
    value = item.get(first)
    if not below:
        return value
    return value.get(below) if isinstance(value, Mapping) else None


def _meaning(value: Any, path: Path) -> Hashable:
    """Equal for values that mean the same at this place, and for no others."""
    if isinstance(value, Mapping):
        return frozenset(
            (key, _meaning(item, (*path, str(key))))
            for key, item in value.items()
            if item is not None
        )
    if _is_list(value):
        items = [_meaning(item, path) for item in value]
        ordered = _is_ordered(path) if any(map(_is_nested, value)) else path[-1:] not in _SET_ENDS
        return tuple(items) if ordered else ("any order", frozenset(Counter(items).items()))
    return _scalar(value, path)


_SET_ENDS = {(name,) for name in _SETS}


def _scalar(value: Any, path: Path) -> Hashable:
    if isinstance(value, bool) or value is None:
        return (type(value).__name__, value)  # True is 1 for Python
    if path and path[0] not in _TEXT:
        try:
            if path[-1] in _QUANTITY or path[-2:-1] in _QUANTITY_PARENTS:
                return quantity(str(value))
            if path[-1] in _DURATION:
                return ("ms", milliseconds(str(value)))
        except ValueError:
            pass
    return (isinstance(value, str), value)


_QUANTITY_PARENTS = {(name,) for name in _QUANTITIES}


def _is_ordered(path: Path) -> bool:
    return bool(path) and path[-1] in _ORDERED


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_nested(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple))
