"""`cluster:` and `gitops:`: where an environment runs, and where Argo CD reads it from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config.base import Name, NonEmpty, Quantity, Section, refers_to
from synth.config.syncing import Role, Services, Subscription, SyncWindow, apart

IN_CLUSTER = "https://kubernetes.default.svc"
"""What Argo CD calls the cluster that it runs on."""
ARGOCD_VERSIONS = "Argo CD versions"
"""What the loader's caller calls the versions that the catalogue knows."""


def _minor(version: str) -> str:
    major, _, minor = version.partition(".")
    if major != "1" or not minor.isdigit():
        raise ValueError(f"{version!r} is not a minor version of Kubernetes such as '1.26'")
    return version


def _capacity(capacity: dict[str, str]) -> dict[str, str]:
    for name in capacity:
        if name.startswith(("requests.", "limits.")):
            bare = name.partition(".")[2]
            raise ValueError(f"{name!r} is how a quota says it: nodes have {bare}")
    return capacity


class Cluster(Section):
    """The cluster of an environment, as Argo CD knows it."""

    server: NonEmpty = IN_CLUSTER
    """The API server's address in Argo CD; the default is the cluster that Argo CD runs on."""
    kubernetes: Annotated[str, AfterValidator(_minor), Field(examples=["1.26"])]
    """The cluster's Kubernetes minor version."""
    capacity: Annotated[dict[str, Quantity], AfterValidator(_capacity)] = {}
    """What its nodes have for pods, by resource: cpu, memory, pods, nvidia.com/gpu. What all
    workloads may request together is compared with it."""

    @property
    def runs_argo_cd(self) -> bool:
        """Whether Argo CD runs on this cluster, which it then calls by this address."""
        return self.server == IN_CLUSTER


class ArgoCD(Section):
    """The Argo CD that syncs this environment."""

    namespace: Name = "argocd"
    """The namespace that it runs in, on its own cluster."""
    version: Annotated[str, refers_to(ARGOCD_VERSIONS), Field(examples=["3.2"])] = "3.2"
    """Its minor version, in quotes: it says which Kustomize builds `kubeflow.source: reference`."""
    notifications: Services | None = None
    """How it tells people."""


class Gitops(Section):
    """The repository that Argo CD reads, and how it syncs."""

    repo_url: Annotated[NonEmpty, Field(alias="repoURL")]
    """The repository's address."""
    target_revision: NonEmpty = "main"
    """The branch, tag or commit."""
    argocd: ArgoCD = ArgoCD()
    """The Argo CD that syncs this environment."""
    sync: Literal["automated", "manual"] = "automated"
    """`manual`: nothing of the environment is synced until somebody does it by hand. It takes effect,
    and ends, by a commit like any other."""
    sync_windows: Annotated[tuple[SyncWindow, ...], AfterValidator(apart)] = ()
    """When Argo CD may sync."""
    roles: tuple[Role, ...] = ()
    """Who may do what with the environment's Applications."""
    notifications: tuple[Subscription, ...] = ()
    """Who is told of what happens to them."""

    @property
    def shared(self) -> tuple[str, str, ArgoCD]:
        """What all environments of one Argo CD say alike, since its settings are there once."""
        return self.repo_url, self.target_revision, self.argocd
