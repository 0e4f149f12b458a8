"""What the catalogue says of the releases."""

from __future__ import annotations

import pytest

from synth.catalog.argocd import KUSTOMIZE
from synth.catalog.knative_kafka import EVENTING
from synth.catalog.kubeflow import RELEASES, load_release
from synth.kit.objects import identity
from synth.render.documents import load_all
from tests.kubeflow.releases import Upstream

OBJECTS = {"1.8.0": 634, "1.8.1": 634, "1.9.1": 569, "1.10": 611, "1.11": 653, "26.03": 675}


@pytest.mark.parametrize("release", RELEASES)
def test_the_default_components_own_every_object_of_the_release(release: str) -> None:
    parts = [part for part in load_release(release).components.values() if part.default]
    assert sum(len(part.objects) for part in parts) == OBJECTS[release]
    assert len({each for part in parts for each in part.objects}) == OBJECTS[release]


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_the_identities_are_those_of_upstreams_own_build(upstream: Upstream) -> None:
    example = upstream.example()
    parts = [part for part in upstream.release.components.values() if part.default]
    assert {each: version for part in parts for each, version in part.objects.items()} == {
        identity(body): body["apiVersion"] for body in example
    }
    crds = [body for body in example if body["kind"] == "CustomResourceDefinition"]
    assert {name: versions for part in parts for name, versions in part.crd_versions.items()} == {
        body["metadata"]["name"]: tuple(v["name"] for v in body["spec"]["versions"] if v["served"])
        for body in crds
    }
    assert {kind for part in parts for kind in part.cluster_kinds} == {
        (body["spec"]["group"], body["spec"]["names"]["kind"])
        for body in crds
        if body["spec"]["scope"] == "Cluster"
    }


@pytest.mark.parametrize("release", RELEASES)
def test_what_a_component_needs_is_there_in_an_earlier_wave(release: str) -> None:
    components = load_release(release).components
    late = [
        f"{part.name} ({part.wave}) needs {name} ({components[name].wave})"
        for part in components.values()
        for name in part.requires
        if components[name].wave >= part.wave
    ]
    assert late == []


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_is_pinned_to_a_full_commit(release: str) -> None:
    assert len(load_release(release).commit) == 40


@pytest.mark.parametrize("release", RELEASES)
def test_the_version_of_kserve_is_its_controllers(release: str) -> None:
    known = load_release(release)
    images = {use.image for use in known.components["kserve"].images}
    assert f"kserve/kserve-controller:v{known.kserve}" in images


def test_a_release_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^unknown Kubeflow release '1\.7' \(known: 1\.8\.0, "):
        load_release("1.7")


@pytest.mark.parametrize("release", RELEASES)
def test_what_every_argo_cd_builds_is_known(release: str) -> None:
    known = load_release(release)
    assert set(KUSTOMIZE.values()) <= known.misbuilt.keys()
    assert {name for names in known.misbuilt.values() for name in names} <= known.components.keys()
    assert known.kustomize[0] == "5.5.0", "what the others were compared with"


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_knative_eventing_has_the_version_that_is_known(upstream: Upstream) -> None:
    path = upstream.tree / "common/knative/knative-eventing/base/upstream/eventing-core.yaml"
    [said] = {
        body["metadata"]["labels"]["app.kubernetes.io/version"]
        for body in load_all(path.read_text())
        if body and body["kind"] == "Namespace"
    }
    assert said == EVENTING[upstream.release.name]
