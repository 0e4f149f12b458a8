"""Which configuration lines brought a change about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from synth.config.load import Loaded, plain
from synth.kit.objects import Identity, Origin
from synth.review.comparison import Change
from synth.review.values import Field, Path, differences

Origins = Mapping[tuple[str, str, Identity], Origin]
"""Where objects come from, by environment, application and identity."""

_OWN = frozenset(
    "kafka kubeflow mlflow models observability pipelines retired streams teams workflows".split()
)
"""Keys whose values make objects of their own; any other may change every object."""


class Edit(NamedTuple):
    """A configuration key that says something else, and the environments it is said in."""

    key: str
    place: str
    before: Any
    after: Any
    environments: tuple[str, ...]


class Cause(NamedTuple):
    """A configuration key that changed, and where it is written: `file:line`."""

    key: str
    place: str

    def __str__(self) -> str:
        return f"{self.place} {self.key}" if self.key else self.place


@dataclass(frozen=True)
class Sources:
    """What both sides were made from: their environments and the origins of their objects.

    `origins_before` builds the base, and is asked only where something is gone. `folders` are what
    changed beside the environments: `overlays/prod/models`, `pipelines/sentiment`.
    """

    before: Mapping[str, Loaded] = field(default_factory=dict)
    after: Mapping[str, Loaded] = field(default_factory=dict)
    origins_before: Callable[[], Origins] = dict
    origins_after: Origins = field(default_factory=dict)
    folders: tuple[str, ...] = ()


class Causes:
    """Names causes, with the difference of each environment's configuration computed once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._changed: dict[str, list[tuple[Field, Cause]]] = {}

    def of(self, change: Change) -> tuple[Cause, ...]:
        """The configuration that changed and that an object is made from, an overlay of its
        application, the sources of its pipeline; empty where nothing of the kind is known, as for
        a change of the generator.
        """
        changed = self._in(change.environment)
        keys = [tuple(key.split(".")) for key in self._keys(change)]
        close = [cause for each, cause in changed if any(_related(each.path, key) for key in keys)]
        close += self._laid_over(change)
        close += self._compiled(change.environment, keys)
        if not close:
            close = [cause for each, cause in changed if _concerns(each.path[0], change)]
        return tuple(dict.fromkeys(close))

    def edits(self) -> Iterator[Edit]:
        """Everything that the configuration says differently."""
        found: dict[tuple[Cause, str], list[tuple[str, Field]]] = {}
        for environment in self._sources.after:
            for each, cause in self._in(environment):
                key = (cause, repr((each.before, each.after)))
                found.setdefault(key, []).append((environment, each))
        for (cause, _), said in found.items():
            each = said[0][1]
            names = tuple(environment for environment, _ in said)
            yield Edit(cause.key, cause.place, each.before, each.after, names)

    def _in(self, environment: str) -> list[tuple[Field, Cause]]:
        if environment not in self._changed:
            self._changed[environment] = list(self._configuration(environment))
        return self._changed[environment]

    def _keys(self, change: Change) -> Iterator[str]:
        """The configuration that an object was and is made from."""
        here = (change.environment, change.application, change.object)
        origins = [self._sources.origins_after.get(here)]
        gone = change.before is not None and (origins == [None] or change.former)
        if gone and self._sources.before:
            former = change.former or (change.application, change.object)
            origins.append(self._sources.origins_before().get((change.environment, *former)))
        yield from (origin.key for origin in origins if origin and origin.key)

    def _laid_over(self, change: Change) -> Iterator[Cause]:
        sides = (self._sources.before, self._sources.after)
        chains = [each[change.environment].chain for each in sides if change.environment in each]
        for chain in chains:
            for stem in chain:
                overlay = f"overlays/{stem}/{change.application}"
                if overlay in self._sources.folders:
                    yield Cause("", overlay)

    def _compiled(self, environment: str, keys: Sequence[Path]) -> Iterator[Cause]:
        loaded = self._sources.after.get(environment)
        for pipeline in loaded.environment.pipelines if loaded else ():
            if ("pipelines", pipeline.name) in keys:
                for folder in self._sources.folders:
                    if pipeline.source and pipeline.source.startswith(f"{folder}/"):
                        yield Cause("", folder)

    def _configuration(self, environment: str) -> Iterator[tuple[Field, Cause]]:
        before = self._sources.before.get(environment)
        after = self._sources.after.get(environment)
        if before is None or after is None:
            return
        for each in differences(plain(before.tree), plain(after.tree)):
            mark = (before if each.after is None else after).mark(*each.path)
            place = f"{mark.file}:{mark.line}{' (before)' if each.after is None else ''}"
            yield each, Cause(".".join(each.path), place)


def _concerns(section: str, change: Change) -> bool:
    """Whether a section of the configuration may change an object that has no origin of its own."""
    if change.application != "argocd":
        return section not in _OWN
    of_kubeflow = change.object.name.startswith(f"{change.environment}-kubeflow-")
    return section == "kubeflow" if of_kubeflow else True


def _related(path: Path, key: Path) -> bool:
    """Whether one lies in the other."""
    length = min(len(path), len(key))
    return path[:length] == key[:length]
