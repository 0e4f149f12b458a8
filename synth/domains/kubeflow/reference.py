"""The kustomization of a component that Argo CD builds from upstream's own files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from synth.catalog.images import mirrored, replace_images, split
from synth.catalog.kubeflow import AUTHORITY, NAMESPACE, REPOSITORY, Component, Release
from synth.domains.kubeflow.credentials import credential_secret, secret_source
from synth.kit.objects import Body, Identity, identity, manifest
from synth.kit.protection import protections
from synth.kit.secrets import Provider

_FETCH = 50
"""Seconds to fetch upstream in, instead of Kustomize's 27; Argo CD waits 60 for the whole build."""
_STATIC = "static-passwords"
"""The folder of the component that takes password hashes out of documents."""


def kustomization(
    release: Release,
    component: Component,
    *,
    registry: str | None = None,
    store: Provider | None = None,
    overlays: Sequence[str] = (),
    repository: str = REPOSITORY,
    commit: str | None = None,
) -> dict[str, Body]:
    """The files of a component in reference mode, by name, `kustomization.yaml` first.

    Upstream is pinned to the release's full commit. Containers' images come from `registry`
    through `images`, those in arguments and environment values through patches; Secrets with
    well-known data give way to what `store` brings. `overlays` are folders beside the
    file. `repository` and `commit` stand in for upstream's own in tests.
    """
    files: dict[str, Body] = {}
    query = f"?ref={commit or release.commit}&timeout={_FETCH}s"
    resources = [f"{repository}//{component.path}{query}"]
    patches: list[Body] = []
    if store:
        for credential in component.credentials:
            # A hash comes last, after every patch; with no Secret there is none for it to rename.
            secret = credential.base_name
            made = credential_secret(credential, store, name=secret)
            files[_file(made)] = made
            resources.append(_file(made))
            patches.append(_delete_secret(_namespace(component, credential.namespace), secret))
    laid = [f"{repository}//{path}{query}" for path in component.laid_over]
    if store and component.static_passwords:
        laid.append(_STATIC)
        files.update(_below(_STATIC, _static_passwords(component, store)))
    patches += protections(component.objects)
    if registry:
        patches += _argument_patches(component, registry)
    patches += _left_out(component)
    body: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    }
    if component.namespace:
        body["namespace"] = component.namespace
    if registry and (images := _images(component, registry)):
        body["images"] = images
    if patches:
        body["patches"] = patches
    if laid or overlays:
        body["components"] = [*laid, *overlays]
    return {"kustomization.yaml": body, **files}


def _static_passwords(component: Component, store: Provider) -> dict[str, Body]:
    """A Kustomize Component, laid before any overlay, so that these may change the document.

    A line of a document is replaced from an object that Kustomize itself leaves out of the result
    (`local-config`).
    """
    files: dict[str, Body] = {}
    patches: list[Body] = []
    replacements: list[Body] = []
    for each in component.static_passwords:
        secret = each.secret.name
        made = credential_secret(each.secret, store)
        files[_file(made)] = made
        files[f"line-{secret}.yaml"] = manifest(
            "v1",
            "ConfigMap",
            f"line-{secret}",
            annotations={"config.kubernetes.io/local-config": "true"},
            data={"line": each.text},
        )
        patches.append(
            {
                "patch": (
                    "- op: add\n  path: /spec/template/spec/containers/0/envFrom/-\n"
                    f"  value: {json.dumps(secret_source(each))}\n"
                ),
                "target": _target(each.reader, each.reader.namespace),
            }
        )
        replacements.append(
            {
                "source": {"kind": "ConfigMap", "name": f"line-{secret}", "fieldPath": "data.line"},
                "targets": [
                    {
                        "select": _target(each.document, each.document.namespace),
                        "fieldPaths": ["data." + each.key.replace(".", "\\.")],
                        "options": {"delimiter": "\n", "index": each.line},
                    }
                ],
            }
        )
    body: Body = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "resources": sorted(files),
        "patches": patches,
        "replacements": replacements,
    }
    return {"kustomization.yaml": body, **files}


def _images(component: Component, registry: str) -> list[Body]:
    names = {split(use.image)[0] for use in component.images if use.kind == "container"}
    return [{"name": name, "newName": mirrored(name, registry)} for name in sorted(names)]


def _below(folder: str, files: Mapping[str, Body]) -> dict[str, Body]:
    return {f"{folder}/{name}": body for name, body in files.items()}


def _file(made: Body) -> str:
    """What the file of an object that makes a Secret is called."""
    this = identity(made)
    return f"{this.kind.lower()}-{this.namespace}-{this.name}.yaml"


def _namespace(component: Component, namespace: str) -> str:
    """What patches must call it: `namespace:` of a kustomization works after its patches."""
    return "" if component.namespace else namespace


def _delete_secret(namespace: str, name: str) -> Body:
    where = f"  namespace: {namespace}\n" if namespace else ""
    return {
        "patch": (
            f"$patch: delete\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n{where}"
        )
    }


def _left_out(component: Component) -> list[Body]:
    """Patches that leave out what Argo CD cannot be told to leave alone: placeholders of webhooks'
    authorities, since an API server that validates takes no placeholder for one that is there, not
    even to compare, and namespaces of objects that have none, last, since targets have them.
    """
    pointers: dict[Identity, list[str]] = {}
    for drift in sorted(component.drift, key=lambda drift: drift.pointer == NAMESPACE):
        if drift.pointer == NAMESPACE or drift.pointer.endswith(AUTHORITY):
            pointers.setdefault(drift.object, []).append(drift.pointer)
    return [
        {
            "patch": "".join(f"- op: remove\n  path: {each}\n" for each in found),
            "target": _target(target, _namespace(component, target.namespace)),
        }
        for target, found in pointers.items()
    ]


def _argument_patches(component: Component, registry: str) -> list[Body]:
    patches: dict[Any, list[str]] = {}
    for use in sorted(component.images, key=lambda use: (use.object, use.pointer)):
        if use.kind in ("argument", "environment"):
            value = replace_images(use.value, registry)
            operation = f"- op: replace\n  path: {use.pointer}\n  value: {_quoted(value)}\n"
            operations = patches.setdefault(use.object, [])
            if operation not in operations:
                operations.append(operation)
    return [
        {
            "patch": "".join(operations),
            "target": _target(target, _namespace(component, target.namespace)),
        }
        for target, operations in patches.items()
    ]


def _target(object_: Identity, namespace: str) -> Body:
    return {
        **({"group": object_.group} if object_.group else {}),
        "kind": object_.kind,
        **({"namespace": namespace} if namespace else {}),
        "name": object_.name,
    }


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
