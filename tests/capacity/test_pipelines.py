"""Runs of pipelines: what Kubeflow Pipelines makes of what is compiled."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from synth.kit.objects import Body, manifest
from synth.render.documents import dump
from synth.rules.capacity.demand import Demand, Surroundings
from synth.rules.capacity.pipelines import compiled_pipelines, demand_of_pipeline
from tests.capacity.examples import MI

DRIVER = Fraction(1, 10)
"""The CPU of the pod that goes before a task."""
RESOURCES = {"cpuRequest": 1.5, "memoryRequest": 2.147483648, "memoryLimit": 4.294967296}


def compiled(tasks: dict[str, Body], **groups: dict[str, Body]) -> Body:
    """A pipeline whose tasks are called like their components, groups of tasks among them."""
    components: dict[str, Any] = {
        name: {"executorLabel": name} for each in (tasks, *groups.values()) for name in each
    }
    executors = {name: {"container": {"resources": RESOURCES}} for name in components}
    components |= {name: {"dag": {"tasks": each}} for name, each in groups.items()}
    return {
        "pipelineInfo": {"name": "sentiment"},
        "root": {"dag": {"tasks": tasks}},
        "components": components,
        "deploymentSpec": {"executors": executors},
    }


def task(name: str, *after: str, **fields: Any) -> Body:
    return {"componentRef": {"name": name}, "dependentTasks": list(after), **fields}


def demanded(pipeline: Body) -> Demand:
    return demand_of_pipeline("nlp", "sentiment", pipeline, Surroundings())


def test_a_task_is_a_pod_after_one_that_prepares_it() -> None:
    made = demanded(compiled({"train": task("train")}))
    assert (made.kind, made.namespace, made.name) == ("Pipeline", "nlp", "sentiment")
    assert made.usage["pods"] == 1
    assert made.usage["requests.cpu"] == Fraction(3, 2)
    assert made.usage["requests.memory"] == 2048 * MI
    assert made.usage["limits.memory"] == 4096 * MI


def test_tasks_count_together_that_do_not_wait_for_each_other() -> None:
    one_after_another = demanded(compiled({"a": task("a"), "b": task("b", "a")}))
    side_by_side = demanded(compiled({"a": task("a"), "b": task("b")}))
    assert one_after_another.usage["pods"] == 1
    assert side_by_side.usage["pods"] == 2


def test_a_group_of_tasks_counts_as_what_runs_in_it() -> None:
    made = demanded(
        compiled(
            {"group": task("group"), "c": task("c", "group")},
            group={"a": task("a"), "b": task("b")},
        )
    )
    assert made.usage["requests.cpu"] == 3


@pytest.mark.parametrize(
    ("loop", "times"),
    [
        ({"items": {"raw": "[1, 2, 3]"}}, 3),
        ({"items": {"inputParameter": "settings"}}, 1),
    ],
)
def test_a_loop_runs_side_by_side_with_itself(loop: Body, times: int) -> None:
    looping = task("loop", parameterIterator=loop)
    made = demanded(compiled({"loop": looping}, loop={"a": task("a")}))
    assert made.usage["pods"] == times
    bounded = task("loop", parameterIterator=loop, iteratorPolicy={"parallelismLimit": 2})
    assert demanded(compiled({"loop": bounded}, loop={"a": task("a")})).usage["pods"] == 2


def test_a_loop_over_what_a_run_finds_out_has_no_bound() -> None:
    looping = task("loop", parameterIterator={"items": {"inputParameter": "settings"}})
    made = demanded(compiled({"loop": looping}, loop={"a": task("a")}))
    assert made.beyond == ("loop runs once for each of many items, without a parallelism",)


def test_an_importer_has_no_pod_of_its_own() -> None:
    pipeline = compiled({"get": task("get")})
    pipeline["deploymentSpec"]["executors"]["get"] = {"importer": {}}
    assert demanded(pipeline).usage["requests.cpu"] == DRIVER


def test_accelerators_and_the_newer_fields_count() -> None:
    pipeline = compiled({"train": task("train")})
    pipeline["deploymentSpec"]["executors"]["train"]["container"]["resources"] = {
        "resourceCpuRequest": "2",
        "resourceMemoryRequest": "1Gi",
        "accelerator": {"resourceType": "nvidia.com/gpu", "resourceCount": "2"},
    }
    made = demanded(pipeline)
    assert made.usage["requests.cpu"] == 2
    assert made.usage["requests.memory"] == 1024 * MI
    assert made.usage["requests.nvidia.com/gpu"] == 2


def test_argos_own_containers_say_nothing() -> None:
    made = demanded(compiled({"train": task("train")}))
    assert made.unsaid(["requests.cpu", "requests.memory"], Surroundings().defaults) == [
        (name, resource)
        for name in ("init", "wait")
        for resource in ("requests.cpu", "requests.memory")
    ]


def test_pipelines_are_found_where_they_are_registered_and_where_they_are_kept() -> None:
    pipeline = compiled({"train": task("train")})
    registered = manifest(
        "v1", "ConfigMap", "sentiment-registration", namespace="nlp",
        data={"pipeline.yaml": dump(pipeline), "pipelines.py": ""},
    )  # fmt: skip
    kept = manifest(
        "pipelines.kubeflow.org/v2beta1", "PipelineVersion", "sentiment-1", namespace="vision",
        spec={"pipelineName": "sentiment", "pipelineSpec": pipeline},
    )  # fmt: skip
    other = manifest("v1", "ConfigMap", "other", namespace="nlp")
    assert list(compiled_pipelines([registered, kept, other])) == [
        ("nlp", "sentiment", pipeline),
        ("vision", "sentiment", pipeline),
    ]
