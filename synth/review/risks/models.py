"""What a change does to whoever asks a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from synth.kit.objects import Body
from synth.review.comparison import Change
from synth.review.risks.surroundings import (
    CRD,
    Found,
    Surroundings,
    image_names,
)

_ALERTS = frozenset({"PrometheusRule", "GrafanaAlertRuleGroup"})


class Rollout(NamedTuple):
    """A version, in words, that gets more of a model's traffic than it had, in percent."""

    version: str
    before: int
    after: int


def rollouts(change: Change) -> Iterator[Rollout]:
    """Every version beside the stable one that gets more traffic."""
    if change.object.kind == "InferenceService" and change.before and change.after:
        old, new = (_canary_percent(body) for body in (change.before, change.after))
        if new > old:
            yield Rollout("the canary", old, new)
    if change.object.kind != "SeldonDeployment" or not (change.before and change.after):
        return
    before, after = _shares(change.before), _shares(change.after)
    stable = max(before, key=lambda version: before[version], default="")
    for version, share in after.items():
        if version != stable and share > before.get(version, 0):
            yield Rollout(f"version {version}", before.get(version, 0), share)


def _canary_percent(body: Body) -> int:
    return int(body.get("spec", {}).get("predictor", {}).get("canaryTrafficPercent") or 0)


def _shares(body: Body) -> dict[str, int]:
    shares: dict[str, int] = {}
    for each in body.get("spec", {}).get("predictors", ()):
        if not each.get("shadow"):
            version = (each.get("annotations") or {}).get("kfsynth/version", each["name"])
            shares[version] = shares.get(version, 0) + int(each.get("traffic") or 0)
    return shares


def unwatched(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    name, namespace = change.object.name, change.object.namespace
    for rollout in rollouts(change):
        watched = any(
            body["kind"] in _ALERTS and body["metadata"].get("namespace") == namespace
            for body in surroundings.holding(change.environment, f'"{name}"')
        )
        if not watched:
            yield (
                "DF020",
                f"{rollout.version} gets {rollout.after} % of the traffic, and no alert "
                "watches this model",
                f"give models.{name} objectives, and the environment observability",
            )


def steps(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    environment = surroundings.environments.get(change.environment)
    if environment is None:
        return
    policy = environment.policy.promotion
    for version, before, after in rollouts(change):
        allowed = next((step for step in policy.steps if step > before), 100)
        if not before:
            allowed = policy.max_canary
        if after > allowed:
            yield (
                "DF021",
                f"{version} goes from {before} % to {after} %, and "
                f"policy.promotion allows {allowed} %",
                f"go to {allowed} % first",
            )


def unseen(change: Change, surroundings: Surroundings) -> Iterator[Found]:
    order = surroundings.order
    place = order.index(change.environment) if change.environment in order else 0
    if not place or change.after is None or change.object.kind == CRD:
        return
    earlier = order[place - 1]
    for text in sorted(_programs(change.after) - _programs(change.before)):
        if not surroundings.ran(earlier, text):
            yield "DF022", f"{earlier} has not run {text}", f"let it go through {earlier} first"


def _programs(body: Body | None) -> set[str]:
    """What runs in an object: its images, and the artifacts of a model."""
    return image_names(body) | _values(body, ("modelUri", "storageUri"))


def _values(value: Any, keys: Sequence[str]) -> set[str]:
    if isinstance(value, Mapping):
        own = {value[key] for key in keys if isinstance(value.get(key), str)}
        return own.union(*(_values(item, keys) for item in value.values()))
    return (
        set().union(*(_values(item, keys) for item in value)) if isinstance(value, list) else set()
    )


def renamed(change: Change, _: Surroundings) -> Iterator[Found]:
    if change.what == "renamed" and change.object.kind in ("SeldonDeployment", "InferenceService"):
        yield (
            "DF023",
            f"its address changes to that of {change.object.name}, and the old one answers no more",
            "serve both until every client asks the new one",
        )
