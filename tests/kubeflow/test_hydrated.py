"""Hydrated Kubeflow is upstream's `kustomize build example`, object by object.

What differs is written down in DIFFERENCES and in the catalogue's drift and credentials; each
entry is one field or one object, and every one of them has to be there.
"""

from __future__ import annotations

import re
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES, load_release
from synth.domains.kubeflow import Store, adjusted
from synth.kit.objects import Body, Identity, identity
from synth.render.cache import Cache, tree_digest
from synth.render.documents import dump, load_all
from synth.render.upstream import UpstreamError, release_objects
from tests.shared import kustomize

STORE = Store("platform", "0.9.20")
_CRD = "CustomResourceDefinition"


def differences(ours: list[Body], theirs: list[Body]) -> dict[Identity, set[str]]:
    """The objects that differ and the JSON pointers at which they do; "" for a whole object."""
    mine = {identity(body): body for body in ours}
    upstream = {identity(body): body for body in theirs}
    assert len(mine) == len(ours)
    assert len(upstream) == len(theirs)
    found = {
        each: set(_pointers(mine.get(each), upstream.get(each), ""))
        for each in mine.keys() | upstream.keys()
    }
    return {each: pointers for each, pointers in found.items() if pointers}


def _pointers(one: Any, other: Any, path: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            pointer
            for key in one.keys() | other.keys()
            for pointer in _pointers(
                one.get(key, ...),
                other.get(key, ...),
                f"{path}/{key.replace('~', '~0').replace('/', '~1')}",
            )
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            pointer
            for index, (left, right) in enumerate(zip(one, other, strict=True))
            for pointer in _pointers(left, right, f"{path}/{index}")
        ]
    return [] if one == other else [path]


@pytest.mark.parametrize(
    ("release_tree", "name"), [(name, name) for name in RELEASES], indirect=["release_tree"]
)
def test_all_applications_together_are_the_example_but_for_a_written_list(
    release_tree: Path, name: str, cache: Cache
) -> None:
    release = load_release(name)
    example = load_all(kustomize().build(release_tree / "example"))
    content = tree_digest(release_tree)
    upstream = release_objects(release, (), release_tree, content, kustomize(), cache)
    parts = [part for part in release.components.values() if part.default]

    untouched = [body for part in parts for body in upstream[part.name]]
    assert differences(untouched, example) == {}

    expected: dict[Identity, set[str]] = {}
    for part in parts:
        for drift in part.drift:
            expected.setdefault(drift.object, set()).add(drift.pointer)
        for secret in part.credentials:
            gone = Identity("", "Secret", secret.namespace, secret.name)
            instead = Identity(
                "external-secrets.io", "ExternalSecret", secret.namespace, secret.name
            )
            expected[gone] = expected[instead] = {""}
    before = deepcopy(upstream)
    ours = [body for part in parts for body in adjusted(part, upstream[part.name], None, STORE)]
    assert differences(ours, example) == expected
    assert upstream == before, "adjusting must not change what other environments share"


@pytest.mark.parametrize("release_tree", ["1.8.1"], indirect=True)
def test_an_object_that_the_catalogue_does_not_know_is_refused(
    release_tree: Path, cache: Cache, tmp_path: Path
) -> None:
    tree = tmp_path / "manifests"
    shutil.copytree(release_tree, tree)
    namespace = tree / "common/kubeflow-namespace/base/namespace.yaml"
    namespace.write_text(namespace.read_text().replace("name: kubeflow", "name: elsewhere"))
    release = load_release("1.8.1")
    with pytest.raises(UpstreamError) as caught:
        release_objects(release, (), tree, "content", kustomize(), cache)
    assert str(caught.value) == (
        f"Namespace elsewhere is not in Kubeflow 1.8.1: is {tree} at commit {release.commit}?"
    )


@pytest.mark.parametrize("release_tree", ["1.8.1"], indirect=True)
def test_every_image_comes_from_the_mirror_documents_included(
    release_tree: Path, cache: Cache
) -> None:
    release = load_release("1.8.1")
    parts = release.enabled({"seldon": True})
    content = tree_digest(release_tree)
    upstream = release_objects(release, parts, release_tree, content, kustomize(), cache)
    for part in parts:
        mirrored = adjusted(part, upstream[part.name], "mirror.example.com/all", None)
        text = "\n".join(dump(body) for body in mirrored if body["kind"] != _CRD)
        for use in part.images:
            names = re.findall(rf"\S*{re.escape(use.image)}(?![\w.@-])", text)
            assert names, use
            assert all("mirror.example.com/all/" in name for name in names), (use, names)
