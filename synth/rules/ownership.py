"""Every object of a cluster has one owner: one application of one environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synth.config.load import Loaded
from synth.config.problems import Mark, Problem
from synth.kit.application import SETTINGS, application_name
from synth.kit.objects import Identity, Origin


@dataclass(frozen=True, slots=True)
class Owner:
    """An application of an environment with the objects that it owns and where they come from."""

    loaded: Loaded
    application: str
    objects: Mapping[Identity, Origin]

    @property
    def name(self) -> str:
        """The application's name in Argo CD."""
        return application_name(self.loaded.environment.name, self.application)

    def mark(self, origin: Origin) -> Mark:
        """The place in the environment's files or overlays that one of its objects comes from."""
        if not origin.key and origin.construct:
            return Mark(origin.construct)
        return self.loaded.mark(*origin.key.split(".")) if origin.key else self.loaded.mark()


def check_ownership(owners: Iterable[Owner]) -> list[Problem]:
    """A problem for every two environments, and for every two applications of one environment,
    that would own the same object of a cluster: Argo CD would take it from one to the other
    without end. Each names the first such object.
    """
    taken: dict[tuple[str, Identity], Owner] = {}
    problems: dict[tuple[str, str], Problem] = {}
    for owner in owners:
        cluster = owner.loaded.environment.cluster.server
        for each, origin in sorted(owner.objects.items()):
            first = taken.setdefault((cluster, each), owner)
            if first is owner:
                continue
            if first.loaded is owner.loaded:
                pair = first.name, owner.name
                way_out = "rename one of the two"
            else:
                pair = first.loaded.environment.name, owner.loaded.environment.name
                way_out = f"rename one of the two, or give {pair[1]} a cluster of its own"
            there = first.mark(first.objects[each])
            message = f"{each} belongs to {first.name} already ({there}), on {cluster}: {way_out}"
            problems.setdefault(pair, Problem(owner.mark(origin), origin.key, message))
    return list(problems.values())


def check_argocd_names(names: Iterable[tuple[Loaded, str, str]]) -> list[Problem]:
    """A problem for every two environments of one Argo CD that would have an Application or a
    project of one name, and for an environment that would have one twice; `names` are environments
    with a kind and a name each, once where they are to be there once.
    """
    taken: dict[tuple[str, str, str], Loaded] = {}
    problems: dict[tuple[str, str], Problem] = {}
    for loaded, kind, name in names:
        argocd = loaded.environment.gitops.argocd.namespace
        if name == SETTINGS:
            message = f"the {kind} {name} is that of Argo CD's settings: call it otherwise"
            problems[name, kind] = Problem(loaded.mark("name"), "name", message)
            continue
        first = taken.get((argocd, kind, name))
        taken.setdefault((argocd, kind, name), loaded)
        if first is loaded:
            message = f"the {kind} {name} would be there twice: call the team otherwise"
            problems[name, kind] = Problem(loaded.mark("teams"), "teams", message)
        elif first is not None:
            pair = first.environment.name, loaded.environment.name
            message = (
                f"the {kind} {name} would be {pair[0]}'s as well ({first.mark('name')}): "
                "rename one of the two environments"
            )
            problems.setdefault(pair, Problem(loaded.mark("name"), "name", message))
    return list(problems.values())


def check_settings(environments: Iterable[Loaded]) -> list[Problem]:
    """A problem for every environment that wants other settings of Argo CD than the first one:
    they are there once.
    """
    first, *others = environments
    return [
        Problem(
            each.mark("gitops"),
            "gitops",
            f"differs from {first.environment.name}'s ({first.mark('gitops')}), and they share "
            "argocd/settings: say the same in both",
        )
        for each in others
        if each.environment.gitops.shared != first.environment.gitops.shared
    ]
