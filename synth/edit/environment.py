"""A model's variants, written into the files of one environment.

What the environment inherits from a base stays in the base, which other environments share; its
own file then says what is different here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from synth.config.serving import Variant
from synth.edit.text import Entry, Path, has, put, remove
from synth.edit.values import Value

GONE: dict[str, Value] = {"remove": True}
"""What an environment says of an entry that a base has and it has not."""


class Change(NamedTuple):
    """One value to be set in an environment's own file, or removed where it is None."""

    path: Path
    value: Value | None


def file_of(model: str, texts: Mapping[str, str]) -> str:
    """Which of an environment's own files speaks of the model; else one that has models; else the
    first.
    """
    paths: list[Path] = [("models", Entry(model)), ("models",)]
    speaking = (name for path in paths for name, text in texts.items() if has(text, path))
    return next(speaking, min(texts))


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
    for path, value in wanted:
        if value is not None:
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
