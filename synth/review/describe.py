"""What a change means, in the reader's words: a sentence per thing that happens.

`ROWS` has the fields that people talk about, by kind; `_WHOLE` the kinds that mean something only
as a whole. Everything else is named by its path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from synth.kit.objects import Body, Identity
from synth.kit.rbac import in_words, permissions, who
from synth.review import words
from synth.review.comparison import FILE, KUSTOMIZATION, Change
from synth.review.phrases import ROWS, Row
from synth.review.values import ORDER, Field, Path

MOST_FIELDS = 8
"""So many fields of one object are named by their paths; of the rest there is a number."""


class Sentence(NamedTuple):
    """`subject` is what it is about, in the words of whoever wrote it down."""

    subject: str
    says: str


def subject(change: Change) -> str:
    """What people call an object."""
    former = change.former if change.what == "renamed" else None
    return _called(former[1] if former else change.object, change.environment)


def sentences(change: Change) -> Iterator[Sentence]:
    """Everything that happens to an object, the most telling first."""
    about = subject(change)
    if change.what in ("added", "removed"):
        yield Sentence(about, _arrival(change))
        return
    assert change.what == "changed" or change.former, "it was elsewhere"
    if change.what == "moved" and change.former:
        yield Sentence(about, f"moves from {change.former[0]} to {change.application}")
    if change.what == "renamed" and change.former:
        yield Sentence(about, f"is renamed to {change.object.name}")
    whole = _WHOLE.get(change.object.kind)
    if whole:
        yield from (Sentence(about, says) for says in whole(change))
        return
    yield from _fields(change, about)


def _fields(change: Change, about: str) -> Iterator[Sentence]:
    said: list[Sentence] = []
    rest: list[str] = []
    for field in change.fields:
        row, names = _row(change, field)
        if row is None:
            rest.append(f"{_path(field.path)} {_becomes(field)}")
        else:
            says = row.says(field, names, change)
            name = row.subject.format(change.object.name) if row.subject else about
            if says and Sentence(name, says) not in said:
                said.append(Sentence(name, says))
    yield from said
    yield from (Sentence(about, says) for says in rest[:MOST_FIELDS])
    if len(rest) > MOST_FIELDS:
        yield Sentence(about, f"{len(rest) - MOST_FIELDS} fields more")


def _row(change: Change, field: Field) -> tuple[Row | None, Path]:
    for row in ROWS:
        if row.kind in ("", change.object.kind):
            names = _matched(row.pattern.split("|"), field.path)
            if names is not None:
                return row, names
    return None, ()


def _matched(pattern: Sequence[str], path: Path) -> Path | None:
    """What stands at the stars; `**` in front stands for any beginning, behind for any end."""
    if pattern[0] == "**":
        pattern = pattern[1:]
        path = path[len(path) - len(pattern) :] if len(path) >= len(pattern) else ()
    if pattern[-1] == "**":
        pattern = pattern[:-1]
        path = path[: len(pattern)]
    if len(pattern) != len(path):
        return None
    if any(part not in ("*", name) for part, name in zip(pattern, path, strict=True)):
        return None
    return tuple(name for part, name in zip(pattern, path, strict=True) if part == "*")


def _path(path: Path) -> str:
    """A path as people write it, without what every object has."""
    if len(path) > 1 and path[0] == "spec":
        path = path[1:]
    if path[:2] == ("template", "spec") and len(path) > 2:
        path = path[2:]
    if path[0] in ("containers", "initContainers") and len(path) > 2:
        return f"{path[1]}: {_path(path[2:])}"
    return f"order of {'.'.join(path[:-1])}" if path[-1] == ORDER else ".".join(path)


def _becomes(field: Field) -> str:
    there = field.before if field.after is None else field.after
    if None in (field.before, field.after) and isinstance(there, (dict, list)):
        return "goes" if field.after is None else f"is new: {words.plain(there)}"
    return words.becomes(field.before, field.after)


# Kinds that mean something only as a whole.


def _rights(change: Change) -> Iterator[str]:
    before, after = permissions(change.before or {}), permissions(change.after or {})
    covered = {each for each in before if each._replace(verb="*") in after}
    for label, rights in (
        ("may now", after - before),
        ("may no longer", before - after - covered),
    ):
        if rights:
            yield f"{label} {in_words(rights)}"
    for field in change.fields:
        if field.path[0] != "rules":
            yield f"{_path(field.path)} {_becomes(field)}"


def _file(change: Change) -> Iterator[str]:
    if change.fields:
        before, after = (str(body["content"]) for body in (change.before, change.after) if body)
        yield words.lines(before, after)


_WHOLE = {"Role": _rights, "ClusterRole": _rights, FILE: _file}


# Names.

_CALLED = {
    "SeldonDeployment": "{name}",
    "InferenceService": "{name}",
    "Profile": "team {name}",
    "CronWorkflow": "{name}",
    "Application": "application {name}",
    "AppProject": "Argo CD's project {name}",
    "CustomResourceDefinition": "CRD {name}",
    KUSTOMIZATION: "{name}",
    FILE: "file {name}",
    "KafkaTopic": "topic {name}",
    "KafkaSource": "source {name}",
    "WorkflowTemplate": "workflow {name}",
    "PrometheusRule": "alerts of {name}",
}


def _called(this: Identity, environment: str) -> str:
    form = _CALLED.get(this.kind)
    if form:
        own = this.kind in ("Application", "AppProject")
        name = f"-{this.name}".removeprefix(f"-{environment}").strip("-") if own else this.name
        return form.format(name=name).rstrip()
    return (
        f"{this.kind} {this.namespace}/{this.name}"
        if this.namespace
        else f"{this.kind} {this.name}"
    )


def _arrival(change: Change) -> str:
    comes = "comes" if change.what == "added" else "goes"
    told = _TOLD.get(change.object.kind)
    more = told(change.body) if told else ""
    return f"{comes}: {more}" if more else comes


def _variants(body: Body) -> str:
    return ", ".join(
        f"{each['name']} at {each['traffic']} %"
        for each in body.get("spec", {}).get("predictors", ())
        if "traffic" in each
    )


def _scheduled(body: Body) -> str:
    spec = body.get("spec", {})
    return ", ".join(words.schedule(each) for each in spec.get("schedules", [spec.get("schedule")]))


def _given(body: Body) -> str:
    role = body.get("roleRef", {}).get("name", "")
    return words.some([f"{who(each)} gets {role}" for each in body.get("subjects") or ()])


_TOLD: dict[str, Callable[[Body], str]] = {
    "SeldonDeployment": _variants,
    "CronWorkflow": _scheduled,
    "RoleBinding": _given,
    "ClusterRoleBinding": _given,
}
