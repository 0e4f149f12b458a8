"""Runs of workflows: what their steps take at once, and how many runs there are."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from synth.kit.objects import Body, manifest
from synth.rules.capacity.demand import Demand
from synth.rules.capacity.workflows import demands_of_workflows
from tests.capacity.examples import SMALL, container

CPU = Fraction(1, 10)
API = "argoproj.io/v1alpha1"
PATCH = json.dumps(
    {
        "initContainers": [{"name": "init", "resources": SMALL}],
        "containers": [{"name": "wait", "resources": SMALL}],
    }
)


def step(name: str, cpu: str = "100m", **fields: Any) -> Body:
    resources = {"requests": {"cpu": cpu, "memory": "128Mi"}}
    return {"name": name, "container": {"resources": resources}, "podSpecPatch": PATCH, **fields}


def template(
    name: str, tasks: list[Body], templates: list[Body], kind: str = "WorkflowTemplate", **spec: Any
) -> Body:
    dag = {"name": "DAG", "dag": {"tasks": tasks}}
    namespace = "nlp" if kind == "WorkflowTemplate" else ""
    spec = {"entrypoint": "DAG", "templates": [dag, *templates], **spec}
    return manifest(API, kind, name, namespace=namespace, spec=spec)


def cron(name: str, of: str = "training", policy: str = "Forbid", **reference: Any) -> Body:
    spec = {"workflowTemplateRef": {"name": of, **reference}}
    return manifest(
        API, "CronWorkflow", name, namespace="nlp",
        spec={"concurrencyPolicy": policy, "workflowSpec": spec},
    )  # fmt: skip


def sensor(of: str = "training") -> Body:
    run = manifest(API, "Workflow", f"{of}-", spec={"workflowTemplateRef": {"name": of}})
    trigger = {"template": {"k8s": {"source": {"resource": run}}}}
    return manifest(API, "Sensor", "retraining", namespace="nlp", spec={"triggers": [trigger]})


def demands(*objects: Body) -> list[Demand]:
    return list(demands_of_workflows(objects, {}))


def cpu(*objects: Body) -> Fraction:
    [made] = demands(*objects)
    return made.usage["requests.cpu"]


ONE = template("training", [{"name": "train", "template": "train"}], [step("train")])


def test_a_step_is_a_pod_with_argos_own_containers() -> None:
    [made] = demands(ONE)
    assert (made.kind, made.namespace, made.name) == ("Workflow", "nlp", "training")
    assert made.usage["pods"] == 1
    assert made.usage["requests.cpu"] == 2 * CPU
    [spec] = made.specs
    assert [each["name"] for each in spec["containers"]] == ["main", "wait"]
    assert [each["name"] for each in spec["initContainers"]] == ["init"]


def test_what_argo_adds_says_nothing_where_nothing_is_patched() -> None:
    body = template("training", [{"name": "a", "template": "a"}], [step("a", podSpecPatch="")])
    [made] = demands(body)
    assert [each["name"] for each in made.specs[0]["containers"] if "resources" not in each] == [
        "wait"
    ]


def test_steps_count_together_that_do_not_wait_for_each_other() -> None:
    tasks = [
        {"name": "fetch", "template": "fetch"},
        {"name": "small", "template": "small", "depends": "fetch.Succeeded"},
        {"name": "large", "template": "large", "depends": "fetch.Succeeded"},
        {
            "name": "join",
            "template": "join",
            "depends": "small.Succeeded && (large || fetch.Failed)",
        },
    ]
    steps = [step("fetch"), step("small"), step("large", "300m"), step("join", "350m")]
    # Each has a container of Argo's.
    assert cpu(template("training", tasks, steps)) == Fraction(100 + 300 + 2 * 100, 1000)
    assert cpu(template("training", tasks, steps, parallelism=1)) == Fraction(350 + 100, 1000)


def test_the_step_at_the_end_stands_alone() -> None:
    steps = [step("train"), step("tell", "2")]
    tasks = [{"name": "train", "template": "train"}]
    assert cpu(template("training", tasks, steps, onExit="tell")) == 2 + CPU


def test_a_pause_takes_nothing_and_a_resource_step_has_a_pod() -> None:
    tasks = [{"name": "wait", "template": "wait"}, {"name": "get", "template": "get"}]
    patch = json.dumps({"containers": [{"name": "main", "resources": SMALL}]})
    steps: list[Body] = [
        {"name": "wait", "suspend": {}},
        {"name": "get", "resource": {"action": "get"}, "podSpecPatch": patch},
    ]
    [made] = demands(template("training", tasks, steps))
    assert made.usage["pods"] == 1
    assert made.usage["requests.cpu"] == CPU


def test_sidecars_and_init_containers_of_a_step_count() -> None:
    more = step(
        "train",
        sidecars=[container("db")],
        initContainers=[container("seed", requests={"cpu": "3"})],
    )
    [made] = demands(template("training", [{"name": "train", "template": "train"}], [more]))
    assert made.usage["requests.cpu"] == 3
    assert made.usage["requests.memory"] == 3 * 128 * 2**20


@pytest.mark.parametrize(
    ("task", "other", "why"),
    [
        (
            {"template": "each", "withItems": [1, 2]},
            step("each"),
            "the step many is not counted: it runs once for each of many items",
        ),
        (
            {"template": "nested"},
            {"name": "nested", "steps": [[]]},
            "the step many is not counted: what a template with steps runs is not known",
        ),
    ],
)
def test_what_is_not_known_of_a_step_is_said(task: Body, other: Body, why: str) -> None:
    [made] = demands(template("training", [{"name": "many", **task}], [other]))
    assert made.beyond == (why,)
    assert made.usage == {}


def test_a_template_that_is_elsewhere_is_said() -> None:
    [made] = demands(cron("nightly", of="elsewhere"))
    assert made.beyond == ("its template is not among the objects",)


def test_one_run_at_a_time_of_a_schedule_that_forbids_more() -> None:
    [made] = demands(ONE, cron("training"))
    assert made.usage["requests.cpu"] == 2 * CPU
    assert made.beyond == ()


def test_two_schedules_of_one_template_run_side_by_side() -> None:
    assert cpu(ONE, cron("hourly"), cron("nightly")) == 4 * CPU


def test_runs_that_may_overlap_have_no_bound() -> None:
    [made] = demands(ONE, cron("training", policy="Allow"), sensor())
    assert made.usage["requests.cpu"] == 4 * CPU
    assert made.beyond == (
        "its runs may overlap (concurrencyPolicy Allow)",
        "the Sensor retraining may start any number of runs",
    )


def test_of_runs_that_hold_one_lock_the_largest_counts() -> None:
    locked: Any = {"synchronization": {"mutex": {"name": "gpu"}}}
    one = template("training", [{"name": "a", "template": "a"}], [step("a")], **locked)
    other = template(
        "tuning", [{"name": "b", "template": "b"}], [step("b", "900m")],
        synchronization={"mutexes": [{"name": "gpu"}]},
    )  # fmt: skip
    [made] = demands(one, other, cron("training", policy="Allow"), sensor())
    assert made.name == "training, tuning"
    assert made.usage["requests.cpu"] == 1
    assert made.beyond == ()


def test_a_lock_of_another_namespace_bounds_nothing_here() -> None:
    elsewhere: Any = {"synchronization": {"mutexes": [{"name": "gpu", "namespace": "other"}]}}
    body = template("training", [{"name": "a", "template": "a"}], [step("a")], **elsewhere)
    [made] = demands(body, cron("training", policy="Allow"))
    assert made.beyond == ("its runs may overlap (concurrencyPolicy Allow)",)


def test_a_template_of_the_cluster_runs_where_it_is_started() -> None:
    shared = template(
        "clean", [{"name": "a", "template": "a"}], [step("a")], "ClusterWorkflowTemplate"
    )
    [made] = demands(shared, cron("clean", of="clean", clusterScope=True))
    assert (made.namespace, made.name) == ("nlp", "clean")
    assert made.usage["requests.cpu"] == 2 * CPU


def test_a_run_with_a_spec_of_its_own_counts() -> None:
    body = template("now", [{"name": "a", "template": "a"}], [step("a")])
    [made] = demands({**body, "kind": "Workflow"})
    assert made.name == "now"
    assert made.usage["pods"] == 1
