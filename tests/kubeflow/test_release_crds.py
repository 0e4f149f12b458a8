"""What the catalogue knows of the CRDs of releases is what upstream builds, and upstream's own objects
are held to it.
"""

from __future__ import annotations

import pytest

from synth.catalog.crds import component_file
from synth.catalog.kubeflow import RELEASES
from synth.config.environment import Environment
from synth.kit.objects import Body, Resource, group_of
from synth.rules.custom_resources import check_custom_resources
from tests.kubeflow.releases import Upstream
from tests.rules.rendered import UPSTREAM
from tools.crd_schemas import text


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_the_files_of_components_are_made_from_their_crds(upstream: Upstream) -> None:
    optional = [each for each in upstream.release.components.values() if not each.default]
    for name, bodies in upstream.parts(*optional).items():
        crds = [body for body in bodies if body["kind"] == "CustomResourceDefinition"]
        assert bool(crds) == bool(upstream.release.components[name].crd_versions)
        if crds:
            assert text(crds) == component_file(name, upstream.release.name).read_text(), name


CUSTOM_RESOURCES = {"1.8.0": 84, "1.8.1": 84, "1.9.1": 77, "1.10": 79, "1.11": 88, "26.03": 89}
"""How many upstream's defaults have."""


@pytest.mark.parametrize("hydrated", [True, False])
@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_every_custom_resource_of_upstreams_is_held_to_its_crd(
    upstream: Upstream, hydrated: bool
) -> None:
    release = upstream.release
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": release.kubernetes[-1]},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "kubeflow": {"release": release.name},
        }
    )
    bodies = [each for bodies in upstream.parts().values() for each in bodies]
    crds = [body for body in bodies if body["kind"] == "CustomResourceDefinition"]
    groups = {body["spec"]["group"] for body in crds}
    custom = [body for body in bodies if group_of(body["apiVersion"]) in groups]
    assert len(custom) == CUSTOM_RESOURCES[release.name]

    def said(bodies: list[Body]) -> list[str]:
        every = [*bodies, *(crds if hydrated else ())]
        resources = [Resource("kubeflow", body, UPSTREAM) for body in every]
        return [flaw.message for flaw in check_custom_resources(environment, resources)]

    assert said(custom) == []
    whose = "the application kubeflow" if hydrated else f"Kubeflow {release.name}"
    unknown = f"does not fit its CRD of {whose}: the object has no field unheard-of: take it out"
    assert said([{**body, "unheard-of": 1} for body in custom]) == [unknown] * len(custom)
