"""Every object of a cluster has one owner: one application of one environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synth.config.load import Loaded
from synth.config.problems import Mark, Problem
from synth.kit.objects import Identity, Origin

ARGOCD_GROUP = "argoproj.io"


@dataclass(frozen=True, slots=True)
class Owner:
    """An application of an environment with the objects that it owns and where they come from."""

    loaded: Loaded
    application: str
    objects: Mapping[Identity, Origin]

    @property
    def name(self) -> str:
        """The application's name in Argo CD."""
        return f"{self.loaded.environment.name}-{self.application}"

    def mark(self, origin: Origin) -> Mark:
        """The place in the environment's files that one of its objects comes from."""
        return self.loaded.mark(*origin.key.split(".", 2)) if origin.key else self.loaded.mark()


def check_ownership(owners: Iterable[Owner]) -> list[Problem]:
    """A problem for every two applications that would own one object of one cluster.

    Each names the first such object; Argo CD would take it from one to the other without end.
    """
    taken: dict[tuple[str, Identity], Owner] = {}
    problems: dict[tuple[str, str], Problem] = {}
    for owner in owners:
        cluster = owner.loaded.environment.cluster.server
        for each in sorted(owner.objects):
            first = taken.setdefault((cluster, each), owner)
            if first is not owner and (first.name, owner.name) not in problems:
                there = first.mark(first.objects[each])
                origin = owner.objects[each]
                problems[first.name, owner.name] = Problem(
                    owner.mark(origin),
                    origin.key,
                    f"{each} belongs to {first.name} already ({there}), on the same cluster "
                    f"{cluster}: rename one of them, or give each a cluster of its own",
                )
    return list(problems.values())


def check_application_names(applications: Iterable[tuple[Loaded, str]]) -> list[Problem]:
    """A problem for every two environments whose Applications or projects in Argo CD would have
    one name: `prod` with `eu-models`, and `prod-eu` with `models`.
    """
    taken: dict[tuple[str, str], Loaded] = {}
    problems: dict[tuple[str, str], Problem] = {}
    for loaded, application in applications:
        environment = loaded.environment
        name = f"{environment.name}-{application}"
        first = taken.setdefault((environment.gitops.argocd.namespace, name), loaded)
        pair = first.environment.name, environment.name
        if first is not loaded and pair not in problems:
            problems[pair] = Problem(
                loaded.mark("name"),
                "name",
                f"the Application {name} would be {first.environment.name}'s as well "
                f"({first.mark('name')}): rename one of the environments",
            )
    return list(problems.values())
