"""What a field that people talk about says when it changes, by kind and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from synth.kit.rbac import who
from synth.review import words
from synth.review.comparison import KUSTOMIZATION, Change
from synth.review.upstream import release_of
from synth.review.values import Field, Path

_COMPARISON = re.compile(r"^(.*?)\s*([<>]=?)\s*([0-9.eE+-]+)\s*$", re.DOTALL)

Says = Callable[[Field, Path, Change], str]
"""A field, the names at the pattern's stars, and the change it is part of → what it says; empty
where another field says it.
"""


class Row(NamedTuple):
    """The fields of a kind, of every kind where it is empty, whose path fits the pattern: names with
    `|` between them, `*` for any; `**` in front stands for any beginning, behind for any end. A
    `subject` is what the sentence is about, where it is not the object itself.
    """

    kind: str
    pattern: str
    says: Says
    subject: str = ""


def _arrow(label: str, form: words.Form = words.plain) -> Says:
    """`<label> old → new`, with the names at the stars in the label."""
    return lambda field, names, _: (
        f"{label.format(*names)} {words.becomes(field.before, field.after, form)}".strip()
    )


def _image(label: str) -> Says:
    return lambda field, names, _: (
        f"{label.format(*names)} {words.image(field.before, field.after)}"
    )


def _whole(says: str) -> Says:
    return lambda *_: says


def _silent(*_: object) -> str:
    return ""


def _entry(comes: str, goes: str, otherwise: Says = _silent) -> Says:
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
    old, new = (_COMPARISON.match(str(each)) for each in (field.before, field.after))
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
    return f"{who(field.after or field.before)} {'gets' if field.after else 'loses'} {role}"


def _destination(field: Field, *_: object) -> str:
    there = field.after or field.before
    what = f"namespace {there['namespace']}" if there.get("namespace") else "the cluster itself"
    return f"may {'no longer ' if field.after is None else ''}deploy to {what}"


def _owned(field: Field, names: Path, _: Change) -> str:
    *group, kind = names[-1].split("/")
    what = ".".join((kind, *group))
    return f"may own {what}" if field.before is None else f"may no longer own {what}"


ROWS = (
    Row("SeldonDeployment", "spec|predictors|*", _variant),
    Row("SeldonDeployment", "spec|predictors|*|traffic", _share),
    Row(
        "SeldonDeployment",
        "spec|predictors|*|annotations|kfsynth/version",
        _arrow("{0} version"),
    ),
    Row("SeldonDeployment", "spec|predictors|*|annotations|**", _silent),
    Row("SeldonDeployment", "spec|predictors|*|graph|modelUri", _artifact),
    Row("InferenceService", "spec|predictor|canaryTrafficPercent", _arrow("canary", words.percent)),
    Row("InferenceService", "spec|predictor|model|storageUri", _arrow("artifact")),
    Row("Profile", "spec|resourceQuotaSpec|hard|*", _arrow("{0}"), "quota of {0}"),
    Row("Profile", "spec|resourceQuotaSpec", _arrow(""), "quota of {0}"),
    Row("Profile", "spec|owner|name", _arrow("owner")),
    Row("CronWorkflow", "spec|schedule", _arrow("schedule", words.schedule)),
    Row("CronWorkflow", "spec|schedules", _arrow("schedules")),
    Row("CronWorkflow", "spec|suspend", _suspended),
    Row("CronJob", "spec|schedule", _arrow("schedule", words.schedule)),
    Row("CronJob", "spec|suspend", _suspended),
    Row("KafkaTopic", "spec|partitions", _arrow("partitions")),
    Row("KafkaTopic", "spec|config|retention.ms", _arrow("retention", words.milliseconds)),
    Row("PrometheusRule", "spec|groups|*|rules|*", _entry("alert {1} is new", "alert {1} goes")),
    Row("PrometheusRule", "spec|groups|*|rules|*|expr", _expression),
    Row("PrometheusRule", "spec|groups|*|rules|*|for", _arrow("alert {1}: for")),
    Row("PrometheusRule", "spec|groups|*|rules|*|annotations|**", _silent),
    Row("AppProject", "spec|clusterResourceWhitelist|*", _owned),
    Row("AppProject", "spec|namespaceResourceWhitelist|*", _owned),
    Row(
        "AppProject",
        "spec|destinations|*",
        _destination,
    ),
    Row("Application", "spec|source|targetRevision", _arrow("revision")),
    Row("Application", "metadata|labels|app.kubernetes.io/version", _arrow("version")),
    Row(
        "CustomResourceDefinition",
        "spec|versions|*",
        _entry("version {0} is new", "version {0} goes"),
    ),
    Row("CustomResourceDefinition", "spec|versions|*|served", _served),
    Row("CustomResourceDefinition", "spec|versions|*|**", _definition),
    Row(KUSTOMIZATION, "resources", _release),
    Row(KUSTOMIZATION, "patches|**", _whole("its patches differ")),
    Row(KUSTOMIZATION, "patches", _whole("its patches differ")),
    Row(KUSTOMIZATION, "images|**", _whole("its images differ")),
    Row(KUSTOMIZATION, "images", _whole("its images differ")),
    Row("Secret", "data|*", _hidden),
    Row("Secret", "stringData|*", _hidden),
    Row("RoleBinding", "subjects|*", _bound),
    Row("ClusterRoleBinding", "subjects|*", _bound),
    Row("ConfigMap", "data|*", _arrow("{0}")),
    Row("", "**|initContainers|*|image", _image("image")),
    Row("", "**|containers|*|image", _image("image")),
    Row("", "**|container|image", _image("image")),
    Row("", "**|image", _image("image")),
    Row(
        "",
        "**|containers|*|env|*",
        _entry("environment variable {1} is new", "environment variable {1} goes"),
    ),
    Row("", "**|containers|*|env|*|value", _arrow("environment variable {1}")),
    Row("", "**|containers|*|resources|requests|*", _arrow("requests of {0}: {1}")),
    Row("", "**|containers|*|resources|limits|*", _arrow("limits of {0}: {1}")),
    Row("", "spec|replicas", _arrow("replicas")),
    Row("", "spec|template|metadata|labels|*", _arrow("pod label {0}")),
    Row("", "spec|template|metadata|annotations|*", _arrow("pod annotation {0}")),
    Row("", "metadata|labels|*", _arrow("label {0}")),
    Row("", "metadata|annotations|*", _arrow("annotation {0}")),
    Row("", "apiVersion", _arrow("API version")),
)
"""The first that fits counts."""
