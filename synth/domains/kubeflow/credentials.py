"""What takes the place of upstream's well-known passwords."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.kubeflow import Component, Credential, StaticPassword
from synth.kit.objects import Body, Identity
from synth.kit.secrets import Provided, Provider

_ASKED = "kubeflow.defaultCredentials"


def credential_secret(credential: Credential, store: Provider, *, name: str | None = None) -> Body:
    """The object that the Secret upstream's consumers look for comes of, by name and keys.

    `name` is what they call it where that is not its name in the finished manifests.
    """
    return store.made(_provided(credential, name or credential.name))


def provided_credentials(component: Component, *, hydrated: bool) -> Iterator[Provided]:
    """The Secrets of a component that take the place of upstream's; in reference mode their names
    have no hash, since Kustomize renames nothing that is no Secret.
    """
    for each in component.credentials:
        yield _provided(each, each.name if hydrated else each.base_name)
    for password in component.static_passwords:
        yield _provided(password.secret, password.secret.name)


def _provided(credential: Credential, name: str) -> Provided:
    """A store has it under `kubeflow/<namespace>/<name>`, the name without a hash."""
    entry = f"kubeflow/{credential.namespace}/{credential.base_name}"
    return Provided(
        credential.namespace, name, credential.keys, _ASKED, entry,
        type=credential.type, source=credential.base_name,
    )  # fmt: skip


def secret_identity(credential: Credential) -> Identity:
    """The Secret that a credential is about."""
    return Identity("", "Secret", credential.namespace, credential.name)


def secret_source(password: StaticPassword) -> Body:
    """The entry of a container's `envFrom` that brings a password's hash."""
    return {"secretRef": {"name": password.secret.name}}
