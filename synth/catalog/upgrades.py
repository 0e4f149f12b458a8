"""What Argo CD cannot do by itself on the way from one release of Kubeflow to another.

Found by `make test-cluster`, which upgrades release by release and carries these commands out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from synth.catalog.kubeflow import RELEASES


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A change between two releases that Kubernetes refuses.

    `before` is the last release without it, `after` the first one with it; `component` the one
    whose Application fails. Once the change is merged and that Application shows the failure, an
    administrator runs `commands`, and Argo CD goes on by itself.
    """

    before: str
    after: str
    component: str
    what: str
    commands: tuple[str, ...]


_DOMAIN_MAPPINGS = "domainmappings.serving.knative.dev"
_INFERENCE_SERVICES = "inferenceservices.serving.kserve.io"
OBSTACLES = (
    Obstacle(
        "1.8.1",
        "1.9.1",
        "knative-serving",
        f"objects of {_DOMAIN_MAPPINGS} are stored as v1alpha1, which its CRD no longer has",
        (
            f"kubectl patch crd {_DOMAIN_MAPPINGS} --type=json -p "
            """'[{"op": "replace", "path": "/spec/versions/0/storage", "value": true}, """
            """{"op": "replace", "path": "/spec/versions/1/storage", "value": false}]'""",
            f"kubectl annotate {_DOMAIN_MAPPINGS} --all --all-namespaces --overwrite "
            "stored-as=v1beta1",
            f"kubectl patch crd {_DOMAIN_MAPPINGS} --subresource=status --type=merge -p "
            """'{"status": {"storedVersions": ["v1beta1"]}}'""",
        ),
    ),
    Obstacle(
        "1.8.1",
        "1.9.1",
        "kserve",
        f"{_INFERENCE_SERVICES} loses its conversion webhook, whose authority cert-manager has "
        "written and nobody takes away",
        (
            f"kubectl patch crd {_INFERENCE_SERVICES} --type=json -p "
            """'[{"op": "remove", "path": "/spec/conversion"}]'""",
        ),
    ),
    Obstacle(
        "1.9.1",
        "1.10",
        "pipelines",
        "the role that a ClusterRoleBinding refers to cannot be changed",
        ("kubectl delete clusterrolebinding meta-controller-cluster-role-binding",),
    ),
)
"""Every known obstacle, in the order of the releases."""


def obstacles(before: str, after: str) -> Iterator[Obstacle]:
    """Those on the way from one release to a later one; none where either is unknown."""
    if before in RELEASES and after in RELEASES:
        start, end = RELEASES.index(before), RELEASES.index(after)
        for each in OBSTACLES:
            if start <= RELEASES.index(each.before) and RELEASES.index(each.after) <= end:
                yield each
