"""What changes between two states of `dist/` and `argocd/`, object by object.

A side is every file by its path below the repository. Files with the same bytes on both sides are
never parsed, so that the work grows with the change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from synth.kit.application import PARTIAL
from synth.kit.names import without_hash
from synth.kit.objects import Body, Identity, identity
from synth.render.documents import load_all
from synth.render.emit import RECORD
from synth.review.upstream import inside
from synth.review.values import Field, differences

Side = Mapping[str, bytes]
"""`dist/prod/models/nlp/…yaml` and `argocd/prod/argocd/…yaml`, with their content."""

FILE = "File"
"""The kind of what is no object: a kustomization's own files, such as a copied overlay."""
KUSTOMIZATION = "Kustomization"
SETTINGS = "settings"
"""The application of what all environments of one Argo CD share; its environment is empty."""

_OF_ONE_NAME = frozenset(
    {KUSTOMIZATION, "Application", "AppProject", "CustomResourceDefinition", "Namespace"}
)
"""Kinds whose objects are what they are called: another name is another thing."""

What = Literal["added", "removed", "changed", "moved", "renamed"]

_ALIKE = 0.6
"""Two objects that share this much of what they say are one with another name."""
_MOST_PAIRS = 2_500
"""Of more pairs nobody is looked for: so much comes and goes that a rename says nothing."""


class Place(NamedTuple):
    """Where a file belongs."""

    environment: str
    application: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one object. `former` is what it was called, and where it lay, before a
    rename or a move; bodies are None where it is not there, fields empty where it comes or goes.
    """

    environment: str
    application: str
    what: What
    object: Identity
    before: Body | None
    after: Body | None
    fields: tuple[Field, ...] = ()
    former: tuple[str, Identity] | None = None

    @property
    def body(self) -> Body:
        """The object as it will be, or as it was where it goes."""
        body = self.after if self.after is not None else self.before
        assert body is not None, "one of the two is there"
        return body


class _Known(NamedTuple):
    """An object where it lies; `partial` where only a part of it is known."""

    place: Place
    body: Body
    partial: bool = False


_Objects = dict[tuple[str, Identity], _Known]


def place_of(path: str) -> Place:
    """The environment and the application that a file belongs to."""
    top, environment, *rest = path.split("/")
    if top == "dist":
        return Place(environment, rest[0] if len(rest) > 1 else "")
    return Place("", SETTINGS) if environment == "settings" else Place(environment, "argocd")


def compare(before: Side, after: Side) -> list[Change]:
    """Every object that comes, goes, moves or differs, in the order of environments, applications
    and identities.
    """
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    reader = _Reader()
    old, new = reader.objects(before, paths), reader.objects(after, paths)
    changes = [
        change
        for key in {*old, *new}
        for change in _change(key, old.get(key), new.get(key), reader.differences)
    ]
    return sorted(_renamed(changes), key=lambda c: (c.environment, c.application, c.object))


class _Reader:
    """Parses and compares what several environments have alike only once."""

    def __init__(self) -> None:
        self._documents: dict[bytes, list[Body]] = {}
        self._differences: dict[tuple[int, int], tuple[Field, ...]] = {}

    def objects(self, side: Side, paths: Iterable[str]) -> _Objects:
        """The objects in those of the files that a side has."""
        found: _Objects = {}
        for path in paths:
            if path in side and path.rpartition("/")[2] != RECORD:
                place = place_of(path)
                for body in self._bodies(path, side[path]):
                    found[place.environment, identity(body)] = _Known(place, body)
                    if body["kind"] == KUSTOMIZATION:
                        for part in inside(body):
                            key = (place.environment, identity(part))
                            found.setdefault(key, _Known(place, part, partial=True))
        return found

    def differences(self, before: Body, after: Body) -> tuple[Field, ...]:
        """How two bodies that this reader has read differ."""
        key = (id(before), id(after))
        if key not in self._differences:
            self._differences[key] = tuple(differences(before, after))
        return self._differences[key]

    def _bodies(self, path: str, content: bytes) -> Iterator[Body]:
        if path.endswith(".yaml") and not {*path.split("/")[3:4]} & PARTIAL:
            if content not in self._documents:
                self._documents[content] = _documents(content)
            documents = self._documents[content]
            if documents and all(map(_is_object, documents)):
                yield from documents
                return
            if len(documents) == 1 and documents[0].get("kind") == KUSTOMIZATION:
                yield {**documents[0], "metadata": {"name": place_of(path).application}}
                return
        yield _file(path, content)


def _documents(content: bytes) -> list[Body]:
    try:
        return load_all(content.decode())
    except ValueError:  # what somebody committed, and no YAML
        return []


def _is_object(document: Any) -> bool:
    try:
        return bool(identity(document).name)
    except (KeyError, TypeError, AttributeError):
        return False


def _file(path: str, content: bytes) -> Body:
    text = content.decode(errors="replace")
    name = "/".join(path.split("/")[2:])
    return {"apiVersion": "", "kind": FILE, "metadata": {"name": name}, "content": text}


def _change(
    key: tuple[str, Identity],
    old: _Known | None,
    new: _Known | None,
    compared: Callable[[Body, Body], tuple[Field, ...]],
) -> Iterator[Change]:
    environment, this = key
    if this.kind == "Secret":
        old, new = _hidden(old, new, "before"), _hidden(new, old, "after")
        compared = _afresh
    if old is None or new is None:
        there = new or old
        assert there, "one of the two is there"
        yield Change(
            environment,
            there.place.application,
            "added" if new else "removed",
            this,
            old.body if old else None,
            new.body if new else None,
        )
        return
    # Of what is known in part on one side only, nothing can be told.
    fields = compared(old.body, new.body) if old.partial == new.partial else ()
    moved = old.place != new.place
    if moved or fields:
        yield Change(
            environment,
            new.place.application,
            "moved" if moved else "changed",
            this,
            old.body,
            new.body,
            fields,
            (old.place.application, this) if moved else None,
        )


def _afresh(before: Body, after: Body) -> tuple[Field, ...]:
    return tuple(differences(before, after))


def _hidden(known: _Known | None, other: _Known | None, when: str) -> _Known | None:
    """A Secret without its values, which are not for everybody who reads a review."""
    if known is None:
        return None
    body = dict(known.body)
    for key in body.keys() & {"data", "stringData"}:
        there = (other.body.get(key) if other else None) or {}
        body[key] = {
            name: "hidden" if value == there.get(name) else f"hidden, {when}"
            for name, value in (body[key] or {}).items()
        }
    return known._replace(body=body)


def _renamed(changes: list[Change]) -> list[Change]:
    """The changes, with what goes and comes back under another name as one."""
    gone: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    come: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in changes:
        this = change.object
        group = (change.environment, change.application, this.group, this.kind, this.namespace)
        if change.what in ("added", "removed") and this.kind not in _OF_ONE_NAME:
            (gone if change.what == "removed" else come)[group].append(change)
    pairs = [pair for group, old in gone.items() for pair in _pairs(old, come.get(group, []))]
    paired = {id(change) for pair in pairs for change in pair}
    return [*(c for c in changes if id(c) not in paired), *(_rename(*pair) for pair in pairs)]


def _pairs(gone: list[Change], come: list[Change]) -> Iterator[tuple[Change, Change]]:
    """Who became whom, the surest first."""
    if len(gone) * len(come) > _MOST_PAIRS:
        return
    ranked = sorted(
        ((_likeness(old, new), old.object, new.object, old, new) for old in gone for new in come),
        key=lambda row: (-row[0], row[1], row[2]),
    )
    taken: set[Identity] = set()
    for likeness, before, after, old, new in ranked:
        if likeness >= _ALIKE and not {before, after} & taken:
            taken |= {before, after}
            yield old, new


def _likeness(old: Change, new: Change) -> float:
    """How much two objects share of what they say beside their names, from 0 to 1."""
    if old.object.kind == FILE:
        return float(old.body["content"] == new.body["content"])
    if without_hash(old.object.name) == without_hash(new.object.name):
        return 1.0  # Kustomize's hash of the content
    ours = _leaves(old.body, old.object.name)
    theirs = _leaves(new.body, new.object.name)
    # What every object of a kind has says nothing.
    return len(ours & theirs) / max(len(ours | theirs), 4)


def _leaves(value: Any, name: str, path: str = "") -> set[tuple[str, str]]:
    """Every value with its path, whatever the object is called."""
    if isinstance(value, dict):
        items = ((key, item) for key, item in value.items() if (path, key) not in _EVERYBODYS)
    elif isinstance(value, list):
        items = ((str(place), item) for place, item in enumerate(value))
    else:
        return {(path, str(value).replace(name, "\0"))}
    return {leaf for key, item in items for leaf in _leaves(item, name, f"{path}/{key}")}


_EVERYBODYS = {("", "apiVersion"), ("", "kind"), ("/metadata", "name"), ("/metadata", "namespace")}


def _rename(old: Change, new: Change) -> Change:
    names = (old.object.name, new.object.name)
    fields = differences(old.before, new.after)
    return Change(
        new.environment,
        new.application,
        "renamed",
        new.object,
        old.before,
        new.after,
        tuple(field for field in fields if not _says_the_name(field, *names)),
        (old.application, old.object),
    )


def _says_the_name(field: Field, old: str, new: str) -> bool:
    """Whether a difference only follows from the new name."""
    both = isinstance(field.before, str) and isinstance(field.after, str)
    return both and field.before.replace(old, new) == field.after
