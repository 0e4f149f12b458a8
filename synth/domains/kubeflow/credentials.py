"""ExternalSecrets in the place of upstream's Secrets with well-known passwords."""

from __future__ import annotations

from synth.catalog.kubeflow import Credential
from synth.kit.objects import Body, Identity, manifest


def external_secret(credential: Credential, store: str) -> Body:
    """An ExternalSecret that makes the Secret upstream's consumers look for, by name and keys.

    The store's entry is called `kubeflow/<namespace>/<name>`, with one property per key.
    Source: external-secrets/external-secrets, ExternalSecret external-secrets.io/v1beta1.
    """
    entry = f"kubeflow/{credential.namespace}/{credential.name}"
    return manifest(
        "external-secrets.io/v1beta1",
        "ExternalSecret",
        credential.name,
        namespace=credential.namespace,
        spec={
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": store},
            "target": {
                "name": credential.name,
                "creationPolicy": "Owner",
                "template": {"type": credential.type},
            },
            "data": [
                {"secretKey": key, "remoteRef": {"key": entry, "property": key}}
                for key in credential.keys
            ],
        },
    )


def secret_identity(credential: Credential) -> Identity:
    """The Secret that a credential is about."""
    return Identity("", "Secret", credential.namespace, credential.name)
