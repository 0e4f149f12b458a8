"""The merge rule of environment files.

Maps merge by key, lists of named things by `name`; `null` removes a key, `{name: x, remove: true}`
a named entry; anything else replaces.
"""

from __future__ import annotations

from synth.config.problems import Mark, Problem
from synth.config.source import Mapping, Node, Scalar, Sequence


def overlay(base: Mapping, over: Mapping) -> Mapping:
    """`over` laid over `base`."""
    entries, keys = dict(base.entries), dict(base.keys)
    for key, value in over.entries.items():
        if is_null(value):
            entries.pop(key, None)
            keys.pop(key, None)
            continue
        there = entries.get(key)
        entries[key] = value if there is None else _overlay(there, value)
        keys[key] = over.keys[key]
    return Mapping(over.mark, entries, keys)


def _overlay(base: Node, over: Node) -> Node:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return overlay(base, over)
    if isinstance(base, Sequence) and isinstance(over, Sequence):
        before, after = named(base), named(over)
        if before is not None and after is not None and after:
            return _overlay_named(before, after, over)
    return over


def _overlay_named(
    before: dict[str, Mapping],
    after: dict[str, Mapping],
    over: Sequence,
) -> Sequence:
    result = dict(before)
    for name, entry in after.items():
        if removes(entry) and name in result:
            del result[name]
        elif name in result:
            result[name] = overlay(result[name], entry)
        else:
            result[name] = entry
    return Sequence(over.mark, tuple(result.values()))


def join(one: Mapping, other: Mapping, problems: list[Problem], path: str = "") -> Mapping:
    """Two files of one environment's folder as one: what both set is a mistake."""
    entries, keys = dict(one.entries), dict(one.keys)
    for key, value in other.entries.items():
        where = _join(path, key)
        there = entries.get(key)
        if there is None:
            entries[key], keys[key] = value, other.keys[key]
        elif isinstance(there, Mapping) and isinstance(value, Mapping):
            entries[key] = join(there, value, problems, where)
        elif (
            isinstance(there, Sequence)
            and isinstance(value, Sequence)
            and named(there) is not None
            and named(value) is not None
        ):
            entries[key] = Sequence(there.mark, there.items + value.items)
        else:
            problems.append(
                Problem(other.keys[key], where, f"is also set in {keys[key]}: keep one of the two")
            )
    return Mapping(one.mark, entries, keys)


def settled(node: Mapping, problems: list[Problem], path: str = "") -> Mapping:
    """The merged tree without its nulls; an entry that removes what is not there is a mistake."""
    if removes(node):
        problems.append(Problem(node.mark, path, "nothing of this name is there to remove"))
    entries = {
        key: _settled(value, problems, _join(path, key))
        for key, value in node.entries.items()
        if not is_null(value)
    }
    return Mapping(node.mark, entries, {key: node.keys[key] for key in entries})


def _settled(node: Node, problems: list[Problem], path: str) -> Node:
    if isinstance(node, Mapping):
        return settled(node, problems, path)
    if isinstance(node, Sequence):
        items = (
            _settled(item, problems, item_path(path, i, item)) for i, item in enumerate(node.items)
        )
        return Sequence(node.mark, tuple(items))
    return node


def check_names(node: Node, problems: list[Problem], path: str = "") -> None:
    """Appends a problem for every name that stands twice in one list."""
    if isinstance(node, Mapping):
        for key, value in node.entries.items():
            check_names(value, problems, _join(path, key))
    elif isinstance(node, Sequence):
        first: dict[str, Mark] = {}
        for index, item in enumerate(node.items):
            name = name_of(item)
            if name is not None and isinstance(item, Mapping):
                mark = item.entries["name"].mark
                if name in first:
                    message = f"the name {name!r} is there twice (first in {first[name]})"
                    problems.append(Problem(mark, path, message))
                first.setdefault(name, mark)
            check_names(item, problems, item_path(path, index, item))


def item_path(path: str, index: int, item: Node) -> str:
    """The configuration path of a list's item: by its name, or by its index."""
    return _join(path, name_of(item) or "") if name_of(item) else f"{path}[{index}]"


def named(node: Sequence) -> dict[str, Mapping] | None:
    """The entries of a list of named things by name; None for any other list."""
    entries: dict[str, Mapping] = {}
    for item in node.items:
        name = name_of(item)
        if name is None or not isinstance(item, Mapping) or name in entries:
            return None
        entries[name] = item
    return entries


def name_of(node: Node) -> str | None:
    """The `name` of a named thing, None for anything else."""
    if isinstance(node, Mapping):
        name = node.entries.get("name")
        if isinstance(name, Scalar) and isinstance(name.value, str):
            return name.value
    return None


def is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def removes(entry: Mapping) -> bool:
    """Whether an entry says `remove: true`."""
    flag = entry.entries.get("remove")
    return isinstance(flag, Scalar) and flag.value is True


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
