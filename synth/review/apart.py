"""In what two environments say different things, and what of it is each one's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from synth.config.load import Loaded, plain, value_at
from synth.review import words
from synth.review.values import ORDER, Path, differences

OWN = ("name", "cluster", "gitops", "registry", "gateway", "secrets")
"""Keys that say where an environment is, which differ by nature."""
NEVER = ("name", "cluster")
"""Those of them that make it another environment."""

_FORMS = {"traffic": words.percent, "schedule": words.schedule}


class Difference(NamedTuple):
    """What one environment says at a path, and another does (`after`); None for nothing.

    `shown` is what holds in each of them, by default too. `own` is what differs by nature: where the
    environment is, and what only says its name.
    """

    path: Path
    after: Any
    shown: tuple[Any, Any]
    own: bool

    @property
    def key(self) -> str:
        """The path as people type it."""
        return ".".join(self.path)

    @property
    def fixed(self) -> bool:
        """Whether another environment's value would be wrong here whatever it is."""
        return self.path[0] in NEVER or (self.own and self.path[0] not in OWN)

    def __str__(self) -> str:
        if self.path[-1] == "image":
            return f"{self.key}: {words.image(*self.shown)}"
        form = _FORMS.get(self.path[-1], words.plain)
        return f"{self.key}: {words.becomes(*self.shown, form)}"

    def within(self, key: str) -> bool:
        """Whether it is at a key, or below it."""
        return self.key == key or self.key.startswith(f"{key}.")


def apart(target: Loaded, source: Loaded) -> list[Difference]:
    """Everything in which what is written for `target` differs from `source`, its bases included; but
    for what comes to the same by defaults.

    Lists of named things differ by entry, other lists as a whole, as files are merged.
    """
    written = (plain(target.tree), plain(source.tree))
    effective = [
        each.environment.model_dump(mode="json", by_alias=True) for each in (target, source)
    ]
    names = (target.environment.name, source.environment.name)
    found: dict[Path, Difference] = {}
    for field in differences(*written):
        path = _whole(field.path, written)
        before, after = (_list(value_at(each, path)) for each in written)
        if path[-1] == ORDER:
            before, after = field.before, field.after
        shown = tuple(
            _default(value_at(each, path)) if said is None else said
            for said, each in zip((before, after), effective, strict=True)
        )
        if shown[0] != shown[1]:
            own = path[0] in OWN or _says_the_name(shown, names)
            found.setdefault(path, Difference(path, after, shown, own))
    return list(found.values())


def carried_over(before: Loaded, after: Loaded, chosen: Iterable[Difference]) -> bool:
    """Whether an environment has become what it was with all that was chosen, and nothing else."""
    wanted, now = plain(before.tree), plain(after.tree)
    for each in chosen:
        wanted = _with(wanted, each.path, each.after)
        if any(differences(each.after, value_at(now, each.path))):
            return False
    return not any(differences(_bare(wanted), _bare(now)))


def keys(*sides: Loaded) -> set[str]:
    """Every key that one of the environments has, and every way to one."""
    return {".".join(path) for each in sides for path in _paths(plain(each.tree), ())}


def mentions(difference: Difference, name: str) -> bool:
    """Whether what would be carried speaks of an environment by its name."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", repr(difference.after)) is not None


def _with(data: Any, path: Path, value: Any) -> Any:
    """Plain data with a value at a path."""
    if not path:
        return value
    first, *rest = path
    if isinstance(data, (list, tuple)):
        entries = {each["name"]: each for each in data}
        entries[first] = _with(entries.get(first), tuple(rest), value)
        return [each for each in entries.values() if each is not None]
    data = data or {}
    return {**data, first: _with(data.get(first), tuple(rest), value)}


def _bare(data: Any) -> Any:
    """Plain data without what is empty, which comes and goes with what is in it."""
    if isinstance(data, dict):
        parts = {key: _bare(each) for key, each in data.items()}
        return {key: each for key, each in parts.items() if each is not None} or None
    if isinstance(data, (list, tuple)):
        return [_bare(each) for each in data] or None
    return data


def _whole(path: Path, sides: Sequence[Any]) -> Path:
    """The path as far as it leads through maps and entries with names."""
    for place, part in enumerate(path):
        lists = [node for node in _at(sides, path[:place]) if isinstance(node, tuple)]
        named = any(value_at(each, (part,)) is not None for each in lists)
        if lists and not named and part != ORDER:
            return path[:place]
    return path


def _at(sides: Iterable[Any], path: Path) -> list[Any]:
    return [value_at(each, path) for each in sides]


def _list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _default(value: Any) -> Any:
    """A default that says something by itself."""
    return None if isinstance(value, (dict, list)) else value


def _says_the_name(sides: Sequence[Any], names: tuple[str, str]) -> bool:
    """Whether both say the same, but for each environment's own name."""
    before, after = sides
    both = isinstance(before, str) and isinstance(after, str)
    return both and before.replace(names[0], names[1]) == after


def _paths(value: Any, path: Path) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, (*path, key))
    elif isinstance(value, tuple):
        for each in value:
            if isinstance(each, dict) and isinstance(each.get("name"), str):
                yield from _paths(each, (*path, each["name"]))
