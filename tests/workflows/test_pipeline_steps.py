"""A step that runs a pipeline: exactly the version that the environment registers."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.config.problems import ConfigurationError
from synth.config.workflows import Workflow
from synth.configuration import configuration
from synth.kit.objects import Body
from synth.project import Project
from synth.render.cache import Cache
from tests.pipelines.sources import Sources
from tests.workflows import examples

WORKFLOW = """
workflows:
  - name: hourly
    team: nlp
    steps:
      - {name: train, kind: pipeline, pipeline: sentiment, parameters: {topics: comments}}
"""
STEP = {"name": "train", "kind": "pipeline", "pipeline": "sentiment"}


def made(**changes: object) -> dict[str, Body]:
    said = {**examples.WORKFLOW, "steps": ({**STEP, **changes},)}
    bodies = examples.objects(Workflow.model_validate(said), "3.3.10")
    return {body["kind"]: body for body in bodies}


def test_the_version_of_this_environment_is_run_and_waited_for() -> None:
    spec = made(parameters={"model": "{{workflow.parameters.model}}"})["WorkflowTemplate"]["spec"]
    [_, template] = spec["templates"]
    program, *args = template["container"]["args"]
    assert template["container"]["command"] == ["python", "-I", "-B", "-c"]
    compile(program, "program", "exec")
    assert "{{" not in program
    assert args == [
        "submit",
        "--host=http://ml-pipeline.kubeflow.svc.cluster.local:8888",
        "--token=/var/run/secrets/kubeflow/pipelines/token",
        "--namespace={{workflow.namespace}}",
        "--pipeline=sentiment",
        "--version=sentiment-0123456789ab",
        "--run={{workflow.name}}-train",
        "--parameter=model={{workflow.parameters.model}}",
        "--deadline=2700",
        "--run-id-file=/outputs/run",
    ]
    assert [each["name"] for each in template["volumes"]] == ["tmp", "outputs", "pipelines-token"]
    assert template["outputs"] == {
        "parameters": [{"name": "run", "valueFrom": {"path": "/outputs/run"}}]
    }


def test_its_account_may_submit_and_no_more() -> None:
    rules = made()["Role"]["rules"]
    assert [rule for rule in rules if rule["apiGroups"] == ["pipelines.kubeflow.org"]] == [
        {
            "apiGroups": ["pipelines.kubeflow.org"],
            "resources": ["pipelines"],
            "verbs": ["get", "list"],
        },
        {
            "apiGroups": ["pipelines.kubeflow.org"],
            "resources": ["experiments"],
            "verbs": ["create", "list"],
        },
        {
            "apiGroups": ["pipelines.kubeflow.org"],
            "resources": ["runs"],
            "verbs": ["create", "get", "list", "terminate"],
        },
    ]
    assert "pipelines.kubeflow.org" not in str(
        examples.objects(Workflow.model_validate(examples.WORKFLOW), "3.3.10")[1]
    )


def test_a_parameter_that_the_pipeline_has_not_is_told(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "repository")
    sources.environment()
    path = sources.root / "environments/small.yaml"
    path.write_text(path.read_text() + WORKFLOW)
    with pytest.raises(ConfigurationError) as caught:
        sources.compiled(Cache(tmp_path / "cache"))
    assert str(caught.value) == (
        "environments/small.yaml:16:73: workflows.hourly.steps.train.parameters.topics: sentiment "
        "has no parameter 'topics' (there: days, full, grid, options, rate, topic)"
    )


def test_a_pipeline_that_is_not_there_is_told(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "repository")
    sources.environment()
    path = sources.root / "environments/small.yaml"
    path.write_text(
        path.read_text() + WORKFLOW.replace("pipeline: sentiment", "pipeline: sentimnt")
    )
    with pytest.raises(ConfigurationError) as caught:
        configuration(Project(sources.root))
    assert str(caught.value) == (
        "environments/small.yaml:16:39: workflows.hourly.steps.train.pipeline: 'sentimnt' is not "
        "in pipelines (there: sentiment)"
    )
