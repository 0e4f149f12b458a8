"""What is known of the inside of a kustomization that refers to upstream, without building it.

The catalogue has the objects of every component of every release, with their API versions, the
versions of CRDs and the images; the rest of them it does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synth.catalog.images import split
from synth.catalog.kubeflow import RELEASES, REPOSITORY, Component, Release, load_release
from synth.kit.objects import Body, Identity
from synth.render.documents import load_all


def release_of(kustomization: Mapping[str, Any]) -> str:
    """The release of Kubeflow that a kustomization refers to; empty for any other."""
    text = " ".join(map(str, kustomization.get("resources") or ()))
    return next((name for name in RELEASES if load_release(name).commit in text), "")


def inside(kustomization: Mapping[str, Any]) -> Iterator[Body]:
    """The objects of the component that it refers to, with what the catalogue knows of each."""
    name = release_of(kustomization)
    if not name:
        return
    release = load_release(name)
    for component in release.components.values():
        prefix = f"{REPOSITORY}//{component.path}?"
        if any(str(each).startswith(prefix) for each in kustomization["resources"]):
            yield from _objects(release, component, kustomization)


def _objects(
    release: Release, component: Component, kustomization: Mapping[str, Any]
) -> Iterator[Body]:
    deleted = {_deleted(patch) for patch in kustomization.get("patches") or ()}
    namespace = component.namespace
    bodies: dict[Identity, Body] = {}
    for this, version in component.objects.items():
        if (this.kind, this.name) in deleted:
            continue
        scoped = release.scoped(this)
        metadata = {"name": scoped.name}
        if scoped.namespace:
            metadata["namespace"] = namespace or scoped.namespace
        bodies[this] = {"apiVersion": version, "kind": scoped.kind, "metadata": metadata}
        if scoped.kind == "CustomResourceDefinition":
            served = component.crd_versions.get(scoped.name, ())
            bodies[this]["spec"] = {"versions": [{"name": each, "served": True} for each in served]}
    for use in component.images:
        if use.kind == "container" and use.object in bodies:
            image = _replaced(use.image, kustomization)
            _put(bodies[use.object], use.pointer.strip("/").split("/"), image)
    yield from bodies.values()


def _deleted(patch: Mapping[str, Any]) -> tuple[str, str]:
    """The kind and the name of what a patch takes away; empty for other patches."""
    text = str(patch.get("patch", ""))
    if not text.startswith("$patch: delete"):
        return "", ""
    [body] = load_all(text)
    return body["kind"], body["metadata"]["name"]


def _replaced(image: str, kustomization: Mapping[str, Any]) -> str:
    """The image as the kustomization has it."""
    name, tag, digest = split(image)
    for each in kustomization.get("images") or ():
        if each.get("name") == name:
            name = each.get("newName", name)
            tag = each.get("newTag", tag)
            digest = each.get("digest", digest)
    return f"{name}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"


def _put(body: Body, path: list[str], value: str) -> None:
    """Puts a value at a JSON pointer's path; entries of lists are told by their places."""
    holder: Any = body
    for part in path[:-1]:
        holder = holder.setdefault(part, {})
    holder[path[-1]] = value
