"""What a change needs to be there, and what nobody runs any more."""

from __future__ import annotations

from collections.abc import Iterator

from synth.kit.references import makers, provided, references
from synth.review import words
from synth.review.comparison import Change
from synth.review.risks.surroundings import (
    CRD,
    Found,
    Surroundings,
    goes,
    image_names,
    registry,
)

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "KafkaNodePool"})


def secrets(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    if change.after is None or change.object.kind == CRD:
        return
    for each in sorted(references(change.after) - references(change.before or {})):
        if each.kind == "Secret" and not any(
            made[:2] == each[:2]
            for text in makers(each.name)
            for body in surroundings.holding(change.environment, text)
            for made in provided(body)
        ):
            yield (
                "DF030",
                f"it needs the Secret {each.name}, which nothing in git makes",
                f"see that {change.object.namespace or 'its namespace'} has it before this is merged",
            )


def images(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    if change.after is None or change.before is None or change.object.kind == CRD:
        return
    before = {registry(each) for each in image_names(change.before)}
    for image in sorted(image_names(change.after) - image_names(change.before)):
        host = registry(image)
        if host not in before and host not in surroundings.registries(change.environment):
            yield (
                "DF031",
                f"{image} comes from {host}, from where {change.environment} has no image yet",
                "see that its nodes reach it, and that it is meant to be trusted",
            )


def scaled(change: Change, _: Surroundings) -> Iterator[Found]:
    for each in change.fields:
        if (
            each.path == ("spec", "replicas")
            and each.after == 0
            and change.object.kind in _WORKLOADS
        ):
            yield "DF032", "it has no pod any more", "see that nobody needs it"
        elif each.path == ("spec", "suspend") and each.after is True:
            yield "DF032", "it is started no more", "see that nobody waits for its results"


def disruptions(change: Change, _: Surroundings) -> Iterator[Found]:
    if change.object.kind == "PodDisruptionBudget":
        if goes(change):
            yield (
                "DF033",
                "a drain of nodes may stop all pods at once",
                "keep it where anybody waits",
            )
        elif change.before and any(
            each.path[-1] in ("minAvailable", "maxUnavailable") for each in change.fields
        ):
            fields = [
                f"{each.path[-1]} {words.becomes(each.before, each.after)}"
                for each in change.fields
            ]
            yield "DF033", f"the budget changes: {words.some(fields)}", "see that enough pods stay"
