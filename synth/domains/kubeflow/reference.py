"""The kustomization of a component that Argo CD builds from upstream's own files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synth.catalog.images import mirrored, replace_images, split
from synth.catalog.kubeflow import CA_BUNDLE, REPOSITORY, Component, Release
from synth.domains.kubeflow.credentials import Store, external_secret
from synth.kit.objects import Body
from synth.kit.protection import HOLDS_DATA, PROTECTION


def kustomization(
    release: Release,
    component: Component,
    *,
    registry: str | None = None,
    store: Store | None = None,
    overlays: Sequence[str] = (),
    repository: str = REPOSITORY,
    commit: str | None = None,
) -> dict[str, Body]:
    """The files of a component in reference mode, by name, `kustomization.yaml` first.

    Upstream is pinned to the release's full commit. Containers' images come from `registry`
    through `images`, those in arguments and environment values through patches; Secrets with
    well-known data give way to ExternalSecrets of `store`. `overlays` are folders beside the
    file. `repository` and `commit` stand in for upstream's own in tests.
    """
    files: dict[str, Body] = {}
    resources = [f"{repository}//{component.path}?ref={commit or release.commit}"]
    patches: list[Body] = []
    if store:
        for credential in component.credentials:
            # A hash comes last, after every patch; with no Secret there is none for it to rename.
            secret = credential.base_name
            name = f"externalsecret-{credential.namespace}-{secret}.yaml"
            files[name] = external_secret(credential, store, name=secret)
            resources.append(name)
            patches.append(_delete_secret(_namespace(component, credential.namespace), secret))
    patches += _protections(component)
    patches += _placeholders(component)
    if registry:
        patches += _argument_patches(component, registry)
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
    laid = [f"{repository}//{path}?ref={commit or release.commit}" for path in component.laid_over]
    if laid or overlays:
        body["components"] = [*laid, *overlays]
    return {"kustomization.yaml": body, **files}


def _images(component: Component, registry: str) -> list[Body]:
    names = {split(use.image)[0] for use in component.images if use.kind == "container"}
    return [{"name": name, "newName": mirrored(name, registry)} for name in sorted(names)]


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


def _protections(component: Component) -> list[Body]:
    """Patches that keep what holds data from being pruned; one per kind that is there."""
    kinds = {(each.group, each.kind) for each in component.objects} & HOLDS_DATA
    annotations = "".join(f"    {key}: {value}\n" for key, value in PROTECTION.items())
    return [
        {
            "patch": f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: any\n  annotations:\n{annotations}",
            "target": {"group": group, "kind": kind} if group else {"version": "v1", "kind": kind},
        }
        for group, kind in sorted(kinds)
    ]


def _placeholders(component: Component) -> list[Body]:
    """Patches that leave out the authorities of conversion webhooks: an API server that validates
    them takes no placeholder for one that is there, not even to compare.
    """
    return [
        {
            "patch": f"- op: remove\n  path: {CA_BUNDLE}\n",
            "target": {
                "group": drift.object.group,
                "kind": drift.object.kind,
                "name": drift.object.name,
            },
        }
        for drift in component.drift
        if drift.pointer == CA_BUNDLE
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
            "target": {
                **({"group": target.group} if target.group else {}),
                "kind": target.kind,
                **({"namespace": namespace} if namespace else {}),
                "name": target.name,
            },
        }
        for target, operations in patches.items()
        for namespace in [_namespace(component, target.namespace)]
    ]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
