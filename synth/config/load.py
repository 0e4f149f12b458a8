"""Environment files → Environments, or everything that is wrong with them in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synth.config import merge, source
from synth.config.base import CONTACT_POINTS
from synth.config.environment import Environment
from synth.config.explain import problems_of
from synth.config.notifications import MUTE_TIMES
from synth.config.problems import ConfigurationError, Mark, Problem
from synth.config.sealed import SealedFile
from synth.config.source import Node, Scalar, Sequence

SUFFIXES = (".yaml", ".yml")
_REFERRED = ("teams", "workflows", CONTACT_POINTS, MUTE_TIMES)
"""Lists that something may refer to even where they are not there."""


@dataclass(frozen=True)
class Loaded:
    """An environment, the merged tree it was read from, and what that tree was merged of.

    `chain` names the files of the `extends` chain without their endings, the first base first and
    the environment itself last; `files` are the environment's own, as marks name them; `inherited`
    is the tree without these; `sealed` are the files of its SealedSecrets.
    """

    environment: Environment
    tree: source.Mapping
    chain: tuple[str, ...]
    files: tuple[str, ...]
    inherited: source.Mapping
    sealed: tuple[SealedFile, ...] = ()

    def mark(self, *path: str) -> Mark:
        """Where a value was written, or the nearest part of the way to it that was.

        `path` holds keys and names of entries (`"models", "sentiment"`), or indices as text.
        """
        return _find(self.tree, path)[0]

    def written(self, *path: str) -> str:
        """Where a value comes from: `file:line`, or `default`."""
        mark, whole = _find(self.tree, path)
        return f"{mark.file}:{mark.line}" if whole else "default"

    def inherited_from(self, *path: str) -> str:
        """Where a base says something at `path`: `file:line`, or empty."""
        mark, whole = _find(self.inherited, path)
        return f"{mark.file}:{mark.line}" if whole else ""

    def inherits(self, *path: str) -> bool:
        """Whether a base says something at `path`, whatever the environment itself says."""
        return _find(self.inherited, path)[1]


def load(folder: Path, known: Mapping[str, Collection[str]]) -> dict[str, Loaded]:
    """The environments in `folder` by name, in order of their names.

    Each environment is a file `<name>.yaml` or a folder `<name>/` of such files; one without a
    `name` key is a base that others extend and is not an environment itself. `known` holds names
    that only the caller knows, by what they are called in messages (`Kubeflow releases`).

    Raises ConfigurationError with every mistake in every file.
    """
    problems: list[Problem] = []
    sources = _sources(folder, problems)
    loaded: dict[str, Loaded] = {}
    for stem, (tree, _) in sorted(sources.items()):
        if tree is not None and "name" in tree.entries:
            result = _environment(stem, sources, known, problems)
            if result is not None:
                loaded[stem] = result
    if not problems and not loaded:
        raise ConfigurationError(
            [Problem(Mark(folder.name), "", "holds no environment: add a file with a name")]
        )
    if problems:
        raise ConfigurationError(problems)
    return loaded


def again(loaded: Loaded, data: Any, known: Mapping[str, Collection[str]]) -> Environment:
    """The environment that other keys and values would make. Raises pydantic.ValidationError."""
    return Environment.model_validate(data, context={**known, **_names(loaded.tree)})


Source = tuple[source.Mapping | None, tuple[str, ...]]
"""What one file or folder holds (None where it could not be read), and its files."""


def read(folder: Path, stem: str) -> Any:
    """An environment's keys and values as written, merged and not validated; None where it cannot
    be read. For the past, whose form may be another.
    """
    problems: list[Problem] = []
    sources = _sources(folder, problems)
    chain = _chain(stem, sources, problems) if stem in sources else None
    if chain is None:
        return None
    return plain(merge.settled(_merged(chain), problems))


def _sources(folder: Path, problems: list[Problem]) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    for path in _listing(folder, folder.name, problems):
        name = f"{folder.name}/{path.name}"
        if path.is_dir():
            stem, result = path.name, _folder(path, name, problems)
        elif path.suffix in SUFFIXES:
            stem, result = path.stem, _file(path, name, problems)
        else:
            continue
        if stem in sources:
            other = sources[stem][1]
            problems.append(
                Problem(
                    Mark(name),
                    "",
                    f"is there beside {other[0] if other else stem}: keep one of the two",
                )
            )
        sources[stem] = result
    return sources


def _listing(folder: Path, name: str, problems: list[Problem]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        problems.append(Problem(Mark(name), "", f"cannot be read: {error.strerror}"))
        return []


def _file(path: Path, name: str, problems: list[Problem]) -> Source:
    tree, found = source.parse(path, name)
    problems += found
    if tree is not None:
        merge.check_names(tree, problems)
    return tree, (name,)


def _folder(folder: Path, name: str, problems: list[Problem]) -> Source:
    before = len(problems)
    parts = [
        _file(path, f"{name}/{path.name}", problems)
        for path in _listing(folder, name, problems)
        if path.suffix in SUFFIXES
    ]
    if not parts:
        if len(problems) == before:
            problems.append(
                Problem(
                    Mark(name), "", "holds no YAML file: an environment's folder has at least one"
                )
            )
        return None, ()
    files = tuple(file for _, names in parts for file in names)
    trees = [tree for tree, _ in parts if tree is not None]
    if len(trees) < len(parts):
        return None, files
    whole = trees[0]
    for tree in trees[1:]:
        whole = merge.join(whole, tree, problems)
    merge.check_names(whole, problems)
    return whole, files


def _environment(
    stem: str,
    sources: Mapping[str, Source],
    known: Mapping[str, Collection[str]],
    problems: list[Problem],
) -> Loaded | None:
    chain = _chain(stem, sources, problems)
    if chain is None:
        return None
    inherited = _merged(chain[:-1])
    tree = merge.settled(merge.overlay(inherited, chain[-1][1]), problems)
    name = tree.entries["name"]
    if isinstance(name, Scalar) and isinstance(name.value, str) and name.value != stem:
        problems.append(
            Problem(tree.keys["name"], "name", f"must be {stem!r}, as the file is called")
        )
    try:
        environment = Environment.model_validate(plain(tree), context={**known, **_names(tree)})
    except ValidationError as error:
        problems += problems_of(error, tree, Environment)
        return None
    return Loaded(environment, tree, tuple(name for name, _ in chain), sources[stem][1], inherited)


def _chain(
    stem: str, sources: Mapping[str, Source], problems: list[Problem]
) -> list[tuple[str, source.Mapping]] | None:
    """The sources from the first base to `stem` itself; None where one of them is unusable."""
    chain: dict[str, source.Mapping] = {}
    link = stem
    while True:
        tree = sources[link][0]
        if tree is None:
            return None
        # What a base is called and what it extends is nothing to inherit.
        chain[link] = _without(tree, "extends", "name" if link != stem else "")
        if "extends" not in tree.entries:
            return list(reversed(chain.items()))
        extends, mark = plain(tree.entries["extends"]), tree.keys["extends"]
        message = None
        if not isinstance(extends, str):
            message = "must be the name of one other file"
        elif extends in chain:
            stems = list(chain)
            circle = " → ".join([*stems[stems.index(extends) :], extends])
            message = f"goes in a circle: {circle}"
        elif extends not in sources:
            message = f"there is no {extends!r} (there: {', '.join(sorted(sources))})"
        if message:
            problems.append(Problem(mark, "extends", message))
            return None
        link = extends


def _find(tree: source.Mapping, path: tuple[str, ...]) -> tuple[Mark, bool]:
    """How far `path` was written: the place, and whether that is all of it."""
    node: Node = tree
    mark = tree.mark
    for part in path:
        if isinstance(node, source.Mapping) and part in node.entries:
            mark, node = node.keys[part], node.entries[part]
            continue
        items = node.items if isinstance(node, Sequence) else ()
        match = [item for i, item in enumerate(items) if part in (merge.name_of(item), str(i))]
        if not match:
            return mark, False
        mark, node = match[0].mark, match[0]
    return mark, True


def _merged(chain: Iterable[tuple[str, source.Mapping]]) -> source.Mapping:
    tree = source.Mapping(Mark(""), {}, {})
    for _, over in chain:
        tree = merge.overlay(tree, over)
    return tree


def _without(tree: source.Mapping, *keys: str) -> source.Mapping:
    entries = {key: value for key, value in tree.entries.items() if key not in keys}
    return source.Mapping(tree.mark, entries, tree.keys)


def _names(tree: source.Mapping) -> dict[str, frozenset[str]]:
    """The names in lists of named things that other parts refer to, by the list's path."""
    lists = [key for key, value in tree.entries.items() if isinstance(value, Sequence)]
    return {path: _names_in(tree, path) for path in (*_REFERRED, *lists)}


def _names_in(tree: source.Mapping, path: str) -> frozenset[str]:
    node: Node = tree
    for part in path.split("."):
        if not (isinstance(node, source.Mapping) and part in node.entries):
            return frozenset()
        node = node.entries[part]
    items = node.items if isinstance(node, Sequence) else ()
    found = (merge.name_of(item) for item in items)
    return frozenset(name for name in found if name is not None)


def plain(node: Node) -> Any:
    """The tree as plain data; lists as tuples, as the frozen models want them.

    Keys are sorted, so that the order in which somebody wrote them never reaches the output.
    """
    if isinstance(node, source.Mapping):
        return {key: plain(node.entries[key]) for key in sorted(node.entries)}
    if isinstance(node, Sequence):
        return tuple(plain(item) for item in node.items)
    return node.value


def value_at(data: Any, path: Iterable[str]) -> Any:
    """What plain data has at a path of keys and names of entries; None where that is nothing."""
    for part in path:
        if isinstance(data, dict):
            data = data.get(part)
        else:
            entries = data if isinstance(data, (list, tuple)) else ()
            data = next((each for each in entries if _called(each, part)), None)
    return data


def _called(entry: Any, name: str) -> bool:
    return isinstance(entry, dict) and entry.get("name") == name
