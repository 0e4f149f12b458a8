"""What goes, and what cannot be changed in place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from synth.catalog.upgrades import obstacles
from synth.kit.application import VERSION_LABEL, application_name
from synth.kit.objects import Body, Identity
from synth.kit.protection import HOLDS_DATA
from synth.kit.references import Named, provided, references
from synth.review import words
from synth.review.comparison import Change
from synth.review.describe import subject
from synth.review.immutable import delete, refused
from synth.review.risks.kinds import Risk
from synth.review.risks.surroundings import (
    CRD,
    Found,
    Surroundings,
    goes,
    stays_behind,
)

_MANY = 10
"""So many objects of an application that go at once are many."""


def immutable(change: Change, _: Surroundings) -> Iterator[Found]:
    if change.what not in ("changed", "moved"):
        return
    for each in change.fields:
        row = refused(change.object, change.body, each)
        if row:
            yield (
                "DF001",
                f"{'.'.join(row.path)} cannot be changed in place, and the sync would fail",
                row.way_out.format(delete=delete(change.object)),
            )


def holds_data(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    this = change.object
    if not goes(change) or stays_behind(change, surroundings):
        return
    if this.kind == CRD:
        yield (
            "DF003",
            "with a CRD the API server deletes every object of its kind",
            "see that nobody has such objects, then delete it by hand: Argo CD leaves it",
        )
    elif (this.group, this.kind) in HOLDS_DATA:
        yield (
            "DF002",
            "it holds data; Argo CD leaves it in the cluster, and nobody looks after it any more",
            f"save what is needed, then delete it by hand: `{delete(_former(change))}`",
        )
    elif this.kind == "StatefulSet":
        yield (
            "DF002",
            "Argo CD deletes it; the volumes that it claimed stay, unless it says otherwise",
            "save what is needed before this is merged",
        )


def versions(change: Change, _: Surroundings) -> Iterator[Found]:
    if change.object.kind != CRD or not (change.before and change.after):
        return
    for version in sorted(_served(change.before) - _served(change.after)):
        yield (
            "DF004",
            f"{version} is served no longer: objects and clients that use it fail",
            "carry them over to a version that stays, and the stored ones too "
            "(status.storedVersions), before this is merged",
        )


def _served(crd: Body) -> set[str]:
    versions: Iterable[Mapping[str, Any]] = crd.get("spec", {}).get("versions") or ()
    return {str(each.get("name")) for each in versions if each.get("served")}


def used(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    if not goes(change) or not change.before:
        return
    for gone in provided(change.before):
        users = sorted(
            f"{body['kind']} {body['metadata']['name']}"
            for body in surroundings.holding(change.environment, gone.name)
            if _needs(body, gone)
        )
        if users:
            yield (
                "DF005",
                f"{gone.kind} {gone.name} is used by {words.some(users, 3)}",
                "keep it, or have them use another first",
            )


def _needs(body: Body, gone: Named) -> bool:
    own = body.get("metadata", {}).get("namespace", "")
    return any(
        each[:2] == gone[:2] and gone.namespace in ("", each.namespace or own)
        for each in references(body)
    )


def _former(change: Change) -> Identity:
    return change.former[1] if change.former else change.object


def together(changes: Sequence[Change], surroundings: Surroundings) -> Iterator[Risk]:
    gone: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        if goes(change) and change.environment:
            gone[change.environment, change.application].append(change)
        if change.object.kind == "Application" and change.what == "changed":
            yield from _elsewhere(change)
            yield from _upgrade(change)
    for (environment, application), these in gone.items():
        if stays_behind(these[0], surroundings):
            yield Risk(
                "DF008", environment, application, None, f"application {application}",
                "its Application goes, and leaves everything that it had in the cluster",
                "an entry of `retired:` has Argo CD remove it: README.md, Argo CD",
            )  # fmt: skip
        elif len(these) >= _MANY:
            yield Risk(
                "DF006", environment, application, None, f"application {application}",
                f"Argo CD removes {len(these)} objects",
                "see that none of them is meant to stay",
            )  # fmt: skip


def _elsewhere(change: Change) -> Iterator[Risk]:
    for each in change.fields:
        if each.path[:2] == ("spec", "destination"):
            yield Risk(
                "DF007", change.environment, change.application, change.object, subject(change),
                f"{each.path[-1]} {words.becomes(each.before, each.after)}",
                "what runs now stays where it is: move its data, then delete it by hand",
            )  # fmt: skip


def _upgrade(change: Change) -> Iterator[Risk]:
    """What is known not to go by itself on the way to another release of Kubeflow."""
    for each in change.fields:
        if each.path == ("metadata", "labels", VERSION_LABEL) and each.before and each.after:
            for obstacle in obstacles(each.before, each.after):
                name = application_name(change.environment, f"kubeflow-{obstacle.component}")
                if name == change.object.name:
                    yield Risk(
                        "DF009", change.environment, change.application, change.object,
                        subject(change), obstacle.what,
                        f"once this is merged: {'; '.join(map(_code, obstacle.commands))}",
                    )  # fmt: skip


def _code(command: str) -> str:
    return f"`{command}`"
