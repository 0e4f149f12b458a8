"""The values of the configuration that a field changes with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from synth.config.environment import Environment
from synth.config.load import again, plain
from synth.configuration import KNOWN
from synth.explanation.probe import Outcome, Probe
from synth.explanation.study import Variation
from synth.review.explain.fields import ABSENT, Way, held
from synth.review.explain.leaves import Leaf, Path, changed, leaves, written
from synth.review.explain.search import influences

_DERIVED = ("policy", "teams")
"""Sections from which others are completed when an environment is validated
(config/environment.py); of other sections each value is used where it stands.
"""


class Values:
    """Looks for the values behind one field; those below `key`, from which the object is, first.

    `untried` holds, after that, those with no other value that can be rendered.
    """

    def __init__(self, probe: Probe, way: Way, key: Path) -> None:
        self._probe = probe
        self._way = way
        self._key = key
        self._environment = probe.study.environment
        self.untried: list[Leaf] = []

    def behind(self) -> list[Leaf]:
        """The leaves of the configuration that the field changes with, one by one; what is written
        before defaults.
        """
        if held(self._probe.whole, self._way) is ABSENT:
            return []
        every = sorted(leaves(self._environment), key=lambda leaf: not self._own(leaf))
        alone = [leaf for leaf in every if leaf.alone]
        own = [leaf for leaf in every if not leaf.alone and self._own(leaf)]
        rest = [leaf for leaf in every if not leaf.alone and not self._own(leaf)]
        found = [leaf for leaf in alone if self._changes([leaf])]
        found += [*influences(own, self._changes), *influences(rest, self._changes)]
        found = self._with_completing(found, every)
        written = self._probe.study.loaded.written
        return sorted(
            (leaf for leaf in every if leaf in found),
            key=lambda leaf: (not self._own(leaf), written(*leaf.path) == "default"),
        )

    def changes(self, leaf: Leaf) -> bool:
        """Whether the field changes with this one."""
        return bool(self._changes([leaf]))

    def _own(self, leaf: Leaf) -> bool:
        return bool(self._key) and leaf.path[: len(self._key)] == self._key

    def _changes(self, some: Sequence[Leaf]) -> bool | None:
        if len(some) > 1:
            changes = {leaf.path: next(leaf.others(KNOWN)) for leaf in some}
            return _together(self._outcome(changed(self._environment, changes)))
        (leaf,) = some
        outcomes = []
        for other in leaf.others(KNOWN):
            outcomes.append(self._outcome(changed(self._environment, {leaf.path: other})))
            if outcomes[-1] in _DIFFERENT:
                return True
            if outcomes[-1] is Outcome.SAME and not self._own(leaf):
                return False
        if outcomes and all(each is Outcome.NOTHING for each in outcomes):
            self.untried.append(leaf)
        return False

    def _outcome(self, environment: Environment) -> Outcome:
        return self._probe.outcome(self._way, Variation(environment))

    def _with_completing(self, found: list[Leaf], every: Iterable[Leaf]) -> list[Leaf]:
        """Those found, with the values that complete others, and without defaults that only follow
        these.
        """
        completing: list[Leaf] = []
        following: set[Path] = set()
        values = {leaf.path: leaf.value for leaf in every}
        for leaf in every:
            if leaf.path[0] not in _DERIVED or leaf in found:
                continue
            environment = self._validated(leaf)
            if environment and self._outcome(environment) in _DIFFERENT:
                completing.append(leaf)
                following |= _different(values, environment)
        written = self._probe.study.loaded.written
        kept = (
            leaf for leaf in found if leaf.path not in following or written(*leaf.path) != "default"
        )
        return [*kept, *completing]

    def _validated(self, leaf: Leaf) -> Environment | None:
        loaded = self._probe.study.loaded
        data = plain(loaded.tree)
        for other in leaf.others(KNOWN):
            try:
                return again(loaded, written(data, self._environment, leaf.path, other), KNOWN)
            except ValidationError:
                continue
        return None


_DIFFERENT = (Outcome.OTHER, Outcome.NO_FIELD)


def _together(outcome: Outcome) -> bool | None:
    """What the outcome of many changes says: nothing, where they have hidden what to look at."""
    return {Outcome.SAME: False, Outcome.OTHER: True}.get(outcome)


def _different(values: Mapping[Path, Any], environment: Environment) -> set[Path]:
    now = {leaf.path: leaf.value for leaf in leaves(environment)}
    return {path for path, value in values.items() if now.get(path) != value}
