"""What was served before, from the states that an environment went through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import ValidationError

from synth.config.provenance import Provenance
from synth.edit.variants import CANARY, Release


class State(NamedTuple):
    """What a commit served of a model: the stable release, and the canary beside it."""

    stable: Release
    canary: Release | None


def state_in(environment: Any, model: str) -> State | None:
    """The state of a model in a past environment, as it was written; None where that tells none."""
    try:
        [entry] = [each for each in environment["models"] if each["name"] == model]
        serving = [each for each in entry["variants"] if not each.get("shadow")]
        [stable] = [_release(each) for each in serving if each["name"] != CANARY]
        canary = [_release(each) for each in serving if each["name"] == CANARY]
        return State(stable, canary[0] if canary else None)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def goal(current: Release, states: Iterable[State | None]) -> Release | None:
    """What a rollback comes to: the stable release before that of the last commit, or that itself
    where it is `current` that was not committed; None where there was none before.

    `states` are those of the commits, the newest first. The answer stays the same until the
    rollback itself is committed.
    """
    known = (state for state in states if state is not None)
    last = next(known, None)
    if last is None:
        return None
    if last.canary and last.stable[:2] == current[:2]:
        return current
    before = _before(last.stable, (state.stable for state in known))
    if current[:2] in (last.stable[:2], before and before[:2]):
        return before
    return last.stable


def served_before(release: Release, states: Iterable[State | None]) -> bool:
    """Whether any of the states served a release, as stable or as canary."""
    return any(release[:2] == each[:2] for state in states if state for each in state if each)


def _before(last: Release, earlier: Iterable[Release]) -> Release | None:
    """What was stable before the last state; what was rolled back from does not count: of
    6, 7, 8, 7 the one before is 6.
    """
    line = _line([*reversed(list(earlier)), last])
    return line[-2] if len(line) > 1 else None


def _line(states: Iterable[Release]) -> list[Release]:
    """The states, the oldest first, without those that a return to an earlier one undid."""
    line: list[Release] = []
    for state in states:
        same = [i for i, each in enumerate(line) if each[:2] == state[:2]]
        line = [*line[: same[0]], state] if same else [*line, state]
    return line


def _release(variant: dict[str, Any]) -> Release:
    return Release(variant["version"], variant["artifact"], _provenance(variant))


def _provenance(variant: dict[str, Any]) -> Provenance | None:
    try:
        return Provenance.model_validate(variant["provenance"])
    except (KeyError, ValidationError):
        return None
