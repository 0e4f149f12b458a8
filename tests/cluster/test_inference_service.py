"""A model that KServe serves, on the newest release: accepted, healthy and at rest."""

from __future__ import annotations

from pathlib import Path

from synth.catalog.kubeflow import load_release
from tests.cluster.conftest import Releases
from tests.cluster.platform import platform

RELEASE = "26.03"


def test_a_canary_of_kserve_comes_to_rest(
    releases: Releases, programs: None, tmp_path: Path
) -> None:
    with platform(tmp_path, "prod") as it:
        it.example.write("prod", url=it.git.url)
        [shown], [served] = (it.example.read(each)["models"] for each in ("base", "prod"))
        it.example.release(RELEASE, "hydrated", releases.tree(RELEASE), "prod")
        wanted = {
            "engine": "kserve",
            "server": {"format": "sklearn"},
            "serviceAccount": "default-editor",
            "autoscaling": {"minReplicas": 1, "maxReplicas": 4},
        }
        kept = {key: shown[key] for key in ("name", "team", "resources", "gate", "objectives")}
        it.example.set("base", "models", [{**kept, **wanted}])
        it.example.set("prod", "models", [{key: served[key] for key in ("name", "variants")}])
        it.keep_only(RELEASE, _with_what_it_needs("kserve", "profiles"))
        it.publish("A team with a model that KServe serves")
        with it.stand_ins.without("kserve"):
            it.bootstrap()
            models = it.application("models")
            it.argocd.wait_until(
                "the models' Application synced",
                lambda found: models in found and found[models].sync == "Synced",
                600,
            )
            for found in it.argocd.watch(20):
                assert found[models].health == "Progressing"
        before = it.rest()
        service = it.plane.get("inferenceservices.serving.kserve.io", "sentiment", "nlp")
        assert service["spec"]["predictor"]["canaryTrafficPercent"] == 10
        for found in it.argocd.watch(60):
            assert found[models].explain() == before[models].explain()
            assert found[models].operation == before[models].operation


def _with_what_it_needs(*components: str) -> set[str]:
    """The components and everything that they need, directly or not."""
    known = load_release(RELEASE).components
    needed: set[str] = set()
    waiting = list(components)
    while waiting:
        each = waiting.pop()
        if each not in needed:
            needed.add(each)
            waiting += known[each].requires
    return needed
