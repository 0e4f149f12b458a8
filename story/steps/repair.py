"""What somebody does beside git, or gets past CI, and what becomes of it."""

from __future__ import annotations

from time import monotonic

from story.configuration import MODEL
from story.predictors import KIND
from story.stage import Stage
from story.steps.promotion import SCIENTIST
from synth.kit.application import application_name
from tests.cluster.api import Kind
from tests.model_server import answer
from tests.servers import wait_for

EDITED = application_name("prod", "observability")
"""The Application that an object is deleted of."""
_RULE = Kind("monitoring.coreos.com/v1", "prometheusrules")


def heal(it: Stage) -> None:
    """Somebody edits an object by hand, and somebody pushes what no API server takes."""
    with it.timeline.step(
        "Edited by hand",
        "An object in production is edited, another is deleted: Argo CD restores both. A commit with a"
        " broken manifest gets past CI: production stays as it was until it is reverted.",
    ):
        _edited(it)
        _broken(it)


def _edited(it: Stage) -> None:
    plane, api = it.clusters.planes["prod"], it.apis["prod"]
    before = it.models["prod"].deployment
    assert before, "no SeldonDeployment"
    namespace = ("-n", it.models["prod"].team)
    half = '[{"op": "replace", "path": "/spec/predictors/0/traffic", "value": 50}]'
    plane.kubectl("patch", "sdep", MODEL, *namespace, "--type=json", "-p", half)
    plane.kubectl("delete", "prometheusrules", MODEL, *namespace)
    it.timeline.event("fault", "a SeldonDeployment is edited, a PrometheusRule is deleted")
    began = monotonic()

    def restored() -> bool:
        now = api.one(KIND, MODEL, it.models["prod"].team)
        rule = api.one(_RULE, MODEL, it.models["prod"].team)
        return bool(now and rule and now["spec"] == before["spec"])

    wait_for("what Argo CD restores", restored, 180)
    it.timeline.check("Argo CD restores both", restored(), f"within {monotonic() - began:.1f} s")


def _broken(it: Stage) -> None:
    team, api = it.team, it.apis["prod"]
    [path] = (team.tree / "dist/prod/models").rglob("seldondeployment*.yaml")
    path.write_text(path.read_text().replace("traffic: 100", "traffic: plenty"))
    ci = team.try_synth("check")
    it.timeline.check("CI would have refused it", ci.code == 1, (ci.out + ci.err).splitlines()[0])
    before = api.one(KIND, MODEL, it.models["prod"].team)
    team.push("Give it plenty", SCIENTIST)
    it.clusters.refresh(it.team.git)

    def refusal() -> str:
        found = it.clusters.argocd.applications().values()
        said = [each.explain() for each in found if not each.rests]
        return next((each for each in said if "traffic" in each), "")

    wait_for("the API server's refusal", lambda: bool(refusal()), 180)
    it.timeline.event("fault", f"a broken manifest: {refusal().splitlines()[-1].strip()}")
    now = api.one(KIND, MODEL, it.models["prod"].team)
    it.timeline.check(
        "production keeps what it had", bool(before and now and before["spec"] == now["spec"])
    )
    said = answer(it.addresses["prod"], ["It is great, really great."])
    it.timeline.check("and answers", len(said) == 1, said)
    team.git.revert()
    team.tell()
    found = it.synced()
    it.timeline.check(
        "with the revert it is Synced and Healthy",
        found[application_name("prod", "models")].revision == team.git.head(),
        team.git.head()[:10],
    )
