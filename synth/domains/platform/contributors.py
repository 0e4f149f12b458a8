"""Who works in a team's namespace beside its owner: two objects each, as Kubeflow's access management
writes them, so that its dashboard lists these contributors among those that people added there.

Source: kubeflow/kubeflow components/access-management/kfam/bindings.go, v1.8.0 to v1.10.0, which are
of one form; kubeflow/manifests apps/profiles/upstream/manager (the header, its empty prefix, both
principals), 1.8.0 to 26.03.
"""

from __future__ import annotations

from synth.catalog.serving import INGRESS_GATEWAY
from synth.config.platform import Team
from synth.config.teams import Contributor
from synth.kit.objects import Body, manifest

_RBAC = "rbac.authorization.k8s.io"
_PIPELINES_UI = "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"


def contributors(team: Team) -> list[Body]:
    """A RoleBinding and an AuthorizationPolicy for each."""
    return [
        body for each in team.contributors for body in (_binding(team, each), _policy(team, each))
    ]


def _binding(team: Team, contributor: Contributor) -> Body:
    return manifest(
        f"{_RBAC}/v1",
        "RoleBinding",
        contributor.binding,
        namespace=team.name,
        annotations=_annotations(contributor),
        roleRef={
            "apiGroup": _RBAC,
            "kind": "ClusterRole",
            "name": f"kubeflow-{contributor.role}",
        },
        subjects=[{"apiGroup": _RBAC, "kind": "User", "name": contributor.user}],
    )


def _policy(team: Team, contributor: Contributor) -> Body:
    """Requests with the contributor's header, which only these two may set."""
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        contributor.binding,
        namespace=team.name,
        annotations=_annotations(contributor),
        spec={
            "rules": [
                {
                    "from": [{"source": {"principals": [INGRESS_GATEWAY, _PIPELINES_UI]}}],
                    "when": [
                        {
                            "key": "request.headers[kubeflow-userid]",
                            "values": [contributor.user],
                        }
                    ],
                }
            ]
        },
    )


def _annotations(contributor: Contributor) -> dict[str, str]:
    """What the access management lists contributors by."""
    return {"user": contributor.user, "role": contributor.role}
