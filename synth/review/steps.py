"""Which steps of promotion lie between two states of an environment's models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from synth.config.serving import Model, Variant


class Step(NamedTuple):
    """A version that gets more than it had: another variant of a model (`promote`), or more of the
    traffic (`canary`). `stable` is what it is compared with.
    """

    kind: Literal["promote", "canary"]
    model: Model
    stable: Variant
    candidate: Variant


def steps(before: Iterable[Model], after: Iterable[Model]) -> Iterator[Step]:
    """The steps from one state to the other; versions that were served already, and lose or keep
    what they have, make none, and nor does the first version of all.
    """
    there = {model.name: model for model in before}
    for model in after:
        if model.name in there and (served := _serving(there[model.name])):
            yield from _steps(served, model)


def _steps(before: Sequence[Variant], model: Model) -> Iterator[Step]:
    shares: dict[int, int] = {}
    for variant in before:
        shares[variant.version] = shares.get(variant.version, 0) + variant.traffic
    most = max(before, key=lambda variant: variant.traffic)
    for candidate in _serving(model):
        if candidate.version == most.version:
            continue
        if candidate.version not in shares:
            yield Step("promote", model, most, candidate)
        elif candidate.traffic > shares[candidate.version]:
            yield Step("canary", model, most, candidate)


def _serving(model: Model) -> list[Variant]:
    return [variant for variant in model.variants if not variant.shadow]
