"""The Argo CD side of an environment: its Applications, its projects, and Argo CD's settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from synth.app.workload import Build, Inputs
from synth.config.environment import Environment
from synth.config.gitops import Cluster, Gitops
from synth.config.repository import Repository
from synth.kit.application import Application
from synth.kit.objects import Identity

if TYPE_CHECKING:
    from cdk8s import Chart

Side = tuple[Build, Inputs]


def _argocd(
    chart: Chart,
    *,
    environment: str,
    gitops: Gitops,
    cluster: Cluster,
    applications: Sequence[Application],
) -> None:
    from synth.domains.argocd import Applications

    Applications(
        chart, environment=environment, gitops=gitops, cluster=cluster, applications=applications
    )


def _bootstrap(
    chart: Chart,
    *,
    environment: str,
    gitops: Gitops,
    cluster: Cluster,
    applications: Sequence[Application],
    possible: Sequence[Identity],
    repositories: Mapping[str, Repository],
    retired: Collection[str],
) -> None:
    from synth.domains.argocd import Bootstrap, Projects, Repositories

    sets = bool(repositories or retired)
    Projects(
        chart,
        environment=environment,
        gitops=gitops,
        cluster=cluster,
        applications=applications,
        possible=possible,
        sets=sets,
    )
    Repositories(
        chart,
        environment=environment,
        gitops=gitops,
        cluster=cluster,
        repositories=repositories,
        retired=retired,
    )
    Bootstrap(chart, environment=environment, gitops=gitops, sets=sets)


def _settings(chart: Chart, *, gitops: Gitops) -> None:
    from synth.domains.argocd import Settings

    Settings(chart, gitops=gitops)


def repositories(environment: Environment) -> dict[str, Repository]:
    """Teams' own repositories, by the team's name."""
    return {team.name: team.repository for team in environment.teams if team.repository}


def retired_repositories(environment: Environment) -> tuple[str, ...]:
    """The teams whose repositories are on their way out, or may be."""
    return tuple(each.name for each in environment.retired if each.kind != "application")


def gitops(
    environment: Environment, applications: Sequence[Application], possible: Sequence[Identity]
) -> dict[str, Side]:
    """The Argo CD side by tree: `argocd` goes into `dist/<environment>/`, the others into
    `argocd/`. It is told what every application owns, and what they may come to own.
    """
    everything = {
        "environment": environment.name,
        "gitops": environment.gitops,
        "cluster": environment.cluster,
        "applications": tuple(applications),
    }
    bootstrap = {
        **everything,
        "possible": tuple(possible),
        "repositories": repositories(environment),
        "retired": retired_repositories(environment),
    }
    return {
        "argocd": (_argocd, everything),
        "bootstrap": (_bootstrap, bootstrap),
        "settings": (_settings, {"gitops": environment.gitops}),
    }
