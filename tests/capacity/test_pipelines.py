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


def demanded(pipeline: Body, version: str = "2.5.0") -> Demand:
    return demand_of_pipeline("nlp", "sentiment", pipeline, Surroundings(), version)


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


RAW = {"items": {"raw": "[1, 2, 3]"}}
INPUT = {"items": {"inputParameter": "settings"}}


def loop(over: Body, parallelism: int | None = None, **settings: Any) -> Body:
    """A pipeline with a group whose loop runs over something."""
    policy = {"iteratorPolicy": {"parallelismLimit": parallelism}} if parallelism else {}
    inner = {"parameters": {"settings": {"componentInputParameter": "outer"}}}
    looping = task("each", parameterIterator=over, inputs=inner, **policy)
    group = task("group", inputs={"parameters": {"outer": settings}})
    return compiled({"group": group}, group={"each": looping}, each={"a": task("a")})


@pytest.mark.parametrize(
    ("pipeline", "version", "times"),
    [
        (loop(RAW), "2.5.0", 3),
        (loop(RAW, 2), "2.5.0", 2),
        (loop(RAW, 5), "2.16.0", 3),
        (loop(RAW, 2), "2.3.0", 3),
        (loop(INPUT, runtimeValue={"constant": [1, 2, 3, 4]}), "2.5.0", 4),
        (loop(INPUT, 2, runtimeValue={"constant": [1, 2, 3, 4]}), "2.5.0", 2),
        (loop(INPUT, 2, runtimeValue={"constant": [1, 2, 3, 4]}), "2.0.5", 4),
        (loop(INPUT, 2, componentInputParameter="given"), "2.5.0", 2),
    ],
)
def test_a_loop_runs_side_by_side_with_itself(pipeline: Body, version: str, times: int) -> None:
    made = demanded(pipeline, version)
    assert made.usage["pods"] == times
    assert made.beyond == ()


def test_a_loop_runs_over_what_the_pipeline_is_given_by_itself() -> None:
    pipeline = loop(INPUT, componentInputParameter="given")
    pipeline["root"]["inputDefinitions"] = {"parameters": {"given": {"defaultValue": [1, 2, 3]}}}
    assert demanded(pipeline).usage["pods"] == 3


@pytest.mark.parametrize(("parallelism", "version"), [(None, "2.5.0"), (2, "2.0.5"), (2, "")])
def test_a_loop_over_what_a_run_is_given_has_no_bound(
    parallelism: int | None, version: str
) -> None:
    made = demanded(loop(INPUT, parallelism, componentInputParameter="given"), version)
    assert made.usage["pods"] == 1
    assert made.beyond == ("each runs at once for each of many items",)


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
