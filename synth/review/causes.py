"""Which configuration lines brought a change about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from synth.config.load import Loaded, plain
from synth.kit.objects import Identity, Origin
from synth.review.comparison import Change
from synth.review.values import Path, differences

Origins = Mapping[tuple[str, str, Identity], Origin]
"""Where objects come from, by environment, application and identity."""

_OWN = frozenset(
    "kafka kubeflow mlflow models observability pipelines retired streams teams workflows".split()
)
"""Keys whose values make objects of their own; any other may change every object."""


class Cause(NamedTuple):
    """A configuration key that changed, and where it is written: `file:line`."""

    key: str
    place: str

    def __str__(self) -> str:
        return f"{self.place} {self.key}" if self.key else self.place


@dataclass(frozen=True)
class Sources:
    """What both sides were made from: their environments and the origins of their objects.

    `overlays` has what is said differently beside the environments: overlays that changed, as
    `overlays/prod/models`.
    """

    before: Mapping[str, Loaded] = field(default_factory=dict)
    after: Mapping[str, Loaded] = field(default_factory=dict)
    origins_before: Origins = field(default_factory=dict)
    origins_after: Origins = field(default_factory=dict)
    overlays: tuple[str, ...] = ()


class Causes:
    """Names causes, with the difference of each environment's configuration computed once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._changed: dict[str, list[tuple[Path, Cause]]] = {}

    def of(self, change: Change) -> tuple[Cause, ...]:
        """The configuration that changed and that an object is made from; an overlay of its
        application; empty where nothing of the kind is known, as for a change of the generator.
        """
        environment = change.environment
        if environment not in self._changed:
            self._changed[environment] = list(self._configuration(environment))
        changed = self._changed[environment]
        keys = {tuple(key.split(".")) for key in self._keys(change)}
        close = [cause for path, cause in changed if any(_related(path, key) for key in keys)]
        close += self._laid_over(change)
        if not close:
            close = [cause for path, cause in changed if path[0] not in _OWN]
        return tuple(dict.fromkeys(close))

    def _keys(self, change: Change) -> Iterator[str]:
        for origins in (self._sources.origins_before, self._sources.origins_after):
            for this in {change.object, change.former[1] if change.former else change.object}:
                for application in {change.application, *(change.former or ())[:1]}:
                    origin = origins.get((change.environment, str(application), this))
                    if origin and origin.key:
                        yield origin.key

    def _laid_over(self, change: Change) -> Iterator[Cause]:
        after = self._sources.after.get(change.environment)
        before = self._sources.before.get(change.environment)
        chain = {*(after.chain if after else ()), *(before.chain if before else ())}
        for overlay in self._sources.overlays:
            _, stem, application = overlay.split("/")
            if stem in chain and application == change.application:
                yield Cause("", overlay)

    def _configuration(self, environment: str) -> Iterator[tuple[Path, Cause]]:
        before = self._sources.before.get(environment)
        after = self._sources.after.get(environment)
        old, new = (plain(each.tree) if each else None for each in (before, after))
        if old is None or new is None:
            return
        for each in differences(old, new):
            side = before if each.after is None else after
            assert side, "both are there"
            mark = side.mark(*each.path)
            place = f"{mark.file}:{mark.line}"
            yield (
                each.path,
                Cause(".".join(each.path), f"{place} (before)" if side is before else place),
            )


def _related(path: Path, key: Path) -> bool:
    """Whether one lies in the other."""
    length = min(len(path), len(key))
    return path[:length] == key[:length]
