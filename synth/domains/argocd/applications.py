"""Applications: one per folder of `dist/`, and the two that keep everything else in sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from constructs import Construct

from synth.catalog.drift import known_differences
from synth.config.gitops import IN_CLUSTER, Cluster, Gitops
from synth.kit.application import (
    BOOTSTRAP,
    ROOT,
    VERSION_LABEL,
    Application,
    HelmChart,
    application_name,
    gitops_project,
)
from synth.kit.construct import Manifests
from synth.kit.objects import Body, Identity, manifest

WAVE = "argocd.argoproj.io/sync-wave"
# Not for Applications that hold Applications: these change all the time, and a comparison with what
# the API server has in mind a moment later finds a refresh or an operation that has begun since.
COMPARE = {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}
# A commit that changes nothing in its folder is nothing to fetch and build upstream's files for. Not
# for plain manifests, which cost nothing to read: a commit that Argo CD cannot sync at once, because an
# operation or a window holds it up, is taken for a hand edit there and synced without its hooks (argo-cd
# controller/state.go, GetRepoObjs, and controller/appcontroller.go, autoSync, at v3.2.6). What is not
# healed would be synced once for each commit that is new to it (alreadyAttemptedSync).
OWN_FOLDER = {"argocd.argoproj.io/manifest-generate-paths": "."}


class Applications(Manifests):
    """The Applications of an environment, `<environment>-<application>`, in waves."""

    def __init__(
        self,
        scope: Construct,
        *,
        environment: str,
        gitops: Gitops,
        cluster: Cluster,
        applications: Iterable[Application],
    ) -> None:
        bodies = (_of(environment, gitops, cluster, each) for each in applications)
        super().__init__(scope, "applications", bodies, key="gitops")


class Bootstrap(Manifests):
    """The root Application, which reads the Applications, and the one that keeps its own folder
    in sync.

    An administrator applies `argocd/<environment>/` once; from then on it follows git. With `sets`
    ApplicationSets may leave it.
    """

    def __init__(
        self, scope: Construct, *, environment: str, gitops: Gitops, sets: bool = False
    ) -> None:
        # An ApplicationSet that goes leaves its Applications, which else may or may not go with it: the
        # garbage collector is as fast as the controller that would keep them (argo-cd
        # applicationset/controllers/applicationset_controller.go, v3.2.6).
        leaving = ["PrunePropagationPolicy=orphan"] if sets else []
        # A wave waits for what it changes, so that an Application that is degraded when another
        # one comes later does not hold that back for good.
        folders: dict[str, tuple[str, list[str]]] = {
            application_name(environment, BOOTSTRAP): (f"argocd/{environment}", leaving),
            application_name(environment, ROOT): (
                f"dist/{environment}/argocd",
                ["ApplyOutOfSyncOnly=true"],
            ),
        }
        super().__init__(
            scope,
            "bootstrap",
            [
                application(
                    name,
                    gitops,
                    project=gitops_project(environment),
                    destination={"server": IN_CLUSTER, "namespace": gitops.argocd.namespace},
                    source=directory(gitops, path),
                    options=options,
                )
                for name, (path, options) in folders.items()
            ],
            key="gitops",
        )


def _of(environment: str, gitops: Gitops, cluster: Cluster, part: Application) -> Body:
    path = "/".join(filter(None, ("dist", environment, part.name, part.subfolder)))
    if isinstance(part.source, HelmChart):
        chart = part.source
        source: dict[str, Any] = {
            "repoURL": chart.repository,
            "chart": chart.chart,
            "targetRevision": chart.version,
            "helm": {
                **({"releaseName": chart.release} if chart.release else {}),
                "valuesObject": chart.values,
            },
        }
    elif part.source == "kustomize":
        source = {
            "repoURL": gitops.repo_url,
            "targetRevision": gitops.target_revision,
            "path": path,
        }
    else:
        source = directory(gitops, path)
    destination: dict[str, str] = {"server": cluster.server}
    if part.namespace:
        destination["namespace"] = part.namespace
    return application(
        application_name(environment, part.name),
        gitops,
        project=environment,
        destination=destination,
        source=source,
        wave=part.wave,
        ignored=_ignored(part.objects),
        version=part.version,
        retired=part.retired,
        namespace_labels=part.namespace_labels,
        prune=part.prune,
        self_heal=part.self_heal,
    )


def directory(gitops: Gitops, path: str) -> dict[str, Any]:
    """A folder of plain manifests, and those below it, as an Application's source."""
    return {
        "repoURL": gitops.repo_url,
        "targetRevision": gitops.target_revision,
        "path": path,
        "directory": {"recurse": True},
    }


def application(
    name: str,
    gitops: Gitops,
    *,
    project: str,
    destination: Mapping[str, str],
    source: Mapping[str, Any],
    wave: int | None = None,
    ignored: list[Body] | None = None,
    options: Iterable[str] = (),
    version: str = "",
    retired: bool = False,
    namespace_labels: Mapping[str, str] | None = None,
    prune: bool = True,
    self_heal: bool = True,
) -> Body:
    """An Application that syncs by itself and never gives up. One without a `wave` holds other
    Applications; only a `retired` one may remove the last of its objects, which else nobody would
    want. With `namespace_labels` it makes the namespace of its destination.
    """
    made = list(options)
    spec: dict[str, Any] = {"project": project, "destination": destination, "source": source}
    if ignored:
        spec["ignoreDifferences"] = ignored
        made.append("RespectIgnoreDifferences=true")
    if namespace_labels:
        made.append("CreateNamespace=true")
    spec["syncPolicy"] = {
        **sync_policy(made, prune=prune, self_heal=self_heal, empty=retired),
        **(
            {"managedNamespaceMetadata": {"labels": dict(namespace_labels)}}
            if namespace_labels
            else {}
        ),
    }
    built = "path" in source and "directory" not in source
    annotations = {
        **({} if wave is None else {WAVE: str(wave), **COMPARE}),
        **(OWN_FOLDER if built or not self_heal else {}),
    }
    return manifest(
        "argoproj.io/v1alpha1",
        "Application",
        name,
        namespace=gitops.argocd.namespace,
        labels={VERSION_LABEL: version} if version else None,
        annotations=annotations,
        spec=spec,
    )


def sync_policy(
    options: Iterable[str], *, prune: bool = True, self_heal: bool = True, empty: bool = False
) -> dict[str, Any]:
    """How an Application syncs. Each converges alone and in any order: it retries until what it needs
    is there. Only an `empty` one may lose the last of its objects.
    """
    return {
        "automated": {
            "prune": prune,
            "selfHeal": self_heal,
            **({"allowEmpty": True} if empty else {}),
        },
        "retry": {
            "limit": -1,
            "refresh": True,
            "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"},
        },
        "syncOptions": ["ServerSideApply=true", "SkipDryRunOnMissingResource=true", *options],
    }


def _ignored(objects: Iterable[Identity]) -> list[Body]:
    paths: dict[tuple[str, str], set[str]] = {}
    for each in objects:
        for known in known_differences(each):
            paths.setdefault((each.group, each.kind), set()).add(known.path)
    return [
        {"group": group, "kind": kind, "jqPathExpressions": sorted(found)}
        for (group, kind), found in sorted(paths.items())
    ]
