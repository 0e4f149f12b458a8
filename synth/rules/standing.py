"""What stands in `dist/` of an environment, for rules about the way from there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Standing:
    """What the last build left of an environment.

    `applications` are those in `dist/` with the namespaces of their objects, as far as file names
    tell; `emptied` the retired ones among them; `release` is that of Kubeflow, or empty;
    `repositories` are the teams with one of their own.
    """

    applications: Mapping[str, Collection[str]] = field(default_factory=dict)
    emptied: Collection[str] = ()
    release: str = ""
    repositories: Collection[str] = ()
