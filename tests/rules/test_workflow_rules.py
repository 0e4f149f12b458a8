"""What the rules say of workflows: whether this Argo can do it, and whether it may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synth.catalog.addons import ARGO_CHARTS
from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.kubeflow import check_kubeflow
from synth.rules.workflows import check_workflows
from tests.repository import Repository

STEP = {"name": "fetch", "image": "fetch:1.0.0", "command": ("fetch",)}
PATCH: dict[str, Any] = {
    "name": "canary",
    "kind": "resource",
    "action": "patch",
    "manifest": {
        "apiVersion": "machinelearning.seldon.io/v1",
        "kind": "SeldonDeployment",
        "metadata": {"name": "sentiment"},
    },
}
WORKFLOW: dict[str, Any] = {
    "name": "training",
    "team": "nlp",
    "schedule": "0 * * * *",
    "steps": (STEP,),
}
ADDON: dict[str, Any] = {"argoWorkflows": {}}


def environment(workflow: dict[str, Any], **said: Any) -> Environment:
    return Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": "1.26"},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "teams": ({"name": "nlp", "owner": "nlp@example.com"},),
            "workflows": ({**WORKFLOW, **workflow},),
            **said,
        }
    )


def findings(workflow: dict[str, Any], **said: Any) -> list[Finding]:
    return list(check_workflows(environment(workflow, **said)))


def kubeflow(release: str, **components: bool) -> dict[str, Any]:
    return {"kubeflow": {"release": release, "components": components}}


def nobody(way_out: str) -> list[Finding]:
    return [
        Finding(
            "WF001", "error", "workflows.training",
            "there is no Argo Workflows here, which Kubeflow's pipelines bring: "
            f"{way_out}, or addons.argoWorkflows",
        )
    ]  # fmt: skip


def test_somebody_has_to_run_them() -> None:
    assert findings({}) == nobody("add kubeflow")
    off = kubeflow("1.8.1", pipelines=False)
    assert findings({}, **off) == nobody("switch kubeflow.components.pipelines on")
    assert findings({}, **kubeflow("1.8.1")) == []
    assert findings({}, addons=ADDON) == []
    assert findings({}, addons=ADDON, **off) == []


BACKOFF = {"limit": 1, "backoff": {"cap": "1m"}}
LATER: list[tuple[dict[str, Any], str, str, tuple[str, ...], tuple[str, ...]]] = [
    ({"artifactGC": {}}, "artifactGC", "3.4", ("1.8.1",), ("1.9.1",)),
    ({"podGC": {"deleteDelay": "1m"}}, "podGC.deleteDelay", "3.5", ("1.8.1", "1.9.1"), ("1.10",)),
    ({"when": "{{= true }}"}, "when", "3.6", ("1.8.1", "1.9.1", "1.10"), ("1.11", "26.03")),
    (
        {"stopStrategy": {"expression": "cronworkflow.failed >= 3"}},
        "stopStrategy", "3.6", ("1.8.1", "1.9.1", "1.10"), ("1.11", "26.03"),
    ),
    ({"retries": BACKOFF}, "retries.backoff.cap", "3.7", ("1.8.1", "1.10"), ("1.11",)),
    (
        {"steps": ({**STEP, "retries": BACKOFF},)},
        "steps.fetch.retries.backoff.cap", "3.7", ("1.10",), ("1.11",),
    ),
    (
        {"onExit": {**STEP, "name": "notify", "retries": BACKOFF}},
        "onExit.retries.backoff.cap", "3.7", ("1.10",), ("1.11",),
    ),
]  # fmt: skip
ARGO = {"1.8.1": "3.3.10", "1.9.1": "3.4.17", "1.10": "3.5.14"}


@pytest.mark.parametrize(
    ("said", "place", "since", "without", "able"), LATER, ids=[place for _, place, *_ in LATER]
)
def test_what_this_argo_cannot_do_is_told_with_the_first_that_can(
    said: dict[str, Any], place: str, since: str, without: tuple[str, ...], able: tuple[str, ...]
) -> None:
    for release in without:
        assert findings(said, **kubeflow(release)) == [
            Finding(
                "WF002", "error", f"workflows.training.{place}",
                f"Argo Workflows can do this since {since}, and this cluster has {ARGO[release]}: "
                "take it out",
            )
        ]  # fmt: skip
    for release in able:
        assert findings(said, **kubeflow(release)) == []
    assert findings(said, addons=ADDON) == []


def test_git_says_what_is_served_unless_an_environment_says_otherwise() -> None:
    handler = {**PATCH, "name": "back", "action": "apply"}
    said = {"steps": (STEP, PATCH), "onExit": handler}
    assert findings(said, **kubeflow("1.8.1")) == [
        Finding(
            "WF003", "error", f"workflows.training.{place}",
            "changes what is served behind git's back: have the step open a change of the "
            "environment's file, or allow it here by policy.directChanges",
        )
        for place in ("steps.canary", "onExit")
    ]  # fmt: skip
    assert findings(said, policy={"directChanges": True}, **kubeflow("1.8.1")) == []
    assert findings({"steps": ({**PATCH, "action": "get"},)}, **kubeflow("1.8.1")) == []


def test_one_controller_in_a_version_whose_chart_is_known() -> None:
    said = check_kubeflow(environment({}, addons=ADDON, **kubeflow("1.11")))
    assert [each for each in said if each.code.startswith("AD")] == [
        Finding(
            "AD005", "error", "addons.argoWorkflows",
            "Kubeflow brings Argo Workflows already (kubeflow.components.pipelines), and two "
            "controllers would both act on every workflow: take it out",
        )
    ]  # fmt: skip
    said = check_kubeflow(environment({}, addons={"argoWorkflows": {"version": "3.5.14"}}))
    assert said == [
        Finding(
            "AD006", "error", "addons.argoWorkflows.version",
            "it is not known which version of the chart has Argo Workflows 3.5.14: take one of "
            "3.7.6, 3.7.8, 3.7.11",
        )
    ]  # fmt: skip
    for version in ARGO_CHARTS:
        assert check_kubeflow(environment({}, addons={"argoWorkflows": {"version": version}})) == []


def test_it_is_told_where_it_was_written(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    path = repository.root / "environments/dev.yaml"
    path.write_text(
        f"{path.read_text()}workflows:\n"
        "  - name: sentiment-training\n"
        "    podGC: {deleteDelay: 1m}\n"
        "    steps:\n"
        "      - name: train\n"
        "        retries: {backoff: {cap: 2m}}\n"
    )
    line = path.read_text().count("\n")
    done = repository.synth("validate", "dev")
    said = "this cluster has 3.3.10: take it out"
    assert (done.returncode, done.stdout.splitlines()) == (
        1,
        [
            f"error WF002: environments/dev.yaml:{line - 3}:13: "
            "workflows.sentiment-training.podGC.deleteDelay: "
            f"Argo Workflows can do this since 3.5, and {said}",
            f"error WF002: environments/dev.yaml:{line}:29: "
            "workflows.sentiment-training.steps.train.retries.backoff.cap: "
            f"Argo Workflows can do this since 3.7, and {said}",
        ],
    )
