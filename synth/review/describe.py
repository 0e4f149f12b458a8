"""What a change means, in the reader's words: a sentence per thing that happens.

`_ROWS` has the fields that people talk about, by kind; `_WHOLE` the kinds that mean something only
as a whole. Everything else is named by its path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from synth.kit.objects import Body, Identity
from synth.review import words
from synth.review.comparison import FILE, KUSTOMIZATION, Change
from synth.review.permissions import in_words, permissions
from synth.review.upstream import release_of
from synth.review.values import ORDER, Field, Path

MOST_FIELDS = 8
"""So many fields of one object are named by their paths; of the rest there is a number."""

_SEND = re.compile(r"^(.*?)\s*([<>]=?)\s*([0-9.eE+-]+)\s*$", re.DOTALL)


class Sentence(NamedTuple):
    """`subject` is what it is about, in the words of whoever wrote it down."""

    subject: str
    says: str


_Says = Callable[[Field, Path, Change], str]
"""A field, the names at the pattern's stars, and the change it is part of → what it says; empty
where another field says it.
"""


class _Row(NamedTuple):
    kind: str
    pattern: str
    says: _Says
    subject: str = ""


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


def _row(change: Change, field: Field) -> tuple[_Row | None, Path]:
    for row in _ROWS:
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


# What rows say.


def _arrow(label: str, form: words.Form = words.plain) -> _Says:
    """`<label> old → new`, with the names at the stars in the label."""
    return lambda field, names, _: (
        f"{label.format(*names)} {words.becomes(field.before, field.after, form)}".strip()
    )


def _image(label: str) -> _Says:
    return lambda field, names, _: (
        f"{label.format(*names)} {words.image(field.before, field.after)}"
    )


def _whole(says: str) -> _Says:
    return lambda *_: says


def _silent(*_: object) -> str:
    return ""


def _entry(comes: str, goes: str, otherwise: _Says = _silent) -> _Says:
    """What comes and goes as a whole; anything else by another row."""

    def says(field: Field, names: Path, change: Change) -> str:
        if field.before is None:
            return comes.format(*names)
        if field.after is None:
            return goes.format(*names)
        return otherwise(field, names, change)

    return says


def _variant(field: Field, names: Path, _: Change) -> str:
    predictor = field.after or field.before
    version = (predictor.get("annotations") or {}).get("kfsynth/version")
    of = f" of version {version}" if version else ""
    if field.before is None:
        share = (
            "as a shadow" if predictor.get("shadow") else f"with {predictor.get('traffic', 0)} %"
        )
        return f"variant {names[0]}{of} comes in {share}"
    return f"variant {names[0]}{of} goes"


def _artifact(field: Field, names: Path, change: Change) -> str:
    version = ("annotations", "kfsynth/version")
    told = any(each.path[-2:] == version and each.path[2] == names[0] for each in change.fields)
    return "" if told else f"artifact of {names[0]} {words.becomes(field.before, field.after)}"


def _share(field: Field, names: Path, change: Change) -> str:
    """The share of a canary says what the others have; they are left out where there are two."""
    shares = [each for each in change.fields if each.path[-1] == "traffic"]
    canary = any(each.path[-2:] == ("canary", "traffic") for each in shares)
    if canary and len(shares) == 2 and names[0] != "canary":
        return ""
    return f"{names[0]} {words.becomes(field.before, field.after, words.percent)}"


def _expression(field: Field, names: Path, _: Change) -> str:
    old, new = (_SEND.match(str(each)) for each in (field.before, field.after))
    if old and new and old.group(1, 2) == new.group(1, 2):
        return f"alert {names[-1]}: threshold {old[2]} {old[3]} → {new[2]} {new[3]}"
    return f"alert {names[-1]}: another expression"


def _suspended(field: Field, *_: object) -> str:
    return "is suspended" if field.after else "runs again"


def _definition(field: Field, names: Path, change: Change) -> str:
    if _told(field, change):
        return ""
    same = sum(each.path[:3] == field.path[:3] for each in change.fields)
    return f"version {names[0]} differs in {same} {'place' if same == 1 else 'places'}"


def _told(field: Field, change: Change) -> bool:
    """Whether another field of the same version comes first."""
    return next(each for each in change.fields if each.path[:3] == field.path[:3]) is not field


def _served(field: Field, names: Path, _: Change) -> str:
    return f"version {names[0]} is {'served' if field.after else 'no longer served'}"


def _release(field: Field, *_: object) -> str:
    """Which release a kustomization is pinned to."""
    old, new = (release_of({"resources": each}) for each in (field.before, field.after))
    if old and new and old != new:
        return f"Kubeflow {old} → {new}"
    return f"resources {words.becomes(field.before, field.after)}"


def _hidden(field: Field, names: Path, _: Change) -> str:
    if None in (field.before, field.after):
        return f"{names[0]} {'is new' if field.before is None else 'goes'}"
    return f"{names[0]} is another"


def _bound(field: Field, _: Path, change: Change) -> str:
    role = change.body.get("roleRef", {}).get("name", "")
    return f"{_who(field.after or field.before)} {'gets' if field.after else 'loses'} {role}"


def _who(subject: Body) -> str:
    name = "/".join(str(subject[key]) for key in ("namespace", "name") if subject.get(key))
    return f"{subject.get('kind')} {name}"


def _destination(field: Field, *_: object) -> str:
    there = field.after or field.before
    what = f"namespace {there['namespace']}" if there.get("namespace") else "the cluster itself"
    return f"may {'no longer ' if field.after is None else ''}deploy to {what}"


def _owned(field: Field, names: Path, _: Change) -> str:
    *group, kind = names[-1].split("/")
    what = ".".join((kind, *group))
    return f"may own {what}" if field.before is None else f"may no longer own {what}"


_ROWS = (
    _Row("SeldonDeployment", "spec|predictors|*", _variant),
    _Row("SeldonDeployment", "spec|predictors|*|traffic", _share),
    _Row(
        "SeldonDeployment",
        "spec|predictors|*|annotations|kfsynth/version",
        _arrow("{0} version"),
    ),
    _Row("SeldonDeployment", "spec|predictors|*|annotations|**", _silent),
    _Row("SeldonDeployment", "spec|predictors|*|graph|modelUri", _artifact),
    _Row(
        "InferenceService", "spec|predictor|canaryTrafficPercent", _arrow("canary", words.percent)
    ),
    _Row("InferenceService", "spec|predictor|model|storageUri", _arrow("artifact")),
    _Row("Profile", "spec|resourceQuotaSpec|hard|*", _arrow("{0}"), "quota of {0}"),
    _Row("Profile", "spec|resourceQuotaSpec", _arrow(""), "quota of {0}"),
    _Row("Profile", "spec|owner|name", _arrow("owner")),
    _Row("CronWorkflow", "spec|schedule", _arrow("schedule", words.schedule)),
    _Row("CronWorkflow", "spec|schedules", _arrow("schedules")),
    _Row("CronWorkflow", "spec|suspend", _suspended),
    _Row("CronJob", "spec|schedule", _arrow("schedule", words.schedule)),
    _Row("CronJob", "spec|suspend", _suspended),
    _Row("KafkaTopic", "spec|partitions", _arrow("partitions")),
    _Row("KafkaTopic", "spec|config|retention.ms", _arrow("retention", words.milliseconds)),
    _Row("PrometheusRule", "spec|groups|*|rules|*", _entry("alert {1} is new", "alert {1} goes")),
    _Row("PrometheusRule", "spec|groups|*|rules|*|expr", _expression),
    _Row("PrometheusRule", "spec|groups|*|rules|*|for", _arrow("alert {1}: for")),
    _Row("PrometheusRule", "spec|groups|*|rules|*|annotations|**", _silent),
    _Row("AppProject", "spec|clusterResourceWhitelist|*", _owned),
    _Row("AppProject", "spec|namespaceResourceWhitelist|*", _owned),
    _Row(
        "AppProject",
        "spec|destinations|*",
        _destination,
    ),
    _Row("Application", "spec|source|targetRevision", _arrow("revision")),
    _Row("Application", "metadata|labels|app.kubernetes.io/version", _arrow("version")),
    _Row(
        "CustomResourceDefinition",
        "spec|versions|*",
        _entry("version {0} is new", "version {0} goes"),
    ),
    _Row("CustomResourceDefinition", "spec|versions|*|served", _served),
    _Row("CustomResourceDefinition", "spec|versions|*|**", _definition),
    _Row(KUSTOMIZATION, "resources", _release),
    _Row(KUSTOMIZATION, "patches|**", _whole("its patches differ")),
    _Row(KUSTOMIZATION, "patches", _whole("its patches differ")),
    _Row(KUSTOMIZATION, "images|**", _whole("its images differ")),
    _Row(KUSTOMIZATION, "images", _whole("its images differ")),
    _Row("Secret", "data|*", _hidden),
    _Row("Secret", "stringData|*", _hidden),
    _Row("RoleBinding", "subjects|*", _bound),
    _Row("ClusterRoleBinding", "subjects|*", _bound),
    _Row("ConfigMap", "data|*", _arrow("{0}")),
    _Row("", "**|initContainers|*|image", _image("image")),
    _Row("", "**|containers|*|image", _image("image")),
    _Row("", "**|container|image", _image("image")),
    _Row("", "**|image", _image("image")),
    _Row(
        "",
        "**|containers|*|env|*",
        _entry("environment variable {1} is new", "environment variable {1} goes"),
    ),
    _Row("", "**|containers|*|env|*|value", _arrow("environment variable {1}")),
    _Row("", "**|containers|*|resources|requests|*", _arrow("requests of {0}: {1}")),
    _Row("", "**|containers|*|resources|limits|*", _arrow("limits of {0}: {1}")),
    _Row("", "spec|replicas", _arrow("replicas")),
    _Row("", "spec|template|metadata|labels|*", _arrow("pod label {0}")),
    _Row("", "spec|template|metadata|annotations|*", _arrow("pod annotation {0}")),
    _Row("", "metadata|labels|*", _arrow("label {0}")),
    _Row("", "metadata|annotations|*", _arrow("annotation {0}")),
    _Row("", "apiVersion", _arrow("API version")),
)


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
    return words.some([f"{_who(each)} gets {role}" for each in body.get("subjects") or ()])


_TOLD: dict[str, Callable[[Body], str]] = {
    "SeldonDeployment": _variants,
    "CronWorkflow": _scheduled,
    "RoleBinding": _given,
    "ClusterRoleBinding": _given,
}
