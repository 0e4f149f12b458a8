"""Argo's own validation, of each version that a release of Kubeflow brings, passes what is rendered
for it.
"""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES, load_release
from synth.catalog.platform_metrics import CUSTOM, WORKFLOW_SUCCEEDED
from synth.config.workflows import Workflow
from synth.kit.objects import Body
from synth.render.documents import dump, load_all
from tests.repository import ROOT
from tests.shared import argo_validate
from tests.workflows import examples

pytestmark = pytest.mark.argo
VERSIONS = sorted({load_release(name).argo_workflows for name in RELEASES})
EXAMPLE = sorted(ROOT.glob("dist/*/workflows/*/*workflow*.yaml"))


def refused(version: str, bodies: list[Body]) -> list[str]:
    """What the validation of a version has against the objects that it knows of."""
    documents = [dump(body) for body in bodies if body["apiVersion"].startswith("argoproj.io/")]
    assert documents
    done = subprocess.run(
        [argo_validate(version)],
        input="\n---\n".join(documents),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    said = done.stdout.splitlines()
    assert done.returncode == bool(said)
    return said


@pytest.mark.parametrize("scope", ["team", "cluster"])
@pytest.mark.parametrize("version", VERSIONS)
def test_it_passes_a_workflow_that_says_everything(version: str, scope: str) -> None:
    workflow = examples.full(version, clusterScope=scope == "cluster")
    assert refused(version, examples.objects(workflow, version)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_it_passes_what_teams_write(version: str) -> None:
    for said in (examples.WORKFLOW, {**examples.WORKFLOW, "steps": examples.WORKFLOW["steps"][:1]}):
        workflow = Workflow.model_validate(said)
        assert refused(version, examples.objects(workflow, version)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_it_passes_runs_that_say_when_they_succeeded(version: str) -> None:
    workflow = Workflow.model_validate(examples.WORKFLOW)
    assert refused(version, examples.objects(workflow, version, watched=True)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_its_controller_shows_what_the_alert_asks_for(version: str) -> None:
    workflow = Workflow.model_validate(examples.WORKFLOW)
    [body] = [
        each
        for each in examples.objects(workflow, version, watched=True)
        if each["kind"] == "CronWorkflow"
    ]
    done = subprocess.run(
        [argo_validate(version), "metrics"],
        input=dump(body),
        capture_output=True,
        text=True,
        check=True,
    )
    series = f'{CUSTOM}{WORKFLOW_SUCCEEDED}{{team="nlp",workflow="sentiment-training"}}\n'
    assert done.stdout == series


def test_it_passes_the_example() -> None:
    """Kubeflow 1.8.1 brings 3.3.10."""
    assert EXAMPLE
    bodies = [body for path in EXAMPLE for body in load_all(path.read_text())]
    assert refused("3.3.10", bodies) == []


PAUSE: Body = {"name": "pause", "suspend": {}}
LOST: Body = {"name": "a", "template": "pause", "depends": "b.Succeeded"}
BROKEN: list[tuple[str, dict[str, Any], str]] = [
    (
        "WorkflowTemplate",
        {"onExit": "", "templates": [{"name": "DAG", "dag": {"tasks": [LOST]}}, PAUSE]},
        "sorting failed: invalid dependency b",
    ),
    (
        "WorkflowTemplate",
        {"arguments": {"parameters": []}},
        "failed to resolve {{workflow.parameters.model}}",
    ),
    (
        "WorkflowTemplate",
        {"podGC": {"strategy": "Never"}},
        "podGC.strategy unknown strategy 'Never'",
    ),
    ("WorkflowTemplate", {"deadline": 5}, 'unknown field "deadline"'),
    (
        "CronWorkflow",
        {"workflowSpec": {"workflowTemplateRef": {"name": "other"}}},
        'there is no WorkflowTemplate "other"',
    ),
    ("CronWorkflow", {"concurrencyPolicy": "Never"}, "'Never' is not a valid concurrencyPolicy"),
]


@pytest.mark.parametrize(("kind", "changes", "said"), BROKEN, ids=[said for _, _, said in BROKEN])
@pytest.mark.parametrize("version", VERSIONS)
def test_it_refuses_what_is_broken(
    version: str, kind: str, changes: dict[str, Any], said: str
) -> None:
    bodies = examples.objects(examples.full(version), version)
    [body] = [body for body in bodies if body["kind"] == kind]
    body["spec"] = {**body["spec"], **changes}
    assert said in "\n".join(refused(version, bodies))


@pytest.mark.parametrize(
    ("version", "written_for", "changes", "said"),
    [
        ("3.3.10", "3.5.14", {}, 'unknown field "artifactGC"'),
        ("3.4.17", "3.5.14", {}, 'unknown field "deleteDelayDuration"'),
        ("3.3.10", "3.7.3", {}, 'unknown field "schedules"'),
        ("3.5.14", "3.7.3", {}, 'unknown field "schedules"'),
        ("3.5.14", "3.7.3", {}, 'unknown field "mutexes"'),
        ("3.5.14", "3.7.3", {"mutex": None}, 'unknown field "cap"'),
    ],
)
def test_what_is_written_for_a_later_version_is_refused(
    version: str, written_for: str, changes: dict[str, Any], said: str
) -> None:
    bodies = examples.objects(examples.full(written_for, **changes), written_for)
    assert said in "\n".join(refused(version, bodies))
