"""What a change is judged by, and what checks of it share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from synth.catalog.images import normalised
from synth.config.environment import Environment
from synth.kit.objects import Body
from synth.render.documents import load_all
from synth.review.comparison import Change, Side, place_of

Found = tuple[str, str, str]
"""Code, reason and way out."""


Check = Callable[[Change, "Surroundings"], Iterator[Found]]


_IMAGE = re.compile(r"^\s*-?\s*(?:image|newName): '?([^'\s]+)", re.MULTILINE)


CRD = "CustomResourceDefinition"


@dataclass(frozen=True)
class Surroundings:
    """What the change is judged by: both sides as a whole, the environments as they will be, and
    in which order they see a version, where somebody says so.
    """

    before: Side
    after: Side
    environments: Mapping[str, Environment] = field(default_factory=dict)
    order: Sequence[str] = ()

    def holding(self, environment: str, text: str) -> Iterator[Body]:
        """The objects of an environment, as they will be, whose files have a text in them; CRDs,
        which are large and name nothing, are left out.
        """
        for path in self._files.get(environment, ()):
            if text.encode() in self.after[path]:
                if path not in self._parsed:
                    self._parsed[path] = _objects(self.after[path])
                yield from self._parsed[path]

    def ran(self, environment: str, text: str) -> bool:
        """Whether any file of an environment had a text in it."""
        return any(
            text.encode() in content
            for path, content in self.before.items()
            if place_of(path).environment == environment
        )

    def registries(self, environment: str) -> set[str]:
        """The registries that an environment's images come from so far."""
        return {
            registry(match)
            for path, content in self.before.items()
            if place_of(path).environment == environment
            for match in _IMAGE.findall(content.decode(errors="replace"))
        }

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        files: dict[str, list[str]] = defaultdict(list)
        for path in self.after:
            if path.endswith(".yaml") and "/customresourcedefinition." not in path:
                files[place_of(path).environment].append(path)
        return files

    @cached_property
    def _parsed(self) -> dict[str, list[Body]]:
        return {}


def _objects(content: bytes) -> list[Body]:
    """The objects in a file; none where it holds something else."""
    try:
        return [each for each in load_all(content.decode()) if each["metadata"]["name"]]
    except (ValueError, KeyError, TypeError):
        return []


def goes(change: Change) -> bool:
    """Whether something of this name goes."""
    return change.what in ("removed", "renamed")


def stays_behind(change: Change, surroundings: Surroundings) -> bool:
    """Whether the Application of what goes in git goes as well: then nothing is removed."""
    name = f"{change.environment}-{change.application}"
    here = f"dist/{change.environment}/argocd/argocd/application.argoproj.io-{name}.yaml"
    return here in surroundings.before and here not in surroundings.after


def registry(image: str) -> str:
    return normalised(image).partition("/")[0]


def image_names(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = {value["image"]} if isinstance(value.get("image"), str) else set()
        return own.union(*(image_names(item) for item in value.values()))
    return set().union(*map(image_names, value)) if isinstance(value, list) else set()
