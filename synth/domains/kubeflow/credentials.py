"""ExternalSecrets in the place of upstream's well-known passwords."""

from __future__ import annotations

from synth.catalog.kubeflow import Credential, StaticPassword
from synth.kit.external_secrets import Store, external_secret
from synth.kit.objects import Body, Identity


def credential_secret(credential: Credential, store: Store, *, name: str | None = None) -> Body:
    """An ExternalSecret that makes the Secret upstream's consumers look for, by name and keys.

    `name` is what they call it where that is not its name in the finished manifests. The store's
    entry is `kubeflow/<namespace>/<name>`, the name without a hash.
    """
    return external_secret(
        credential.base_name,
        store,
        namespace=credential.namespace,
        entry=f"kubeflow/{credential.namespace}/{credential.base_name}",
        keys=credential.keys,
        secret=name or credential.name,
        type=credential.type,
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
