"""A team's nodes and pull secrets, where its pods say nothing themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synth.app.components import configured, mistakes
from synth.config.pipelines import Pipeline
from synth.config.steps import PodStep
from synth.kit.objects import Body
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all
from tests.app.examples import built
from tests.schemas import complaints
from tests.teams.examples import environment

NODES = """\
    nodes:
      selector: {pool: gpu}
      tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
"""
GPU_NODES = """\
    nodes: {selector: {pool: cpu}}
    gpuNodes: {selector: {pool: gpu}}
models:
  - name: small
    team: nlp
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: large
    team: nlp
    resources: {limits: {nvidia.com/gpu: "1"}}
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: mixed
    team: nlp
    variants:
      - {name: stable, version: 1, artifact: "s3://m/1", traffic: 90}
      - {name: canary, version: 2, artifact: "s3://m/2", traffic: 10, resources: {limits: {nvidia.com/mig-1g.5gb: "1"}}}
workflows:
  - name: hourly
    team: nlp
    steps:
      - {name: train, image: "train:1.0.0", command: [train], resources: {limits: {amd.com/gpu: "1"}}}
      - {name: small, image: "train:1.0.0", command: [small]}
pipelines:
  - {name: own, team: nlp, source: pipelines/own/pipeline.py, nodes: {}}
  - {name: teams, team: nlp, source: pipelines/own/pipeline.py}
"""
RUNS = """\
models:
  - name: here
    team: nlp
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: there
    team: nlp
    nodeSelector: {pool: cpu}
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: anywhere
    team: nlp
    nodeSelector: {}
    tolerations: []
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: others
    team: ads
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
workflows:
  - name: hourly
    team: nlp
    steps:
      - {name: train, image: "train:1.0.0", command: [train]}
      - {name: small, image: "train:1.0.0", command: [small], nodeSelector: {pool: cpu}, tolerations: []}
      - {name: pause, kind: suspend}
    onExit: {name: tell, image: "tell:1.0.0", command: [tell]}
"""
SELECTOR = {"pool": "gpu"}


def nodes(it: Any) -> tuple[dict[str, str], list[dict[str, object]]]:
    return dict(it.node_selector), [each.manifest() for each in it.tolerations]


TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def test_models_and_steps_run_on_the_teams_nodes(tmp_path: Path) -> None:
    made = environment(tmp_path, NODES + RUNS)
    assert {model.name: nodes(model) for model in made.models} == {
        "here": (SELECTOR, [TOLERATION]),
        "there": ({"pool": "cpu"}, [TOLERATION]),
        "anywhere": ({}, []),
        "others": ({}, []),
    }
    [workflow] = made.workflows
    steps = {
        step.name: nodes(step)
        for step in (*workflow.steps, workflow.on_exit)
        if isinstance(step, PodStep)
    }
    assert steps == {
        "train": (SELECTOR, [TOLERATION]),
        "small": ({"pool": "cpu"}, []),
        "tell": (SELECTOR, [TOLERATION]),
    }


def test_those_with_gpus_have_nodes_of_their_own(tmp_path: Path) -> None:
    made = environment(tmp_path, GPU_NODES)
    pools = [model.node_selector["pool"] for model in made.models]
    assert pools == ["cpu", "gpu", "gpu"]
    steps = [step for step in made.workflows[0].steps if isinstance(step, PodStep)]
    assert [step.node_selector["pool"] for step in steps] == ["gpu", "cpu"]
    own, teams = made.pipelines
    assert (own.nodes.selector, teams.nodes.selector) == ({}, {"pool": "cpu"})
    assert [each.gpu_nodes and each.gpu_nodes.selector for each in made.pipelines] == [SELECTOR] * 2


def test_nothing_moves_where_no_team_names_nodes(tmp_path: Path) -> None:
    made = environment(tmp_path, RUNS)
    assert [nodes(model) for model in made.models if model.name != "there"] == [({}, [])] * 3
    assert nodes(made.workflows[0].steps[0]) == ({}, [])


SPEC: Body = {
    "deploymentSpec": {
        "executors": {
            f"exec-{name}": {"container": {"image": "train:1.0.0"}} for name in ("fetch", "train")
        }
    },
    "components": {name: {"executorLabel": f"exec-{name}"} for name in ("fetch", "train")},
}


def placed(pipeline: dict[str, Any], platform: Body | None = None) -> dict[str, Body]:
    wanted = Pipeline.model_validate({"name": "p", "team": "nlp", "source": "p/p.py", **pipeline})
    _, after = configured(SPEC, platform, wanted, "2.5.0")
    found: dict[str, Body] = (
        after["platforms"]["kubernetes"]["deploymentSpec"]["executors"] if after else {}
    )
    return found


def test_components_run_where_their_pipeline_does() -> None:
    everywhere = {"nodes": {"selector": SELECTOR, "tolerations": (TOLERATION,)}}
    told: Body = {"nodeSelector": {"labels": SELECTOR}, "tolerations": [TOLERATION]}
    assert placed({}) == {}
    assert placed(everywhere) == {"exec-fetch": told, "exec-train": told}
    own: Body = {"fetch": {"nodeSelector": {}}, "train": {"nodeSelector": {"pool": "big"}}}
    assert placed({**everywhere, "components": own}) == {
        "exec-fetch": {"tolerations": [TOLERATION]},
        "exec-train": {"nodeSelector": {"labels": {"pool": "big"}}, "tolerations": [TOLERATION]},
    }


def test_components_with_gpus_run_where_these_are() -> None:
    given: Body = {"train": {"resources": {"limits": {"nvidia.com/gpu": "1"}}}}
    apart = {"nodes": {"selector": {"pool": "cpu"}}, "gpuNodes": {"selector": SELECTOR}}
    assert placed({**apart, "components": given}) == {
        "exec-fetch": {"nodeSelector": {"labels": {"pool": "cpu"}}},
        "exec-train": {"nodeSelector": {"labels": SELECTOR}},
    }


def test_what_the_source_of_a_pipeline_says_of_nodes_stays() -> None:
    said: Body = {"nodeSelector": {"labels": {"pool": "source"}}}
    executors = {"exec-train": said}
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
    before = json.dumps(platform)
    assert placed({"nodes": {"selector": SELECTOR}}, platform) == {
        "exec-fetch": {"nodeSelector": {"labels": SELECTOR}},
        "exec-train": said,
    }
    assert json.dumps(platform) == before


def test_an_older_backend_knows_no_tolerations() -> None:
    nodes = {"tolerations": (TOLERATION,)}
    wanted = Pipeline.model_validate(
        {"name": "p", "team": "nlp", "source": "p/p.py", "nodes": nodes, "gpuNodes": nodes}
    )
    assert list(mistakes(SPEC, wanted, "2.3.0")) == []
    known = "Kubeflow Pipelines knows them since 2.3, and here is 2.0.5:"
    assert list(mistakes(SPEC, wanted, "2.0.5")) == [
        ("nodes.tolerations", f"{known} give the pipeline nodes without"),
        ("gpuNodes.tolerations", f"{known} give the pipeline gpuNodes without"),
    ]


TEAM = """\
teams:
  - name: nlp
    owner: nlp-lead@example.com
    imagePullSecrets: [{name: ours}, {name: theirs}]
"""
ADDONS = """\
addons: {seldon: {}, strimzi: {}, knativeKafka: {}, argoEvents: {}, argoWorkflows: {}}
observability: {}
"""
WHOLE = """\
models:
  - name: sentiment
    team: nlp
    retraining: {workflow: hourly}
    objectives: {accuracyDrop: 5%}
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
  - name: own
    team: nlp
    serviceAccount: models
    variants: [{name: stable, version: 1, artifact: "s3://m/1", traffic: 100}]
workflows:
  - name: hourly
    team: nlp
    mutex: training
    parameters: {model: sentiment, reason: schedule}
    steps: [{name: train, image: "train:1.0.0", command: [train]}]
streams:
  - name: comments
    team: nlp
    kafka:
      bootstrapServers: ["kafka.example.com:9092"]
      topic: {name: comments}
    source: {consumerGroup: comments}
    processor: {image: "processor:1.0.0"}
"""


def bodies(project: Project, cache: Cache, text: str) -> dict[str, Body]:
    files, _ = built(project, cache, text)
    made = [body for data in files.values() for body in load_all(data.decode())]
    return {
        f"{body['kind']} {body['metadata']['name']}": body
        for body in made
        if body["metadata"].get("namespace") == "nlp"
    }


def test_whatever_runs_pulls_by_the_teams_secrets(project: Project, cache: Cache) -> None:
    made = bodies(project, cache, TEAM + WHOLE + ADDONS)
    names = [{"name": "ours"}, {"name": "theirs"}]
    accounts = {name for name in made if name.startswith("ServiceAccount ")}
    assert accounts == {
        f"ServiceAccount {name}"
        for name in ("alerts", "retraining", "hourly", "comments-processor")
    }
    assert all(made[name]["imagePullSecrets"] == names for name in accounts)
    assert made["EventBus default"]["spec"]["jetstream"]["imagePullSecrets"] == names
    deployment = made["SeldonDeployment sentiment"]
    [predictor] = deployment["spec"]["predictors"]
    [pods] = predictor["componentSpecs"]
    assert pods["spec"]["imagePullSecrets"] == names
    assert complaints("seldon-1.17.1.yaml", deployment) == []
    [predictor] = made["SeldonDeployment own"]["spec"]["predictors"]
    assert "imagePullSecrets" not in predictor["componentSpecs"][0]["spec"]


def test_nothing_else_changes_by_pull_secrets(project: Project, cache: Cache) -> None:
    def plain(made: dict[str, Body]) -> dict[str, Body]:
        def without(body: Any) -> Any:
            if isinstance(body, dict):
                return {k: without(v) for k, v in body.items() if k != "imagePullSecrets"}
            return [without(each) for each in body] if isinstance(body, list) else body

        return {name: without(body) for name, body in made.items()}

    with_them = bodies(project, cache, TEAM + WHOLE + ADDONS)
    without = bodies(project, cache, TEAM.rpartition("    imagePullSecrets")[0] + WHOLE + ADDONS)
    assert {name: body for name, body in plain(with_them).items() if "PodDefault" not in name} == (
        without
    )
    assert "imagePullSecrets" not in str(without)
