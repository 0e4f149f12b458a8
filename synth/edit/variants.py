"""What a promotion makes of a model's variants; nothing is read or written here.

The canary is the variant of that name; what it stands beside is stable. Others, shadows, stay as
they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from synth.config.promotion import Promotion
from synth.config.provenance import Provenance
from synth.config.serving import Variant

STABLE, CANARY = "stable", "canary"


class RefusedError(Exception):
    """A step that the variants, or the environment's policy, do not allow."""


class NotNowError(RefusedError):
    """A step that would be right, had somebody not decided otherwise, or not decided yet."""


class Release(NamedTuple):
    """A version of a model with all that makes it that version."""

    version: int
    artifact: str
    provenance: Provenance | None


class Roles(NamedTuple):
    """The variants that a promotion speaks of."""

    stable: Variant
    canary: Variant | None


def release_of(variant: Variant) -> Release:
    """What a variant serves."""
    return Release(variant.version, variant.artifact, variant.provenance)


def roles(variants: Sequence[Variant]) -> Roles:
    """Which variant is stable and which the canary. Raises RefusedError."""
    if not variants:
        raise RefusedError(
            "it is not served here yet: synth model bump or promote brings a first version in"
        )
    serving = [variant for variant in variants if not variant.shadow]
    canary = next((variant for variant in serving if variant.name == CANARY), None)
    rest = [variant for variant in serving if variant is not canary]
    if len(rest) != 1:
        names = ", ".join(variant.name for variant in rest) or "none"
        raise RefusedError(
            f"one variant beside the canary is the stable one, and there are {len(rest)} "
            f"({names}): such a split is edited by hand"
        )
    return Roles(rest[0], canary)


def brought_in(
    variants: Sequence[Variant], release: Release, policy: Promotion, *, canary: int | None
) -> tuple[Variant, ...]:
    """The variants with `release` as the stable one, or as the canary with that much traffic; a first
    version is stable, since there is nothing that it could be compared with.

    Raises RefusedError; NotNowError while there is a canary of another version.
    """
    if not variants:
        return (Variant(name=STABLE, **release._asdict(), traffic=100),)
    stable, current = roles(variants)
    if current and not current.traffic and current.version != release.version:
        variants, current = _settled(variants, stable), None  # it was rolled back
    if current and current.version != release.version:
        raise NotNowError(
            f"a canary of version {current.version} is under way: let it take over "
            "(synth model canary … --traffic 100) or take it out (synth model rollback)"
        )
    if canary is None:
        return _settled(variants, _serving(stable, release))
    if current:
        return tuple(_serving(each, release) if each is current else each for each in variants)
    if stable.version == release.version:
        return tuple(variants)
    _check_share(canary, policy)
    added = Variant(
        name=CANARY, version=release.version, artifact=release.artifact,
        provenance=release.provenance, traffic=canary,
    )  # fmt: skip
    return (*_shared(variants, {stable.name: 100 - canary}, without=CANARY), added)


def moved(variants: Sequence[Variant], traffic: int, policy: Promotion) -> tuple[Variant, ...]:
    """The variants with so much traffic on the canary; with all of it the canary is stable.

    Raises RefusedError.
    """
    stable, canary = roles(variants)
    if canary is None:
        raise RefusedError(
            "there is no canary: synth model bump or promote with --canary brings one in"
        )
    if traffic > canary.traffic:
        _check_step(canary.traffic, traffic, policy)
    if traffic == 100:
        return _settled(variants, canary.model_copy(update={"name": stable.name}))
    return _shared(variants, {stable.name: 100 - traffic, CANARY: traffic})


def rolled_back(
    variants: Sequence[Variant],
    goal: Callable[[Release], Release | None],
    *,
    parks: bool,
) -> tuple[Variant, ...]:
    """The variants without a canary, or with one that gets nothing where the engine `parks` it;
    where there is none, with what `goal` says of the stable one. Raises RefusedError.
    """
    stable, canary = roles(variants)
    if canary and parks:
        return _shared(variants, {stable.name: 100, CANARY: 0})
    before = release_of(stable) if canary else goal(release_of(stable))
    if before is None:
        raise RefusedError("git's history knows no other stable version of it")
    return _settled(variants, _serving(stable, before))


def _serving(variant: Variant, release: Release) -> Variant:
    return variant.model_copy(update=release._asdict())


def _settled(variants: Sequence[Variant], stable: Variant) -> tuple[Variant, ...]:
    """The variants with `stable` alone among those that serve."""
    stable = stable.model_copy(update={"traffic": 100})
    return tuple(
        stable if variant.name == stable.name else variant
        for variant in variants
        if variant.name != CANARY
    )


def _shared(
    variants: Sequence[Variant], shares: Mapping[str, int], *, without: str = ""
) -> tuple[Variant, ...]:
    return tuple(
        variant.model_copy(update={"traffic": shares.get(variant.name, variant.traffic)})
        for variant in variants
        if variant.name != without
    )


def _check_share(share: int, policy: Promotion) -> None:
    steps = [step for step in policy.steps if step <= policy.max_canary and step < 100]
    if share not in steps:
        raise RefusedError(
            f"a canary cannot come in with {share} %: policy.promotion allows "
            f"{', '.join(map(str, steps)) or 'none'}"
        )


def _check_step(current: int, share: int, policy: Promotion) -> None:
    following = next(step for step in policy.steps if step > current)
    if share != following:
        raise RefusedError(
            f"the step after {current} % is {following} %, not {share} % "
            f"(policy.promotion.steps: {', '.join(map(str, policy.steps))})"
        )
