"""What an entry of `workflows:` may say, and what it is told where it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from synth.config.load import load
from synth.config.problems import ConfigurationError
from synth.config.steps import ContainerStep, predecessors
from synth.config.workflows import Workflow
from synth.kit.schedules import check_schedule

STEP = {"name": "fetch", "image": "fetch:1.0.0", "command": ("fetch",)}
RESOURCE: dict[str, Any] = {
    "name": "act",
    "kind": "resource",
    "action": "get",
    "manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}},
}
WORKFLOW = {"name": "training", "team": "nlp", "schedule": "0 * * * *", "steps": (STEP,)}


def workflow(**changes: Any) -> Workflow:
    return Workflow.model_validate({**WORKFLOW, **changes}, context={"teams": {"nlp"}})


def mistakes(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        workflow(**changes)
    return [
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, "))
        for error in caught.value.errors()
    ]


def test_an_hourly_workflow_needs_little_and_never_overlaps_itself() -> None:
    made = workflow()
    assert (made.concurrency_policy, made.timezone, made.suspend) == ("Forbid", "Etc/UTC", False)
    assert isinstance(made.steps[0], ContainerStep)
    assert made.steps[0].resources.requests == {"cpu": "100m", "memory": "256Mi"}


@pytest.mark.parametrize(
    "schedule",
    [
        "0 * * * *",
        "@hourly",
        "*/15 8-18 * * mon-FRI",
        "5/15 0,12 1-7 JAN ?",
        "0 0 31 1,2 *",
        "0 0 29 2 *",
        "0 0 31 2 1",
    ],
)
def test_schedules_that_argo_reads(schedule: str) -> None:
    assert workflow(schedule=schedule).schedule == schedule


FORM = "a number, a-b, * or one of them with /n"


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (
            "0 0 * * * *",
            "'0 0 * * * *' is not a schedule: five fields (minute, hour, day of the month, month, "
            "day of the week) such as '0 * * * *', or a name such as @hourly",
        ),
        (
            "@often",
            "'@often' is not a schedule: five fields (minute, hour, day of the month, month, "
            "day of the week) such as '0 * * * *', or a name such as @hourly",
        ),
        (
            "60 * * * *",
            f"'60 * * * *' has the minute '60', must be within 0-59: {FORM}",
        ),
        (
            "0 0 * * 7",
            f"'0 0 * * 7' has the day of the week '7', must be within 0-6: {FORM}",
        ),
        ("0 9-17-2 * * *", f"'0 9-17-2 * * *' has the hour '9-17-2', must be within 0-23: {FORM}"),
        ("*/0 * * * *", f"'*/0 * * * *' has the minute '*/0', must be within 0-59: {FORM}"),
        ("5/ * * * *", f"'5/ * * * *' has the minute '5/', must be within 0-59: {FORM}"),
        ("9-5 * * * *", f"'9-5 * * * *' has the minute '9-5', must be within 0-59: {FORM}"),
        ("0, * * * *", f"'0, * * * *' has the minute '', must be within 0-59: {FORM}"),
        ("0 0 * foo *", f"'0 0 * foo *' has the month 'foo', must be within 1-12: {FORM}"),
        ("0 0 31 2,4 *", "'0 0 31 2,4 *' never comes: no such month has that day"),
    ],
)
def test_schedules_that_argo_does_not_read(schedule: str, said: str) -> None:
    assert mistakes(schedule=schedule) == [("schedule", said)]


@given(st.text(max_size=20))
def test_any_other_text_is_refused_and_never_crashes(text: str) -> None:
    try:
        assert check_schedule(text) == text
    except ValueError as error:
        assert repr(text) in str(error)


def test_every_mistake_is_told_in_one_go() -> None:
    assert mistakes(
        name="a" * 53,
        team="npl",
        timezone="Europe/Pairs",
        concurrencyPolicy="forbid",
        deadline="1 hour",
        parameters={"data set": "x"},
        runAsUser=0,
    ) == [
        (
            "name",
            f"{'a' * 53!r} is 53 characters long, must be at most 52: "
            "Argo appends the time of each run",
        ),
        ("team", "'npl' is not in teams (there: nlp)"),
        (
            "timezone",
            "'Europe/Pairs' is not a time zone of the IANA database such as Europe/Paris",
        ),
        ("concurrencyPolicy", "Input should be 'Forbid', 'Replace' or 'Allow'"),
        ("deadline", "'1 hour' is not a duration such as 500ms, 30s, 5m, 1h or 7d"),
        ("runAsUser", "Input should be greater than or equal to 1"),
        (
            "parameters.data set.[key]",
            "'data set' is not a parameter's name: letters, digits, '-' and '_'",
        ),
    ]


@pytest.mark.parametrize("name", ["posix/Europe/Paris", "../etc/passwd", "europe/paris", ""])
def test_a_file_of_the_machine_is_no_time_zone(name: str) -> None:
    assert mistakes(timezone=name) == [
        ("timezone", f"{name!r} is not a time zone of the IANA database such as Europe/Paris")
    ]


def steps(*changes: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple({**STEP, **change} for change in changes)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            steps({"dependsOn": ("train",)}),
            "fetch depends on 'train', which is no step (there: fetch)",
        ),
        (
            steps(
                {"outputs": ("comments",)},
                {
                    "name": "train",
                    "inputs": (
                        {"name": "comment", "from": "fetch"},
                        {"name": "comments", "from": "fetsch"},
                    ),
                },
                {"name": "deploy", "inputs": ({"name": "model", "from": "train"},)},
            ),
            "train reads 'comment' from fetch, whose outputs are comments; "
            "train reads from 'fetsch', which is no step (there: fetch, train, deploy); "
            "deploy reads 'model' from train, whose outputs are none",
        ),
        (
            steps({"args": ("{{workflow.parameters.model}}", "{{=workflow.parameters.topic}}")}),
            "fetch uses the parameter 'model' (there: data); "
            "fetch uses the parameter 'topic' (there: data)",
        ),
        (
            steps({"dependsOn": ("train",)}, {"name": "train", "dependsOn": ("fetch",)}),
            "steps wait for each other: fetch ← train ← fetch",
        ),
        (steps({"dependsOn": ("fetch",)}), "steps wait for each other: fetch ← fetch"),
        (
            steps(
                {"outputs": ("a", "b"), "outputParameters": ("b",)},
                {
                    "name": "train",
                    "args": ("{{inputs.parameters.c}}", "{{=inputs.parameters.d}}"),
                    "inputs": ({"name": "a", "from": "fetch"}, {"name": "a", "from": "fetch"}),
                },
            ),
            "fetch has two outputs called 'b'; train has two inputs called 'a'; "
            "train uses the input 'c' (there: a, a); train uses the input 'd' (there: a, a)",
        ),
        (
            steps(
                {"outputs": ("a",)},
                {"name": "b", "when": "{{tasks.fetch.outputs.parameters.a}} > 1"},
                {"name": "c", "when": "{{tasks.gone.outputs.parameters.a}} > 1"},
                {"name": "d", "when": "{{inputs.parameters.a}} == {{=1}}"},
            ),
            "b runs when 'a' of fetch, whose outputParameters are none; "
            "c runs when 'gone', which is no step (there: fetch, b, c, d); "
            "d runs when {{inputs.parameters.a}}, and can look at "
            "{{tasks.<step>.outputs.parameters.<name>}} and {{workflow.…}} only; "
            "d runs when {{=1}}, and can look at "
            "{{tasks.<step>.outputs.parameters.<name>}} and {{workflow.…}} only",
        ),
        (
            (
                {**STEP, "outputs": ("a",)},
                {**RESOURCE, "inputs": ({"name": "a", "from": "fetch"},)},
                {
                    **RESOURCE,
                    "name": "there",
                    "manifest": {
                        **RESOURCE["manifest"],
                        "metadata": {"name": "it", "namespace": "kubeflow"},
                    },
                },
            ),
            "act reads the artifact 'a', and a resource takes only parameters; "
            "there is about namespace kubeflow, and may act in nlp only",
        ),
        (
            steps(
                {
                    "outputParameters": ("a",),
                    "when": "{{tasks.fetch.outputs.parameters.a}} == {{workflow.parameters.data}}",
                }
            ),
            "steps wait for each other: fetch ← fetch",
        ),
    ],
)
def test_steps_that_do_not_fit_together(given: tuple[dict[str, Any], ...], said: str) -> None:
    assert mistakes(parameters={"data": "x"}, steps=given) == [("steps", said)]


def test_a_variable_has_one_value() -> None:
    secret = {"name": "git", "key": "token"}
    both = {"env": {"TOKEN": "x"}, "secretEnv": {"TOKEN": secret, "B=": secret}}
    assert mistakes(steps=steps(both)) == [
        ("steps.0.container.secretEnv.B=.[key]", "'B=' is not the name of an environment variable")
    ]
    both["secretEnv"] = {"TOKEN": secret}
    assert mistakes(steps=steps(both)) == [
        ("steps.0.container.secretEnv", "TOKEN has a value in env already: keep one of them")
    ]


@pytest.mark.parametrize(
    ("step", "loc", "said"),
    [
        (
            {**STEP, "kind": "dag"},
            "",
            "kind must be one of container, script, resource, pipeline, suspend",
        ),
        (
            {**STEP, "kind": ["x"]},
            "",
            "kind must be one of container, script, resource, pipeline, suspend",
        ),
        (
            {**STEP, "name": "1st"},
            ".container.name",
            "'1st' begins with a digit, which Argo refuses of a step: put a letter",
        ),
        (
            {**RESOURCE, "manifest": {"kind": "Job", "metadata": {"labels": {}}}},
            ".resource.manifest",
            "is no object: it lacks apiVersion, metadata.name",
        ),
        (
            {**RESOURCE, "manifest": {"metadata": "x"}},
            ".resource.manifest",
            "is no object: it lacks apiVersion, kind, metadata.name",
        ),
    ],
)
def test_a_step_is_of_a_kind_that_there_is(step: dict[str, Any], loc: str, said: str) -> None:
    assert mistakes(steps=(step,)) == [(f"steps.0{loc}", said)]


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (
            {
                **STEP,
                "name": "notify",
                "dependsOn": ("fetch",),
                "when": "{{workflow.status}} == Failed",
                "outputs": ("a",),
            },
            "cannot say dependsOn: it runs after all steps, alone; "
            "cannot say when: it runs after all steps, alone; "
            "cannot say outputs: it runs after all steps, alone",
        ),
        (
            {**STEP, "args": ("{{workflow.parameters.model}}",)},
            "fetch uses the parameter 'model' (there: none); "
            "fetch is a step already: give it another name",
        ),
    ],
)
def test_the_step_at_the_end_stands_alone(handler: dict[str, Any], said: str) -> None:
    assert mistakes(onExit=handler) == [("onExit", said)]


def test_only_a_schedule_can_wait_or_end() -> None:
    assert mistakes(schedule=None, timezone="Europe/Paris", stopStrategy={"expression": "x"}) == [
        ("", "timezone, stopStrategy says nothing without a schedule: add one")
    ]
    made = workflow(schedule=None)
    assert made.schedule is None


FILE = """\
name: dev
cluster: {server: https://kubernetes.default.svc, kubernetes: "1.26"}
gitops: {repoURL: https://git.example.com/ml/platform.git}
teams: [{name: nlp, owner: nlp@example.com}]
workflows:
  - name: training
    team: nlp
    steps:
      - {name: fetch, kind: script, image: "fetch:1", command: [sh], sourc: "true"}
      - {name: wait, kind: suspend, image: "wait:1"}
"""


def test_an_unknown_key_is_told_by_the_kind_of_step(tmp_path: Path) -> None:
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "dev.yaml").write_text(FILE)
    with pytest.raises(ConfigurationError) as caught:
        load(folder, {})
    assert str(caught.value).splitlines() == [
        "environments/dev.yaml:9:9: workflows.training.steps.fetch: the key 'source' is missing",
        "environments/dev.yaml:9:70: workflows.training.steps.fetch: unknown key 'sourc', did you "
        "mean 'source'?",
        "environments/dev.yaml:10:37: workflows.training.steps.wait: unknown key 'image' (known: "
        "dependsOn, duration, kind, name, when)",
    ]


@given(st.lists(st.lists(st.integers(0, 7), unique=True), min_size=1, max_size=8))
def test_any_steps_that_wait_for_earlier_ones_are_a_workflow_and_no_others(
    graph: list[list[int]],
) -> None:
    """Step i waits for the steps that it names."""
    given = steps(
        *(
            {"name": f"s{number}", "dependsOn": tuple(f"s{each}" for each in before)}
            for number, before in enumerate(graph)
        )
    )
    known = all(each < len(graph) for before in graph for each in before)
    left = dict(enumerate(map(set, graph)))
    while ready := [number for number, before in left.items() if not before & left.keys()]:
        for number in ready:
            del left[number]
    if known and not left:
        made = workflow(steps=given)
        assert [predecessors(step) for step in made.steps] == [
            tuple(f"s{each}" for each in before) for before in graph
        ]
    else:
        [(_, said)] = mistakes(steps=given)
        assert said.startswith("steps wait for each other") == known


def test_every_image_that_a_workflow_runs_is_known() -> None:
    script = {
        "name": "look",
        "kind": "script",
        "image": "look:1",
        "command": ("sh",),
        "source": "x",
    }
    handler = {**STEP, "name": "notify", "image": "notify:1"}
    pause = {"name": "pause", "kind": "suspend"}
    made = workflow(steps=(STEP, script, RESOURCE, pause), onExit=handler)
    assert list(made.images) == ["fetch:1.0.0", "look:1", "notify:1"]
    assert list(workflow().images) == ["fetch:1.0.0"]
