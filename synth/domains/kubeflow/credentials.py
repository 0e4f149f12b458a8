"""ExternalSecrets in the place of upstream's well-known passwords."""

from __future__ import annotations

from dataclasses import dataclass

from synth.catalog.kubeflow import Credential, StaticPassword
from synth.kit.objects import Body, Identity, manifest
from synth.kit.versions import minor

V1_SINCE = (0, 16)
"""From here on v1 is served; 0.17 serves it alone."""


@dataclass(frozen=True, slots=True)
class Store:
    """The ClusterSecretStore called `name`, read by this version of External Secrets."""

    name: str
    external_secrets: str


def external_secret(credential: Credential, store: Store, *, name: str | None = None) -> Body:
    """An ExternalSecret that makes the Secret upstream's consumers look for, by name and keys.

    `name` is what they call it where that is not its name in the finished manifests. The store's
    entry is `kubeflow/<namespace>/<name>`, the name without a hash, with one property per key.
    Source: external-secrets/external-secrets apis/externalsecrets/{v1beta1,v1}, of one form.
    """
    version = "v1" if minor(store.external_secrets) >= V1_SINCE else "v1beta1"
    entry = f"kubeflow/{credential.namespace}/{credential.base_name}"
    return manifest(
        f"external-secrets.io/{version}",
        "ExternalSecret",
        credential.base_name,
        namespace=credential.namespace,
        spec={
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": store.name},
            "target": {
                "name": name or credential.name,
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


def external_secret_identity(credential: Credential) -> Identity:
    """The ExternalSecret in its place."""
    name = credential.base_name
    return Identity("external-secrets.io", "ExternalSecret", credential.namespace, name)


def secret_source(password: StaticPassword) -> Body:
    """The entry of a container's `envFrom` that brings a password's hash."""
    return {"secretRef": {"name": password.secret.name}}
