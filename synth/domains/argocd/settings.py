"""Our keys of `argocd-cm`: waves wait for health, known drift stays quiet."""

from __future__ import annotations

from constructs import Construct

from synth.catalog.health import CHECKS
from synth.config.gitops import IN_CLUSTER, Gitops
from synth.domains.argocd.applications import application, directory
from synth.domains.argocd.config_maps import config_map
from synth.domains.argocd.notifications import notifications_config_map
from synth.domains.argocd.projects import project
from synth.kit.application import SETTINGS
from synth.kit.construct import Manifests
from synth.kit.objects import Body


class Settings(Manifests):
    """The ConfigMap `argocd-cm` with our keys alone, and `argocd-notifications-cm` where people are
    told.

    An Application of its own keeps them in sync, once for all environments of one Argo CD.
    """

    def __init__(self, scope: Construct, *, gitops: Gitops) -> None:
        here = {"server": IN_CLUSTER, "namespace": gitops.argocd.namespace}
        services = gitops.argocd.notifications
        bodies = [
            _config_map(gitops),
            *([notifications_config_map(gitops, services)] if services else []),
            project(
                SETTINGS,
                gitops,
                description="The settings of Argo CD that the generated Applications need",
                repositories=[gitops.repo_url],
                destinations=[here],
                cluster_kinds=[],
                namespaced_kinds=[
                    {"group": "", "kind": "ConfigMap"},
                    {"group": "argoproj.io", "kind": "AppProject"},
                    {"group": "argoproj.io", "kind": "Application"},
                ],
            ),
            application(
                SETTINGS,
                gitops,
                project=SETTINGS,
                destination=here,
                source=directory(gitops, "argocd/settings"),
            ),
        ]
        super().__init__(scope, "settings", bodies, key="gitops")


def _config_map(gitops: Gitops) -> Body:
    data = {
        "resource.compareoptions": "ignoreAggregatedRoles: true\n",
        **{f"resource.customizations.health.{kind}": lua for kind, lua in CHECKS.items()},
    }
    return config_map(gitops, "argocd-cm", data)
