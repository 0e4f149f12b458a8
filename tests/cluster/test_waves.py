"""The order of a first installation: a wave waits for whatever is not healthy."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.conftest import Releases
from tests.cluster.platform import platform

RELEASE = "1.8.1"
FEW = {
    "cert-manager",
    "istio-crds",
    "istio-namespace",
    "kubeflow-namespace",
    "kubeflow-roles",
    "profiles",
    "seldon",
}
"""The components that a team with a model needs the kinds of."""


def test_a_wave_waits_for_a_controller_that_says_nothing(
    releases: Releases, programs: None, tmp_path: Path
) -> None:
    """Without the profile controller the teams are not healthy, and their models do not begin."""
    with platform(tmp_path, "prod") as it:
        it.example.write("prod", url=it.git.url)
        it.example.release(RELEASE, "hydrated", releases.tree(RELEASE), "prod")
        it.keep_only(RELEASE, FEW)
        it.publish("A team with a model")
        with it.stand_ins.without("profile-controller"):
            it.bootstrap()
            teams, models = it.application("teams"), it.application("models")
            it.argocd.wait_until(
                "the teams' Application synced",
                lambda found: teams in found and found[teams].sync == "Synced",
            )
            for found in it.argocd.watch(40):
                assert found[teams].health == "Progressing"
                assert models not in found
        assert models in it.rest()
