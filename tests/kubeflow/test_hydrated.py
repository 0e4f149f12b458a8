"""Hydrated Kubeflow is upstream's `kustomize build example`, object by object.

What differs is written down in differences.yaml; each entry is one field or one object, and every
one of them has to be there.
"""

from __future__ import annotations

import json
import re
import shutil
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.domains.kubeflow import adjusted
from synth.kit.objects import Body
from synth.render.cache import Cache
from synth.render.documents import dump
from synth.render.upstream import ReleaseFiles, UpstreamError, release_objects
from tests.kubeflow.comparison import (
    Difference,
    by_name,
    differences,
    entries,
    protected,
    unwritten,
)
from tests.kubeflow.releases import STORE, Upstream, objects
from tests.shared import kustomize

_CRD = "CustomResourceDefinition"
_NOTHING: tuple[set[Difference], set[Difference]] = (set(), set())


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_all_applications_together_are_the_example_but_for_the_written_list(
    upstream: Upstream, tmp_path: Path
) -> None:
    applications = upstream.applications(tmp_path, components={"user-namespace": False})
    ours = by_name(body for files in applications.values() for body in objects(files))
    example = by_name(protected(upstream.example()), upstream.release.scoped)
    written = {
        each.difference
        for each in entries()
        if upstream.release.name in each.releases and not each.optional
    }
    found = differences(ours, example)
    assert unwritten(found, written) == _NOTHING

    for entry in written:
        assert unwritten(found, written - {entry}) != _NOTHING, "taken away, and not missed"

    # The comparison of two lists is that of each object with its peer, so that altering one object
    # can be judged by that pair alone.
    pairs = {name: (_one(ours, name), _one(example, name)) for name in ours.keys() | example.keys()}
    assert found == {each for pair in pairs.values() for each in differences(*pair)}
    for name, (mine, theirs) in pairs.items():
        of_this = {each for each in written if each.object == name}
        assert unwritten(differences(mine, theirs), of_this) == _NOTHING
        for body in mine.values():
            assert unwritten(differences(_altered(name, body), theirs), of_this) != _NOTHING, name
            assert unwritten(differences({}, theirs), of_this) != _NOTHING, name
        # A Secret that we leave out may hold what it likes.
        for body in theirs.values() if mine else ():
            assert unwritten(differences(mine, _altered(name, body)), of_this) != _NOTHING, name
            assert unwritten(differences(mine, {}), of_this) != _NOTHING, name


def _one(objects: dict[str, Body], name: str) -> dict[str, Body]:
    return {name: objects[name]} if name in objects else {}


def _altered(name: str, body: Body) -> dict[str, Body]:
    """The object with another value in its last field, however deep that lies."""
    body = deepcopy(body)
    keys: list[Any] = [key for key in body if key not in ("apiVersion", "kind", "metadata")]
    owner: Any = body
    key = keys[-1] if keys else "metadata"
    while isinstance(owner[key], (dict, list)) and owner[key]:
        owner = owner[key]
        key = len(owner) - 1 if isinstance(owner, list) else list(owner)[-1]
    owner[key] = f"{owner[key]} altered"
    return {name: body}


def test_every_entry_is_for_releases_that_there_are() -> None:
    assert {name for entry in entries() for name in entry.releases} == set(RELEASES)
    places = [(*entry.difference[:2], name) for entry in entries() for name in entry.releases]
    assert len(places) == len(set(places)), "written twice"


def test_adjusting_changes_nothing_that_other_environments_share(upstream: Upstream) -> None:
    parts = upstream.release.enabled({"seldon": True})
    before = upstream.parts(*parts)
    after = deepcopy(before)
    for part in parts:
        adjusted(part, after[part.name], "mirror.example.com/all", STORE)
    assert after == before


def test_an_object_that_the_catalogue_does_not_know_is_refused(
    upstream: Upstream, cache: Cache, tmp_path: Path
) -> None:
    part = upstream.release.components["kubeflow-namespace"]
    release = replace(upstream.release, components={part.name: part})
    tree = tmp_path / "manifests"
    for folder in ("example", part.path):
        shutil.copytree(upstream.tree / folder, tree / folder)
    namespace = tree / part.path / "namespace.yaml"
    namespace.write_text(namespace.read_text().replace("name: kubeflow", "name: elsewhere"))
    files = ReleaseFiles(tree, {}, "content")
    with pytest.raises(UpstreamError) as caught:
        release_objects(release, (), files, kustomize(), cache)
    assert str(caught.value) == (
        f"Namespace elsewhere is not in Kubeflow 1.8.1: is {tree} at commit {release.commit}?"
    )


def test_every_image_comes_from_the_mirror_documents_included(upstream: Upstream) -> None:
    parts = upstream.release.enabled({"seldon": True})
    bodies = upstream.parts(*parts)
    for part in parts:
        mirrored = adjusted(part, bodies[part.name], "mirror.example.com/all", None)
        text = "\n".join(dump(body) for body in mirrored if body["kind"] != _CRD)
        for use in part.images:
            names = re.findall(rf"\S*{re.escape(use.image)}(?![\w.@-])", text)
            assert names, use
            assert all("mirror.example.com/all/" in name for name in names), (use, names)


def test_the_sidecars_that_istio_injects_come_from_the_mirror(upstream: Upstream) -> None:
    part = upstream.release.components["istio-install"]
    bodies = adjusted(part, upstream.parts(part)[part.name], "mirror.example.com/all", None)
    (injector,) = [
        body
        for body in bodies
        if body["kind"] == "ConfigMap" and body["metadata"]["name"] == "istio-sidecar-injector"
    ]
    values = json.loads(injector["data"]["values"])["global"]
    assert values["hub"] == "mirror.example.com/all/docker.io/istio"
    assert (values["proxy"]["image"], values["tag"]) == ("proxyv2", "1.17.5")
