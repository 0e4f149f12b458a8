"""`teams[].repository:`: a team's own repository, which Argo CD syncs into the team's namespace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from synth.config.base import Section
from synth.config.syncing import Role, Subscription

KINDS = (
    "ConfigMap",
    "Service",
    "ServiceAccount",
    "Deployment.apps",
    "StatefulSet.apps",
    "CronJob.batch",
    "Job.batch",
    "CronWorkflow.argoproj.io",
    "Workflow.argoproj.io",
    "WorkflowTemplate.argoproj.io",
    "HorizontalPodAutoscaler.autoscaling",
    "PodDisruptionBudget.policy",
    "Notebook.kubeflow.org",
    "PodDefault.kubeflow.org",
    "SeldonDeployment.machinelearning.seldon.io",
    "InferenceService.serving.kserve.io",
    "Service.serving.knative.dev",
)
"""What a team's repository may hold where it does not say: what runs, nothing that decides who may do
what, and nothing that holds data, which would go with a file."""
_RIGHTS = "says who may do what there"
_FRAME = "is the environment's say over the namespace"
_MESH = "says who reaches what"
_SYNC = "tells Argo CD what to sync"
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "Secret": "would be in git for everybody to read",
        "ExternalSecret.external-secrets.io": "reads any entry of the store that everybody shares",
        "PushSecret.external-secrets.io": "writes any entry of the store that everybody shares",
        "LimitRange": _FRAME,
        "ResourceQuota": _FRAME,
        "NetworkPolicy.networking.k8s.io": _FRAME,
        "CiliumNetworkPolicy.cilium.io": _FRAME,
        "NetworkPolicy.crd.projectcalico.org": _FRAME,
        "NetworkPolicy.projectcalico.org": _FRAME,
        "Role.rbac.authorization.k8s.io": _RIGHTS,
        "RoleBinding.rbac.authorization.k8s.io": _RIGHTS,
        "AuthorizationPolicy.security.istio.io": _RIGHTS,
        "PeerAuthentication.security.istio.io": _MESH,
        "RequestAuthentication.security.istio.io": _MESH,
        "DestinationRule.networking.istio.io": _MESH,
        "EnvoyFilter.networking.istio.io": _MESH,
        "Gateway.networking.istio.io": _MESH,
        "ServiceEntry.networking.istio.io": _MESH,
        "Sidecar.networking.istio.io": _MESH,
        "VirtualService.networking.istio.io": _MESH,
        "WasmPlugin.extensions.istio.io": _MESH,
        "Ingress.networking.k8s.io": _MESH,
        "Gateway.gateway.networking.k8s.io": _MESH,
        "HTTPRoute.gateway.networking.k8s.io": _MESH,
        "GRPCRoute.gateway.networking.k8s.io": _MESH,
        "Endpoints": _MESH,
        "EndpointSlice.discovery.k8s.io": _MESH,
        "Application.argoproj.io": _SYNC,
        "ApplicationSet.argoproj.io": _SYNC,
        "AppProject.argoproj.io": _SYNC,
    }
)
"""What no team's repository may hold, and why."""


def _kind(kind: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", kind):
        raise ValueError(f"{kind!r} is not a kind such as ConfigMap or Deployment.apps")
    if kind in REFUSED:
        raise ValueError(f"{kind} {REFUSED[kind]}: take it out")
    return kind


def _address(url: str) -> str:
    # Projects and ApplicationSets read these as patterns and templates; a password is none of git's.
    if not re.fullmatch(r"(https://|ssh://([-\w]+@)?|[-\w]+@)[^\s*?\[\]{}!@]+", url):
        raise ValueError(
            f"{url!r} is not the address of a repository such as https://git.example.com/nlp/deploy.git"
        )
    return url


def _revision(revision: str) -> str:
    if not re.fullmatch(r"[\w][-+./\w]*", revision, re.ASCII):
        raise ValueError(f"{revision!r} is not a branch, tag or commit")
    return revision


def _folder(path: str) -> str:
    if not re.fullmatch(r"\w[-.\w]*(/\w[-.\w]*)*", path, re.ASCII):
        raise ValueError(
            f"{path!r} is not a folder of the repository such as deploy or clusters/prod"
        )
    return path


class Repository(Section):
    """A team's own repository: each folder directly below `path` becomes an Application, which may
    hold these kinds, in the team's namespace and nowhere else.
    """

    repo_url: Annotated[str, AfterValidator(_address), Field(alias="repoURL")]
    """The repository's address; Argo CD has to know how to read it."""
    target_revision: Annotated[str, AfterValidator(_revision)] = "main"
    """The branch, tag or commit."""
    path: Annotated[str, AfterValidator(_folder), Field(examples=["deploy"])]
    """The folder whose folders are Applications."""
    kinds: Annotated[tuple[Annotated[str, AfterValidator(_kind)], ...], Field(min_length=1)] = KINDS
    """The kinds that it may hold, as `Kind.group`, in the place of the usual ones."""
    roles: tuple[Role, ...] = ()
    """Who may do what with the team's Applications, and with no others."""
    notifications: tuple[Subscription, ...] = ()
    """Who is told of them."""
