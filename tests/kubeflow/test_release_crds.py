"""What the catalogue knows of the CRDs of releases is what upstream builds."""

from __future__ import annotations

import pytest

from synth.catalog.crds import component_file
from synth.catalog.kubeflow import RELEASES
from tests.kubeflow.releases import Upstream
from tools.crd_schemas import text


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_the_files_of_components_are_made_from_their_crds(upstream: Upstream) -> None:
    optional = [each for each in upstream.release.components.values() if not each.default]
    for name, bodies in upstream.parts(*optional).items():
        crds = [body for body in bodies if body["kind"] == "CustomResourceDefinition"]
        assert bool(crds) == bool(upstream.release.components[name].crd_versions)
        if crds:
            assert text(crds) == component_file(name, upstream.release.name).read_text(), name
