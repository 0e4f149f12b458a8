"""Upstream's finished objects, adjusted: at rest under Argo CD, images from the mirror, no
well-known passwords.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from synth.catalog.images import image_kind, mirrored, replace_images
from synth.catalog.kubeflow import Component, Drift, StaticPassword
from synth.domains.kubeflow.credentials import credential_secret, secret_identity, secret_source
from synth.kit.objects import Body, Identity, identity
from synth.kit.secrets import Provider


def adjusted(
    component: Component, objects: Iterable[Body], registry: str | None, store: Provider | None
) -> list[Body]:
    """The objects of a component as an environment gets them; the given ones stay as they are.

    `registry` is the mirror that every image is pulled from, `store` brings what
    takes the place of well-known credentials; None leaves upstream's.
    """
    drift: dict[Any, list[Drift]] = {}
    for each in component.drift:
        drift.setdefault(each.object, []).append(each)
    secrets = {secret_identity(each): each for each in component.credentials} if store else {}
    passwords = component.static_passwords if store else ()
    result = []
    for body in objects:
        this = identity(body)
        if this in secrets and store:
            result.append(credential_secret(secrets[this], store))
            continue
        if this in drift:
            body = deepcopy(body)
            for each in drift[this]:
                _settle(body, each)
        for password in passwords:
            body = _from_environment(body, this, password)
        if registry and this.kind != "CustomResourceDefinition":
            body = _from_mirror(body, this.kind, "", registry)
        result.append(body)
    if store:
        result += [credential_secret(each.secret, store) for each in passwords]
    return result


def _from_environment(body: Body, this: Identity, password: StaticPassword) -> Body:
    """The object without the password's hash, or with the environment variable that holds it."""
    if this == password.document:
        lines = body["data"][password.key].split("\n")
        lines[password.line] = password.text
        return {**body, "data": {**body["data"], password.key: "\n".join(lines)}}
    if this == password.reader:
        body = deepcopy(body)
        container = body["spec"]["template"]["spec"]["containers"][0]
        container["envFrom"].append(secret_source(password))
    return body


def _settle(body: Body, drift: Drift) -> None:
    """Takes away, or writes out, the field that Argo CD would see change again and again."""
    *parents, last = (
        part.replace("~1", "/").replace("~0", "~") for part in drift.pointer.split("/")[1:]
    )
    owner: Any = body
    for part in parents:
        owner = owner[int(part)] if isinstance(owner, list) else owner[part]
    if drift.action == "remove":
        owner.pop(last, None)
    else:
        owner.setdefault(last, "0")


def _from_mirror(value: Any, kind: str, pointer: str, registry: str) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _from_mirror(item, kind, f"{pointer}/{key}", registry)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            _from_mirror(item, kind, f"{pointer}/{index}", registry)
            for index, item in enumerate(value)
        ]
    if isinstance(value, str):
        match image_kind(kind, pointer):
            case "container":
                return mirrored(value, registry) if value else value
            case "argument" | "environment" | "document":
                return replace_images(value, registry)
    return value
