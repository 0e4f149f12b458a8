"""Teams' own repositories: a project and an ApplicationSet for each.

Source: argoproj/argo-cd applicationset/ and docs/operator-manual/applicationset/{Generators-Git,GoTemplate,
Controlling-Resource-Modification,Application-Deletion}.md at v3.2.6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from constructs import Construct

from synth.config.gitops import Cluster, Gitops
from synth.config.repository import KINDS, Repository
from synth.domains.argocd.applications import COMPARE, sync_policy
from synth.domains.argocd.notifications import subscribed
from synth.domains.argocd.projects import project
from synth.domains.argocd.roles import roles
from synth.domains.argocd.windows import sync_windows_of_teams
from synth.kit.application import application_name
from synth.kit.construct import Manifests
from synth.kit.names import LABEL_LENGTH
from synth.kit.objects import Body, manifest

# A dot is in no name of an environment, a team or an application of ours: whatever a team calls its
# folders, no other Application has that name, which the ApplicationSet would take over.
_FOLDER = f'{{{{ .path.basenameNormalized | trunc {LABEL_LENGTH} | trimAll "-." }}}}'
# What a team has wrong in its repository is told there, and leaves the bootstrap Application healthy.
_OWN_HEALTH = {"argocd.argoproj.io/ignore-healthcheck": "true"}


class Repositories(Manifests):
    """What Argo CD syncs from teams' repositories into their namespaces, by the team's name.

    The project of one that is `retired` stays, for its Applications to be deleted with what they run;
    it permits no repository any more.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        environment: str,
        gitops: Gitops,
        cluster: Cluster,
        repositories: Mapping[str, Repository],
        retired: Collection[str],
    ) -> None:
        super().__init__(
            scope,
            "repositories",
            [
                *(
                    _project(environment, gitops, cluster, team, repositories.get(team))
                    for team in sorted({*repositories, *retired})
                ),
                *(
                    _application_set(environment, gitops, cluster, team, repositories[team])
                    for team in sorted(repositories)
                ),
            ],
            key="teams",
        )


def _project(
    environment: str, gitops: Gitops, cluster: Cluster, team: str, repository: Repository | None
) -> Body:
    name = application_name(environment, team)
    kinds = (each.partition(".") for each in (repository.kinds if repository else KINDS))
    return project(
        name,
        gitops,
        description=f"What team {team} brings to {environment}",
        repositories=[repository.repo_url] if repository else [],
        destinations=[{"server": cluster.server, "namespace": team}],
        cluster_kinds=[],
        namespaced_kinds=[
            {"group": group, "kind": kind}
            for group, kind in sorted({(group, kind) for kind, _, group in kinds})
        ],
        roles=roles(name, repository.roles) if repository else None,
        windows=sync_windows_of_teams(environment, gitops),
        annotations=subscribed(repository.notifications) if repository else None,
    )


def _application_set(
    environment: str, gitops: Gitops, cluster: Cluster, team: str, repository: Repository
) -> Body:
    """One Application per folder. A folder that goes, or a repository that cannot be read right,
    takes none with it, and one that goes leaves behind what it runs.
    """
    name = application_name(environment, team)
    read = {"repoURL": repository.repo_url}
    return manifest(
        "argoproj.io/v1alpha1",
        "ApplicationSet",
        name,
        namespace=gitops.argocd.namespace,
        annotations=_OWN_HEALTH,
        spec={
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [
                {
                    "git": {
                        **read,
                        "revision": repository.target_revision,
                        "directories": [{"path": f"{repository.path}/*"}],
                    }
                }
            ],
            "syncPolicy": {
                "applicationsSync": "create-update",
                "preserveResourcesOnDeletion": True,
            },
            "template": {
                "metadata": {"name": f"{name}.{_FOLDER}", "annotations": COMPARE},
                "spec": {
                    "project": name,
                    "destination": {"server": cluster.server, "namespace": team},
                    "source": {
                        **read,
                        "targetRevision": repository.target_revision,
                        "path": "{{ .path.path }}",
                    },
                    # What the environment itself owns is not the repository's to change.
                    "syncPolicy": sync_policy(["FailOnSharedResource=true"]),
                },
            },
        },
    )
