"""AppProjects: what an environment's Applications may touch, and no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from constructs import Construct

from synth.config.gitops import IN_CLUSTER, Cluster, Gitops
from synth.domains.argocd.notifications import subscribed
from synth.domains.argocd.roles import roles
from synth.domains.argocd.windows import sync_windows
from synth.kit.application import Application, HelmChart, gitops_project
from synth.kit.construct import Manifests
from synth.kit.objects import Body, Identity, manifest

ARGOCD_GROUP = "argoproj.io"
ARGOCD_KINDS = ("Application", "AppProject", "ApplicationSet")


class Projects(Manifests):
    """The environment's project permits the kinds and namespaces that its applications own or
    may come to own: Argo CD removes nothing that a project does not permit. The gitops project
    permits Applications and AppProjects in Argo CD's namespace, and with `sets`
    ApplicationSets.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        environment: str,
        gitops: Gitops,
        cluster: Cluster,
        applications: Collection[Application],
        possible: Iterable[Identity] = (),
        sets: bool = False,
    ) -> None:
        objects = {identity for each in applications for identity in each.objects} | {*possible}
        charts = (each.source for each in applications if isinstance(each.source, HelmChart))
        namespaces = {each.namespace for each in objects} | {e.namespace for e in applications}
        own = ARGOCD_KINDS if sets else ARGOCD_KINDS[:2]
        told = subscribed(gitops.notifications)
        super().__init__(
            scope,
            "projects",
            [
                project(
                    environment,
                    gitops,
                    description=f"What runs in {environment}",
                    repositories=[gitops.repo_url, *sorted({each.repository for each in charts})],
                    # An Application of many namespaces names none, and only the destination
                    # without one matches that; it opens no namespace.
                    destinations=[
                        {"server": cluster.server},
                        *(
                            {"server": cluster.server, "namespace": namespace}
                            for namespace in sorted(namespaces - {""})
                        ),
                    ],
                    cluster_kinds=_kinds(each for each in objects if not each.namespace),
                    namespaced_kinds=_kinds(each for each in objects if each.namespace),
                    roles=roles(environment, gitops.roles),
                    windows=sync_windows(environment, gitops),
                    annotations=told,
                ),
                project(
                    gitops_project(environment),
                    gitops,
                    description=f"The Applications and projects of {environment}",
                    repositories=[gitops.repo_url],
                    destinations=[{"server": IN_CLUSTER, "namespace": gitops.argocd.namespace}],
                    cluster_kinds=[],
                    namespaced_kinds=[
                        {"group": ARGOCD_GROUP, "kind": kind} for kind in sorted(own)
                    ],
                    annotations=told,
                ),
            ],
            key="gitops",
        )


def _kinds(objects: Iterable[Identity]) -> list[dict[str, str]]:
    """The kinds of objects; never Argo CD's own, which would let a project widen itself."""
    own = {(ARGOCD_GROUP, kind) for kind in ARGOCD_KINDS}
    kinds = {(each.group, each.kind) for each in objects} - own
    return [{"group": group, "kind": kind} for group, kind in sorted(kinds)]


def project(
    name: str,
    gitops: Gitops,
    *,
    description: str,
    repositories: list[str],
    destinations: list[dict[str, str]],
    cluster_kinds: list[dict[str, str]],
    namespaced_kinds: list[dict[str, str]],
    roles: list[dict[str, Any]] | None = None,
    windows: list[dict[str, Any]] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Body:
    """An AppProject that permits these repositories, destinations and kinds and nothing else; its
    Applications are synced when `windows` let them.
    """
    spec: dict[str, Any] = {
        "description": description,
        "sourceRepos": repositories,
        "destinations": destinations,
        "clusterResourceWhitelist": cluster_kinds,
        "namespaceResourceWhitelist": namespaced_kinds,
        **({"roles": roles} if roles else {}),
        **({"syncWindows": windows} if windows else {}),
    }
    return manifest(
        "argoproj.io/v1alpha1",
        "AppProject",
        name,
        namespace=gitops.argocd.namespace,
        annotations=annotations,
        spec=spec,
    )
