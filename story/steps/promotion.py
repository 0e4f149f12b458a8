"""Version 1 goes through dev and staging to production."""

from __future__ import annotations

import json
from itertools import pairwise

from sentiment.generated import comments

from story.configuration import ENVIRONMENTS, MODEL
from story.predictors import KIND, predictors
from story.stage import Stage
from synth.clients.mlflow import Registry as Client
from tests.model_server import answer

SCIENTIST, REVIEWER = "Sam", "Rosa"
_ASKED = 200


def carry(it: Stage) -> None:
    """`bump` into dev, `promote` to the others; MLflow is away at first, and Argo CD's repo-server dies
    on the way to production.
    """
    team, timeline = it.team, it.timeline
    with timeline.step(
        "From dev to production",
        "`synth model bump` brings version 1 into dev, `promote` carries it to staging and production:"
        " commits that Argo CD applies.",
    ):
        _away(it)
        timeline.event("said", team.model("bump", MODEL, "--env", "dev", by=SCIENTIST))
        _arrived(it, "dev")
        for source, target in pairwise(ENVIRONMENTS):
            step = ("promote", MODEL, "--from", source, "--to", target)
            timeline.event("said", team.model(*step, by=SCIENTIST))
            if target == "prod":
                _repo_server_dies(it)
            _arrived(it, target)


def _away(it: Stage) -> None:
    """MLflow does not answer while somebody brings a version in."""
    said = it.team.synth(
        "model", "bump", MODEL, "--env", "dev", code=2, MLFLOW_TRACKING_URI="http://127.0.0.1:1"
    )
    changed = it.team.run("status", "--porcelain")
    it.timeline.event("fault", f"MLflow is away: {said.err.strip().splitlines()[0]}")
    it.timeline.check("without MLflow nothing is written, and nothing lost", changed == "")


def _repo_server_dies(it: Stage) -> None:
    """Argo CD's repo-server is killed while it makes manifests of the new commit."""
    [server] = [e for e in it.clusters.argocd.plane.servers if e.name == "argocd-repo-server"]
    it.clusters.refresh(it.team.git)
    server.kill()
    it.timeline.event("fault", "Argo CD's repo-server is killed while it syncs")
    server.start()


def _arrived(it: Stage, environment: str) -> None:
    """What the cluster has is what git says, and MLServer answers with it."""
    it.synced()
    version = Client(it.registry.address).version(MODEL, 1)
    deployment = it.apis[environment].one(KIND, MODEL, it.models[environment].team)
    [predictor] = deployment["spec"]["predictors"] if deployment else [{}]
    known = predictor.get("annotations", {})
    it.timeline.check(
        f"{environment}: the SeldonDeployment names version, run, commit and data",
        (known.get("version"), known.get("kfsynth/run"), known.get("kfsynth/commit"),
         known.get("kfsynth/data")) == ("1", version.run, version.commit, version.data),
        predictor.get("graph", {}).get("modelUri", ""),
    )  # fmt: skip
    it.serves(environment)
    asked = [json.loads(each) for each in comments(_ASKED, it.seed * 100 + 50)]
    said = answer(it.addresses[environment], [each["text"] for each in asked])
    right = sum(a == each["label"] for a, each in zip(said, asked, strict=True)) / _ASKED
    it.timeline.check(
        f"{environment}: MLServer answers with it, right in most cases",
        right > 0.85,
        f"{right:.1%}",
    )
    it.timeline.check(
        f"{environment}: requests go where the object says",
        it.models[environment].routes == predictors(deployment),
    )
