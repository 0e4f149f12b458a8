"""Secrets that the External Secrets operator makes from a store.

Source: external-secrets/external-secrets apis/externalsecrets/{v1beta1,v1}, of one form.
"""

from __future__ import annotations

from dataclasses import dataclass

from synth.kit.objects import Body, manifest
from synth.kit.secrets import Provided
from synth.kit.versions import minor

GROUP, KIND = "external-secrets.io", "ExternalSecret"
V1_SINCE = (0, 16)
"""From here on v1 is served; 0.17 serves it alone."""


@dataclass(frozen=True, slots=True)
class Store:
    """The ClusterSecretStore called `name`, read by this version of External Secrets."""

    name: str
    external_secrets: str

    def made(self, secret: Provided) -> Body:
        """An ExternalSecret: each key is the property of its name in the store's entry, without a
        dot in front, which stores read as the beginning of a path.
        """
        version = "v1" if minor(self.external_secrets) >= V1_SINCE else "v1beta1"
        return manifest(
            f"{GROUP}/{version}",
            KIND,
            secret.source or secret.name,
            namespace=secret.namespace,
            spec={
                "refreshInterval": "1h",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": self.name},
                "target": {
                    "name": secret.name,
                    "creationPolicy": "Owner",
                    "template": {"type": secret.type},
                },
                "data": [
                    {
                        "secretKey": key,
                        "remoteRef": {"key": secret.entry, "property": key.removeprefix(".")},
                    }
                    for key in secret.keys
                ],
            },
        )
