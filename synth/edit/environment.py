"""Values, and a model's variants, written into the files of one environment.

What the environment inherits from a base stays in the base, which other environments share; its
own file then says what is different here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from synth.config.load import Loaded, plain, value_at
from synth.config.serving import Variant
from synth.edit.text import Entry, Path, has, put, remove
from synth.edit.values import Value

GONE: dict[str, Value] = {"remove": True}
"""What an environment says of an entry that a base has and it has not."""


class Change(NamedTuple):
    """One value to be set in an environment's own file, or removed where it is None; or left to what
    a base says of it, where it is `inherited`.
    """

    path: Path
    value: Value | None
    inherited: bool = False


def rewritten(
    texts: Mapping[str, str], wanted: Iterable[Change], inherits: Callable[..., bool]
) -> dict[str, str]:
    """Those of an environment's files that are others with the changes. Raises EditError."""
    files = dict(texts)
    for change in wanted:
        name = file_of(change.path, texts)
        files[name] = edited(files[name], [change], inherits)
    return {name: text for name, text in files.items() if text != texts[name]}


def file_of(path: Path, texts: Mapping[str, str]) -> str:
    """Which of an environment's own files speaks of a path, or of the most of the way to it; else the
    first.
    """
    if len(texts) > 1:
        for end in range(len(path), 0, -1):
            for name, text in texts.items():
                if has(text, path[:end]):
                    return name
    return min(texts)


def carried(
    values: Mapping[tuple[str, ...], Any], loaded: Loaded, other: Loaded
) -> Iterator[Change]:
    """What has to be said for an environment to have these values of another at their paths: nothing
    where a base says the same.
    """
    trees = [plain(each) for each in (loaded.tree, other.tree, loaded.inherited)]
    for path, value in values.items():
        base = value_at(trees[-1], path)
        same = value is not None and base == value
        yield Change(_way(path, trees), _value(_over(base, value)), inherited=same)


def _over(base: Any, value: Any) -> Any:
    """What has to be laid over what a base says, for the value to come of it."""
    if isinstance(base, dict) and isinstance(value, dict):
        said = {key: _over(base.get(key), each) for key, each in value.items()}
        kept = {
            key: each for key, each in said.items() if key == "name" or value[key] != base.get(key)
        }
        return {**kept, **dict.fromkeys(sorted(base.keys() - value.keys()))}
    old, new = _named(base), _named(value)
    if old and new:
        gone = [{"name": name, **GONE} for name in sorted(old.keys() - new.keys())]
        return [*(_over(old.get(name), each) for name, each in new.items()), *gone]
    return value


def _named(value: Any) -> dict[str, Any]:
    """The entries of a list of named things; empty for anything else."""
    items = value if isinstance(value, (list, tuple)) else ()
    named = {each["name"]: each for each in items if isinstance(each, dict) and "name" in each}
    return named if len(named) == len(items) else {}


def _way(path: tuple[str, ...], trees: Sequence[Any]) -> Path:
    """The path with the names of entries told from keys."""
    return [
        Entry(part)
        if any(isinstance(value_at(tree, path[:place]), tuple) for tree in trees)
        else part
        for place, part in enumerate(path)
    ]


def _value(data: Any) -> Value:
    """Plain data as it is written."""
    if isinstance(data, dict):
        return {key: _value(each) for key, each in data.items()}
    return [_value(each) for each in data] if isinstance(data, (list, tuple)) else data


def changes(model: str, before: Sequence[Variant], after: Sequence[Variant]) -> Iterator[Change]:
    """What has to be said of the model where it is `before` and should be `after`."""
    there = {variant.name: variant for variant in before}
    for variant in after:
        path: Path = ("models", Entry(model), "variants", Entry(variant.name))
        was = _written(there.pop(variant.name)) if variant.name in there else GONE
        now = _written(variant)
        for key in [*now, *was]:
            if now.get(key) != was.get(key):
                yield Change((*path, key), now.get(key))
    for name in there:
        yield Change(("models", Entry(model), "variants", Entry(name)), None)


def edited(text: str, wanted: Iterable[Change], inherits: Callable[..., bool]) -> str:
    """The text with the changes; what a base has (`inherits` knows by keys and names) and should
    not be here is said to be gone. Raises EditError.
    """
    for path, value, inherited in wanted:
        if inherited:
            text = remove(text, path)
        elif value is not None:
            text = put(text, path, value)
        elif inherits(*(part.name if isinstance(part, Entry) else part for part in path)):
            gone: Value = GONE if isinstance(path[-1], Entry) else None
            text = put(text, path, gone)
        else:
            text = remove(text, path)
    return text


def _written(variant: Variant) -> dict[str, Any]:
    """A variant's keys as they are written, but for its name."""
    return variant.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"name"})
