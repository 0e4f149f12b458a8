"""ConfigMaps of Argo CD itself, of which some keys are ours."""

from __future__ import annotations

from collections.abc import Mapping

from synth.config.gitops import Gitops
from synth.kit.objects import Body, manifest


def config_map(gitops: Gitops, name: str, data: Mapping[str, str]) -> Body:
    """These keys alone, applied server-side and never pruned: keys that others wrote survive."""
    return manifest(
        "v1",
        "ConfigMap",
        name,
        namespace=gitops.argocd.namespace,
        labels={"app.kubernetes.io/part-of": "argocd"},
        annotations={
            "argocd.argoproj.io/sync-options": "ServerSideApply=true,Prune=false,Delete=false"
        },
        data=data,
    )
