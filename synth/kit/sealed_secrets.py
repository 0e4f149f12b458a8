"""Secrets that the Sealed Secrets controller unseals from objects that lie in the repository.

Source: bitnami-labs/sealed-secrets pkg/apis/sealedsecrets/v1alpha1 at v0.27.1 and v0.40.0: a Secret has
the namespace and the name of its SealedSecret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synth.kit.objects import Body
from synth.kit.secrets import Provided

GROUP, KIND = "bitnami.com", "SealedSecret"
API_VERSION = f"{GROUP}/v1alpha1"


@dataclass(frozen=True, slots=True)
class Sealed:
    """SealedSecrets by the namespace and the name of their Secrets, `kubeflow/mysql-secret`."""

    bodies: Mapping[str, Body]

    def made(self, secret: Provided) -> Body:
        """The SealedSecret. Raises KeyError where there is none (SE001)."""
        return self.bodies[secret.path]
