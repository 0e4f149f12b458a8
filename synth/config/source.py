"""One YAML file → a tree that remembers the file, line and column of every value.

Scalars are read by the YAML 1.2 core schema, so `on`, `12:30:45` and dates stay the strings that
they look like; duplicate keys, tags and alias bombs are mistakes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from synth.config.problems import Mark, Problem

MAX_VALUES = 100_000
"""How many values one file may hold once its aliases are expanded."""

_STR = "tag:yaml.org,2002:str"
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_CONSTANTS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MAX_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, number, boolean or null, with its text as written."""

    mark: Mark
    value: str | int | float | bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A map. `keys` holds the place of each key of `entries`."""

    mark: Mark
    entries: dict[str, Node]
    keys: dict[str, Mark]


Node = Scalar | Sequence | Mapping


_CONFLICT = re.compile(r"^<{7} .*?^={7}$.*?^>{7} [^\n]*", re.DOTALL | re.MULTILINE)
"""The marks that git leaves (git-merge, how conflicts are presented)."""


class _Loader(yaml.CSafeLoader):
    """Composes without resolving: a plain scalar's meaning is decided in `_scalar`."""

    yaml_implicit_resolvers = {}  # PyYAML's own class attribute


def parse(path: Path, name: str) -> tuple[Mapping | None, list[Problem]]:
    """The tree of the file at `path`, which messages call `name`, and what is wrong with it.

    A file that cannot be read at all has no tree and at least one problem.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode("utf-8")
        mark = Mark(name, good.count("\n") + 1, len(good) - good.rfind("\n"))
        return None, [Problem(mark, "", "is not UTF-8 text: save the file as UTF-8")]
    except OSError as error:
        return None, [Problem(Mark(name), "", f"cannot be read: {error.strerror}")]
    return parse_text(text, name)


def parse_text(text: str, name: str) -> tuple[Mapping | None, list[Problem]]:
    """The tree of a file's text, which messages call `name`, and what is wrong with it."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        return None, _conflicts(text, name) or [_syntax_problem(error, text, name)]
    if root is None:
        return None, [Problem(Mark(name), "", "is empty: an environment file holds a map of keys")]
    reader = _Reader(name)
    tree = reader.read(root, "")
    if isinstance(tree, Mapping):
        return tree, reader.problems
    if not reader.problems:
        reader.problems.append(Problem(tree.mark, "", "must be a map of keys at the top"))
    return None, reader.problems


def _conflicts(text: str, name: str) -> list[Problem]:
    """What git has left to be decided, in order."""
    return [
        Problem(
            Mark(name, text.count("\n", 0, found.start()) + 1, 1),
            "",
            "a conflict of git is not resolved: of the lines from here to line"
            f" {text.count(chr(10), 0, found.end()) + 1} keep those that are right",
        )
        for found in _CONFLICT.finditer(text)
    ]


def _syntax_problem(error: yaml.YAMLError, text: str, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Problem(Mark(name), "", f"is not YAML: {' '.join(str(error).split())}")
    where = Mark(name, mark.line + 1, mark.column + 1)
    line = text.split("\n")[mark.line] if mark.line <= text.count("\n") else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem(where, "", "a tab cannot indent YAML: use spaces")
    problem = getattr(error, "problem", None) or "syntax error"
    if problem == "but found another document":
        return Problem(where, "", "a second document: an environment file holds one")
    context = getattr(error, "context", None)
    return Problem(where, "", f"is not YAML: {problem}" + (f" {context}" if context else ""))


class _Reader:
    """Turns PyYAML's nodes of one file into ours and gathers what is wrong on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._sizes: dict[int, int] = {}
        self._done: dict[int, Node] = {}

    def read(self, node: yaml.Node, path: str) -> Node:
        mark = self._mark(node)
        if id(node) in self._open:
            self._problem(mark, path, "an alias inside its own anchor has no end")
            return Scalar(mark, None, "")
        if id(node) in self._done:
            return self._done[id(node)]
        self._open.add(id(node))
        result = self._read(node, path, mark)
        self._open.discard(id(node))
        self._done[id(node)] = result
        return result

    def _read(self, node: yaml.Node, path: str, mark: Mark) -> Node:
        expected = (_STR,) if isinstance(node, yaml.ScalarNode) else _COLLECTIONS
        if node.tag not in expected:
            self._problem(mark, path, f"the tag {node.tag} is not supported: leave it out")
        if isinstance(node, yaml.ScalarNode):
            self._sizes[id(node)] = 1
            return self._scalar(node, path, mark)
        children = _children(node)
        result: Node
        if isinstance(node, yaml.MappingNode):
            result = self._mapping(node, path, mark)
        else:
            items = (self.read(item, f"{path}[{i}]") for i, item in enumerate(children))
            result = Sequence(mark, tuple(items))
        # Sizes add up over aliases, so a bomb is seen here before anything expands it.
        size = 1 + sum(self._sizes.get(id(child), 1) for child in children)
        self._sizes[id(node)] = size
        if size > MAX_VALUES and all(
            self._sizes.get(id(child), 1) <= MAX_VALUES for child in children
        ):
            self._problem(
                mark, path, f"holds more than {MAX_VALUES} values once its aliases are expanded"
            )
        return result if size <= MAX_VALUES else Scalar(mark, None, "")

    def _scalar(self, node: yaml.ScalarNode, path: str, mark: Mark) -> Scalar:
        text: str = node.value
        if node.style:  # quoted, or a block
            return Scalar(mark, text, text)
        if text in _CONSTANTS:
            return Scalar(mark, _CONSTANTS[text], text)
        if _INTEGER.fullmatch(text):
            if len(text) > _MAX_DIGITS:
                self._problem(mark, path, f"a number of more than {_MAX_DIGITS} digits")
                return Scalar(mark, 0, text)
            return Scalar(mark, int(text, 0 if text[:2] in ("0o", "0x") else 10), text)
        if _FLOAT.fullmatch(text):
            return Scalar(mark, float(text), text)
        return Scalar(mark, text, text)

    def _mapping(self, node: yaml.MappingNode, path: str, mark: Mark) -> Mapping:
        entries: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        inherited: list[Mapping] = []
        for key_node, value_node in node.value:
            key_mark = self._mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_mark, path, "a key must be a plain string")
                continue
            key = key_node.value
            where = f"{path}.{key}" if path else key
            value = self.read(value_node, where)
            if key == "<<" and key_node.style is None:
                inherited += self._merged(value, where)
            elif key in entries:
                self._problem(
                    key_mark, where, f"is there twice (first in line {keys[key].line}): keep one"
                )
            else:
                entries[key], keys[key] = value, key_mark
        for mapping in inherited:
            for key, value in mapping.entries.items():
                entries.setdefault(key, value)
                keys.setdefault(key, mapping.keys[key])
        return Mapping(mark, entries, keys)

    def _merged(self, value: Node, path: str) -> list[Mapping]:
        candidates = value.items if isinstance(value, Sequence) else (value,)
        if not all(isinstance(each, Mapping) for each in candidates):
            self._problem(value.mark, path, "must be a map, or a list of maps, to merge")
        return [each for each in candidates if isinstance(each, Mapping)]

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self.name, node.start_mark.line + 1, node.start_mark.column + 1)

    def _problem(self, mark: Mark, path: str, message: str) -> None:
        self.problems.append(Problem(mark, path, message))


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    return [part for pair in node.value for part in pair]
