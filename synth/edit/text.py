"""One value of a YAML file set or removed; every other character stays where it was.

PyYAML says where a value begins and ends, and the text between is exchanged. A library that writes
the whole document again would reformat what people wrote: spaces in `{a: 1}`, indentation, quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import yaml

from synth.edit.values import Value, block, inline, like

_ALIAS = re.compile(r"\s*:\s+\*[^\s,\]}]+")


class Entry(NamedTuple):
    """An entry of a list of named things."""

    name: str


Path = Sequence[str | Entry]
"""The way to a value: keys of maps, and entries of lists."""


class EditError(Exception):
    """The text cannot be changed without changing more than was asked for."""


def put(text: str, path: Path, value: Value) -> str:
    """The text with `value` at `path`; keys and named entries on the way are made.

    A map is laid over the one that is there: keys that `value` lacks go. Raises EditError.
    """
    document = _Document(text)
    node, rest = document.find(path)
    if rest:
        return document.insert(node, rest, value)
    if isinstance(value, dict) and value and isinstance(node, yaml.MappingNode):
        return _laid_over(text, path, node, value)
    return document.replace(node, value)


def remove(text: str, path: Path) -> str:
    """The text without what is at `path`, and without a list or map that would be left empty.

    What is not there is no mistake. Raises EditError.
    """
    document = _Document(text)
    node, rest = document.find(path)
    if rest:
        return text
    parent, _ = document.find(path[:-1])
    if len(path) > 1 and len(_children(parent)) == 1:
        return remove(text, path[:-1])
    return document.cut(parent, node)


def has(text: str, path: Path) -> bool:
    """Whether the text itself says something at `path`."""
    return not _Document(text).find(path)[1]


def shown(path: Path) -> str:
    """The way as messages write it: models.sentiment.variants."""
    return ".".join(part.name if isinstance(part, Entry) else part for part in path)


def _laid_over(text: str, path: Path, node: yaml.MappingNode, value: dict[str, Value]) -> str:
    kept = {*value, "name"} if isinstance(path[-1], Entry) else set(value)
    for name, each in value.items():
        text = put(text, [*path, name], each)
    # Only now: a map that is left empty on the way would go with its key.
    for key, _ in node.value:
        if key.value not in kept:
            text = remove(text, [*path, key.value])
    return text


class _Member(NamedTuple):
    """A key with its value, or an entry of a list: where its text begins and ends."""

    node: yaml.Node
    start: int
    end: int


class _Document:
    """A text and its nodes, as far as marks tell."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            # libyaml's marks do not count characters.
            self.root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise EditError(f"is not YAML: {error}") from error
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self._uses = _uses(self.root)

    def find(self, path: Path) -> tuple[yaml.Node, Path]:
        """The nearest node on the way to `path`, and what of the way is missing."""
        node = self.root
        if node is None:
            raise EditError("is empty")
        for index, part in enumerate(path):
            self._alone(node, path[:index])
            below = _below(node, part)
            if below is None:
                return node, path[index:]
            node = below
        self._alone(node, path)
        return node, ()

    def replace(self, node: yaml.Node, value: Value) -> str:
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        new = like(value, style)
        if style in ("|", ">"):
            new += self.newline
        return self._spliced(node.start_mark.index, self._end(node), new)

    def insert(self, node: yaml.Node, rest: Path, value: Value) -> str:
        """`value` at the way `rest` below a map or list that has nothing of it yet."""
        added = _nested(rest, value)
        if not isinstance(node, yaml.MappingNode if isinstance(added, dict) else yaml.SequenceNode):
            raise EditError(f"there is no map or list that {rest[0]!r} could stand in")
        if _in_line(node) or not node.value:
            return self._into_line(node, inline(added)[1:-1])
        column = node.start_mark.column
        lines = [" " * column + line for line in block(added)]
        end = self._line_end(self._end(node))
        return self._spliced(end, end, "".join(self.newline + line for line in lines))

    def cut(self, parent: yaml.Node, node: yaml.Node) -> str:
        """The text without one of several members of `parent`."""
        members = self._members(parent)
        index = next(i for i, member in enumerate(members) if member.node is node)
        member = members[index]
        if _in_line(parent):
            if index:
                return self._spliced(members[index - 1].end, member.end, "")
            return self._spliced(member.start, members[1].start, "")
        line = self.text.rfind("\n", 0, member.start) + 1
        if self.text[line : member.start].strip(" -"):
            raise EditError("shares its line with something else")
        if isinstance(parent, yaml.MappingNode) and self.text[line : member.start].strip():
            # The first key of a list's entry stands behind its dash.
            return self._spliced(member.start, members[index + 1].start, "")
        end = self._line_end(member.end)
        return self._spliced(line, min(end + len(self.newline), len(self.text)), "")

    def _into_line(self, node: yaml.CollectionNode, added: str) -> str:
        if not node.value:
            start, end = node.start_mark.index, node.end_mark.index
            return self._spliced(start + 1, end - 1, added)
        end = self._members(node)[-1].end
        return self._spliced(end, end, f", {added}")

    def _members(self, node: yaml.Node) -> list[_Member]:
        if isinstance(node, yaml.MappingNode):
            return [
                _Member(value, key.start_mark.index, self._value_end(key, value))
                for key, value in node.value
            ]
        members: list[_Member] = []
        start = node.start_mark.index
        for item in _children(node):
            if item.start_mark.index < start:
                raise EditError("a list with an alias in it is edited by hand")
            start = self._end(item)
            members.append(_Member(item, item.start_mark.index, start))
        return members

    def _value_end(self, key: yaml.Node, value: yaml.Node) -> int:
        """Where a key's value ends; an alias has the marks of what it stands for."""
        if value.start_mark.index >= key.end_mark.index:
            return self._end(value)
        alias = _ALIAS.match(self.text, key.end_mark.index)
        if alias is None:
            raise EditError(f"{key.value} is an alias that is edited by hand")
        return alias.end()

    def _end(self, node: yaml.Node) -> int:
        """Where a value's own text ends; a block's mark lies before whatever comes next."""
        if _children(node) and not _in_line(node):
            return self._members(node)[-1].end
        return int(node.end_mark.index)

    def _spliced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def _line_end(self, index: int) -> int:
        """Where the line that ends a value itself ends; a comment behind the value is part of it."""
        if self.text[index - 1 : index] == "\n":  # a block scalar takes its line break with it
            return index - len(self.newline)
        end = self.text.find("\n", index)
        end = len(self.text) if end < 0 else end
        return end - 1 if self.text[end - 1 : end] == "\r" else end

    def _alone(self, node: yaml.Node, path: Path) -> None:
        if self._uses[id(node)] > 1:
            raise EditError(f"{shown(path)} is shared by an alias: write it out where it is meant")


def _nested(path: Path, value: Value) -> Value:
    for part in reversed(path):
        if isinstance(part, Entry):
            value = [{"name": part.name, **(value if isinstance(value, dict) else {})}]
        else:
            value = {part: value}
    return value


def _below(node: yaml.Node, part: str | Entry) -> yaml.Node | None:
    if isinstance(part, Entry):
        items = node.value if isinstance(node, yaml.SequenceNode) else ()
        return next((item for item in items if _name(item) == part.name), None)
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    return None


def _name(node: yaml.Node) -> str | None:
    name = _below(node, "name")
    return name.value if isinstance(name, yaml.ScalarNode) else None


def _children(node: yaml.Node) -> list[yaml.Node]:
    """The values of a map, or the items of a list."""
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _in_line(node: yaml.Node) -> bool:
    """Whether a map or list is written with brackets."""
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _uses(root: yaml.Node | None) -> Counter[int]:
    """How often each node is a member of another; an alias is the node that it stands for."""
    uses: Counter[int] = Counter()
    waiting = [root] if root else []
    while waiting:
        for child in _children(waiting.pop()):
            uses[id(child)] += 1
            if uses[id(child)] == 1:
                waiting.append(child)
    return uses
