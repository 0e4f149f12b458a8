"""Kubeflow itself: upstream's components as this environment wants them, in both modes.

`hydrated` adjusts the finished objects, `reference` writes the kustomization that Argo CD builds;
`credentials` replaces upstream's Secrets with well-known passwords in either.
"""

from synth.domains.kubeflow.credentials import (
    credential_secret,
    provided_credentials,
    secret_identity,
)
from synth.domains.kubeflow.hydrated import adjusted
from synth.domains.kubeflow.reference import kustomization

__all__ = [
    "adjusted",
    "credential_secret",
    "kustomization",
    "provided_credentials",
    "secret_identity",
]
