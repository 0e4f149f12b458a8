"""The Argo CD side of an environment: its Applications, its projects, and Argo CD's settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.app.workload import Build, Inputs
from synth.config.environment import Environment
from synth.config.gitops import Cluster, Gitops
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
) -> None:
    from synth.domains.argocd import Bootstrap, Projects

    Projects(
        chart,
        environment=environment,
        gitops=gitops,
        cluster=cluster,
        applications=applications,
        possible=possible,
    )
    Bootstrap(chart, environment=environment, gitops=gitops)


def _settings(chart: Chart, *, gitops: Gitops) -> None:
    from synth.domains.argocd import Settings

    Settings(chart, gitops=gitops)


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
    return {
        "argocd": (_argocd, everything),
        "bootstrap": (_bootstrap, {**everything, "possible": tuple(possible)}),
        "settings": (_settings, {"gitops": environment.gitops}),
    }
