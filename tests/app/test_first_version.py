"""A model that is described before it has a version, and the first one that comes in."""

from __future__ import annotations

import pytest

from synth.project import Project
from synth.render.cache import Cache
from tests.app.examples import built

TEAM = """\
addons: {seldon: {}}
teams: [{name: nlp, owner: a@example.com}]
"""
DESCRIBED = """\
models:
  - name: sentiment
    team: nlp
    server: {format: sklearn}
    objectives: {errors: 1%, accuracyDrop: 5%, inputDrift: 0.2}
"""
VERSION = """\
    variants: [{name: stable, version: 7, artifact: "s3://models/7", traffic: 100}]
"""
OBSERVED = "observability: {}\n"
SERVED = {
    "models/nlp/authorizationpolicy.security.istio.io-sentiment-gateway.yaml",
    "models/nlp/seldondeployment.machinelearning.seldon.io-sentiment.yaml",
}


@pytest.mark.parametrize("observed", ["", OBSERVED])
def test_the_project_permits_a_first_version_before_it_comes_in(
    project: Project, cache: Cache, observed: str
) -> None:
    before, permitted = built(project, cache, TEAM + observed + DESCRIBED)
    after, later = built(project, cache, TEAM + observed + DESCRIBED + VERSION)
    assert permitted == later
    assert {"group": "machinelearning.seldon.io", "kind": "SeldonDeployment"} in permitted[
        "namespaceResourceWhitelist"
    ]
    assert after.keys() - before.keys() == {
        *SERVED,
        "argocd/argocd/application.argoproj.io-test-models.yaml",
    }


def test_the_project_permits_it_as_soon_as_a_model_is_described(
    project: Project, cache: Cache
) -> None:
    _, permitted = built(project, cache, TEAM)
    files, widened = built(project, cache, TEAM + DESCRIBED)
    assert not any(path.startswith("models/") for path in files)
    added = [
        kind
        for kind in widened["namespaceResourceWhitelist"]
        if kind not in permitted["namespaceResourceWhitelist"]
    ]
    assert {"group": "machinelearning.seldon.io", "kind": "SeldonDeployment"} in added
