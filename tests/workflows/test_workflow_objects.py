"""A workflow as the objects of the cluster's Argo Workflows, version by version."""

from __future__ import annotations

import json

import pytest

from synth.config.steps import ResourceStep
from synth.config.workflows import Workflow
from synth.domains.workflows import reference
from synth.kit.objects import Body
from tests.schemas import complaints
from tests.workflows import examples

WORKFLOW = Workflow.model_validate(examples.WORKFLOW)
CRDS = {
    "3.3.10": "argo-workflows-3.3.10.yaml",
    "3.4.17": "argo-workflows-3.5.14.yaml",
    "3.5.14": "argo-workflows-3.5.14.yaml",
    "3.7.3": "argo-workflows-3.7.18.yaml",
}


def made(argo: str = "3.3.10", workflow: Workflow = WORKFLOW, **others: bool) -> dict[str, Body]:
    bodies = examples.objects(workflow, argo, **others)
    assert {body["metadata"].get("namespace", "nlp") for body in bodies} == {"nlp"}
    return {body["kind"]: body for body in bodies}


def templates(
    argo: str = "3.3.10", workflow: Workflow = WORKFLOW, **others: bool
) -> dict[str, Body]:
    spec = made(argo, workflow, **others)["WorkflowTemplate"]["spec"]
    return {template["name"]: template for template in spec["templates"]}


@pytest.mark.parametrize("argo", CRDS)
@pytest.mark.parametrize("scope", ["team", "cluster"])
def test_every_object_is_what_the_full_crd_says(argo: str, scope: str) -> None:
    everything = examples.full(argo, clusterScope=scope == "cluster")
    for workflow in (WORKFLOW, everything):
        ours = [
            body
            for body in examples.objects(workflow, argo)
            if body["apiVersion"] == "argoproj.io/v1alpha1"
        ]
        assert len(ours) == 2
        for body in ours:
            assert complaints(CRDS[argo], body) == []


@pytest.mark.parametrize(
    ("argo", "schedule"),
    [
        ("3.3.10", {"schedule": "0 * * * *"}),
        ("3.5.14", {"schedule": "0 * * * *"}),
        ("3.6.0", {"schedules": ["0 * * * *"]}),
        ("3.7.3", {"schedules": ["0 * * * *"]}),
        ("4.0.10", {"schedules": ["0 * * * *"]}),
    ],
)
def test_the_schedule_stands_where_this_argo_looks_for_it(
    argo: str, schedule: dict[str, object]
) -> None:
    spec = made(argo)["CronWorkflow"]["spec"]
    assert {key: spec[key] for key in spec.keys() & {"schedule", "schedules"}} == schedule


@pytest.mark.parametrize(
    ("argo", "rule"),
    [
        ("3.3.10", {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "patch"]}),
        (
            "3.4.17",
            {
                "apiGroups": ["argoproj.io"],
                "resources": ["workflowtaskresults"],
                "verbs": ["create", "patch"],
            },
        ),
    ],
)
def test_the_account_may_report_results_and_nothing_else(argo: str, rule: Body) -> None:
    objects = made(argo)
    assert objects["Role"]["rules"] == [rule]
    assert objects["RoleBinding"]["roleRef"]["name"] == objects["Role"]["metadata"]["name"]
    account = {"kind": "ServiceAccount", "name": "sentiment-training", "namespace": "nlp"}
    assert objects["RoleBinding"]["subjects"] == [account]
    spec = objects["WorkflowTemplate"]["spec"]
    assert spec["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]


def test_what_a_run_may_take_and_leave_behind() -> None:
    objects = made()
    run = objects["WorkflowTemplate"]["spec"]
    assert objects["CronWorkflow"]["spec"] == {
        "schedule": "0 * * * *",
        "timezone": "Europe/Paris",
        "suspend": False,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "workflowMetadata": {"labels": {"app.kubernetes.io/name": "sentiment-training"}},
        "workflowSpec": {"workflowTemplateRef": {"name": "sentiment-training"}},
    }
    assert run["activeDeadlineSeconds"] == 3000
    assert run["ttlStrategy"] == {"secondsAfterCompletion": 86400}
    assert run["podGC"] == {"strategy": "OnPodSuccess"}
    assert run["podMetadata"]["labels"]["sidecar.istio.io/inject"] == "false"
    assert run["arguments"] == {"parameters": [{"name": "model", "value": "sentiment"}]}


def test_artifacts_go_from_step_to_step() -> None:
    run = made()["WorkflowTemplate"]["spec"]
    dag, fetch, train, deploy = run["templates"]
    assert dag == {
        "name": run["entrypoint"],
        "dag": {
            "tasks": [
                {"name": "fetch", "template": "fetch"},
                {
                    "name": "train",
                    "template": "train",
                    "depends": "fetch.Succeeded",
                    "arguments": {
                        "artifacts": [
                            {
                                "name": "comments",
                                "from": "{{tasks.fetch.outputs.artifacts.comments}}",
                            }
                        ]
                    },
                },
                {
                    "name": "deploy",
                    "template": "deploy",
                    "depends": "fetch.Succeeded && train.Succeeded",
                    "arguments": {
                        "artifacts": [
                            {"name": "version", "from": "{{tasks.train.outputs.artifacts.version}}"}
                        ]
                    },
                },
            ]
        },
    }
    assert "inputs" not in fetch
    assert fetch["outputs"] == {"artifacts": [{"name": "comments", "path": "/outputs/comments"}]}
    assert train["inputs"] == {"artifacts": [{"name": "comments", "path": "/inputs/comments"}]}
    assert "outputs" not in deploy


def test_a_step_s_pod_runs_without_privileges_and_fits_into_a_quota() -> None:
    run = made()["WorkflowTemplate"]["spec"]
    deploy = run["templates"][-1]
    assert run["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert deploy["container"] == {
        "image": "mirror/registry.example.com/nlp/deploy:1.0.0",
        "command": ["python", "-m", "deploy"],
        "env": [
            {
                "name": "GIT_TOKEN",
                "valueFrom": {"secretKeyRef": {"name": "promotion", "key": "token"}},
            }
        ],
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "256Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "outputs", "mountPath": "/outputs"},
        ],
    }
    assert deploy["volumes"] == [
        {"name": "tmp", "emptyDir": {}},
        {"name": "outputs", "emptyDir": {}},
    ]
    assert "podSpecPatch" not in run, "where up to 3.4 Argo would pass over it"
    executor = {
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    assert json.loads(deploy["podSpecPatch"]) == {
        "initContainers": [{"name": "init", **executor}],
        "containers": [{"name": "wait", **executor}],
    }


def test_a_step_is_tried_again_unless_told_otherwise() -> None:
    given = templates()
    again = {
        "limit": 2,
        "retryPolicy": "Always",
        "backoff": {"duration": "30s", "factor": 2},
    }
    assert [each.get("retryStrategy") for each in given.values()] == [
        None,  # the DAG as a whole is not
        *[again] * 3,
    ]
    once = Workflow.model_validate({**WORKFLOW.model_dump(), "retries": {"limit": 0}})
    assert all("retryStrategy" not in each for each in templates(workflow=once).values())
    assert templates(workflow=examples.full("3.3.10"))["fetch"]["retryStrategy"] == {
        "limit": 5,
        "retryPolicy": "Always",
        "backoff": {"duration": "60s", "factor": 3, "maxDuration": "3600s"},
    }


def test_from_3_7_on_a_wait_has_a_longest() -> None:
    backoff = templates("3.7.3", examples.full("3.7.3"))["publish"]["retryStrategy"]["backoff"]
    assert backoff == {"duration": "10s", "factor": 2, "cap": "300s"}


@pytest.mark.parametrize(
    ("argo", "lock"),
    [
        ("3.3.10", {"mutex": {"name": "training"}}),
        ("3.4.17", {"mutex": {"name": "training"}}),
        ("3.5.14", {"mutex": {"name": "training"}}),
        ("3.6.0", {"mutexes": [{"name": "training"}]}),
        ("3.7.3", {"mutexes": [{"name": "training"}]}),
    ],
)
def test_a_run_holds_its_lock_in_its_own_spec_too(argo: str, lock: Body) -> None:
    workflow = examples.full(argo)
    objects = made(argo, workflow)
    assert objects["WorkflowTemplate"]["spec"]["synchronization"] == lock
    assert objects["CronWorkflow"]["spec"]["workflowSpec"] == reference(workflow, argo)
    assert reference(workflow, argo) == {
        "workflowTemplateRef": {"name": "sentiment-training"},
        "synchronization": lock,
    }


def test_what_starts_by_itself_has_a_schedule() -> None:
    said = {
        key: each for key, each in examples.WORKFLOW.items() if key not in ("schedule", "timezone")
    }
    workflow = Workflow.model_validate(said)
    assert [body["kind"] for body in examples.objects(workflow, "3.7.3")] == [
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "WorkflowTemplate",
    ]


def test_a_template_of_the_cluster_has_no_namespace_and_its_runs_have() -> None:
    objects = made("3.7.3", Workflow.model_validate({**examples.WORKFLOW, "clusterScope": True}))
    assert objects["ClusterWorkflowTemplate"]["metadata"] == {"name": "sentiment-training"}
    assert objects["CronWorkflow"]["spec"]["workflowSpec"] == {
        "workflowTemplateRef": {"name": "sentiment-training", "clusterScope": True}
    }


def test_a_schedule_ends_or_waits_from_3_6_on() -> None:
    spec = made("3.7.3", examples.full("3.7.3"))["CronWorkflow"]["spec"]
    assert spec["when"] == "{{= cronworkflow.lastScheduledTime == nil }}"
    assert spec["stopStrategy"] == {"expression": "cronworkflow.failed >= 3"}


def test_what_is_said_of_a_run_stands_in_its_template() -> None:
    spec = made("3.7.3", examples.full("3.7.3"))["WorkflowTemplate"]["spec"]
    said = ("onExit", "parallelism", "ttlStrategy", "podGC", "archiveLogs", "artifactGC")
    assert {key: spec[key] for key in (*said, "artifactRepositoryRef")} == {
        "onExit": "notify",
        "parallelism": 4,
        "ttlStrategy": {"secondsAfterCompletion": 604800},
        "podGC": {"strategy": "OnPodCompletion", "deleteDelayDuration": "60s"},
        "archiveLogs": True,
        "artifactGC": {
            "strategy": "OnWorkflowCompletion",
            "serviceAccountName": "sentiment-training",
            "podMetadata": {
                "labels": {
                    "app.kubernetes.io/name": "sentiment-training",
                    "sidecar.istio.io/inject": "false",
                }
            },
        },
        "artifactRepositoryRef": {"configMap": "artifact-repositories", "key": "team"},
    }


def test_parameters_go_from_step_to_step() -> None:
    given = templates(workflow=examples.full("3.3.10"))
    assert given["evaluate"]["outputs"]["parameters"] == [
        {"name": "accuracy", "valueFrom": {"path": "/outputs/accuracy"}},
        {"name": "version", "valueFrom": {"path": "/outputs/version"}},
    ]
    assert given["publish"]["inputs"] == {
        "artifacts": [{"name": "report", "path": "/inputs/report"}],
        "parameters": [{"name": "accuracy"}, {"name": "version"}],
    }
    tasks = {task["name"]: task for task in given["DAG"]["dag"]["tasks"]}
    assert tasks["publish"] == {
        "name": "publish",
        "template": "publish",
        "depends": "evaluate.Succeeded",
        "when": "{{tasks.evaluate.outputs.parameters.accuracy}} >= 0.9",
        "arguments": {
            "artifacts": [
                {"name": "report", "from": "{{tasks.evaluate.outputs.artifacts.report}}"}
            ],
            "parameters": [
                {
                    "name": "accuracy",
                    "value": "{{tasks.evaluate.outputs.parameters.accuracy}}",
                },
                {"name": "version", "value": "{{tasks.evaluate.outputs.parameters.version}}"},
            ],
        },
    }
    assert tasks["approve"]["depends"] == "evaluate.Succeeded", "it looks at what that step found"
    assert "notify" not in tasks


def test_a_script_is_run_by_its_interpreter_where_the_gpus_are() -> None:
    step = templates(workflow=examples.full("3.3.10"))["evaluate"]
    assert step["script"]["command"] == ["python"]
    assert step["script"]["source"] == "print('{{workflow.parameters.model}}')\n"
    assert step["script"]["image"] == f"mirror/{examples.IMAGE}"
    assert step["script"]["resources"]["limits"] == {"nvidia.com/gpu": "1"}
    assert step["nodeSelector"] == {"accelerator": "a100"}
    assert step["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]


def test_a_suspended_run_goes_on_by_itself_or_when_somebody_says_so() -> None:
    assert templates(workflow=examples.full("3.3.10"))["approve"] == {
        "name": "approve",
        "suspend": {"duration": "600s"},
    }
    wait = {"name": "wait", "kind": "suspend"}
    workflow = Workflow.model_validate({**examples.WORKFLOW, "steps": (wait,)})
    assert templates(workflow=workflow)["wait"] == {"name": "wait", "suspend": {}}


def test_a_resource_step_has_its_object_whole() -> None:
    given = templates(workflow=examples.full("3.3.10"))
    resource = given["report"]["resource"]
    manifest = json.loads(resource.pop("manifest"))
    assert resource == {
        "action": "create",
        "successCondition": "status.succeeded > 0",
        "failureCondition": "status.failed > 3",
    }
    assert manifest == json.loads(json.dumps(examples.JOB))
    assert given["remember"]["resource"]["mergeStrategy"] == "strategic"
    assert given["remember"]["inputs"] == {"parameters": [{"name": "version"}]}


@pytest.mark.parametrize(
    ("argo", "archives", "containers"),
    [
        ("3.3.10", True, ["main"]),
        ("3.5.14", True, ["main"]),
        ("3.7.3", True, ["main", "wait"]),
        ("3.7.3", False, ["main"]),
    ],
)
def test_only_containers_that_a_resource_pod_has_are_patched(
    argo: str, archives: bool, containers: list[str]
) -> None:
    workflow = examples.full(argo, archiveLogs=False)
    patch = json.loads(templates(argo, workflow, archives=archives)["report"]["podSpecPatch"])
    assert [each["name"] for each in patch["containers"]] == containers
    assert [each["name"] for each in patch["initContainers"]] == ["init"]


def step(action: str, name: str = "versions", **more: object) -> Workflow:
    manifest = {"apiVersion": "example.com/v1", "kind": "Policy", "metadata": {"name": name}}
    act = {"name": "act", "kind": "resource", "action": action, "manifest": manifest, **more}
    return Workflow.model_validate({**examples.WORKFLOW, "steps": (act, {**act, "name": "again"})})


NAMED = {"apiGroups": ["example.com"], "resources": ["policies"], "resourceNames": ["versions"]}
ANY = {"apiGroups": ["example.com"], "resources": ["policies"]}


@pytest.mark.parametrize(
    ("workflow", "rules"),
    [
        (step("get"), [{**NAMED, "verbs": ["get"]}]),
        (step("create"), [{**ANY, "verbs": ["create"]}]),
        (
            step("create", successCondition="status.ready = true"),
            [{**ANY, "verbs": ["create"]}, {**NAMED, "verbs": ["get"]}],
        ),
        (step("apply"), [{**ANY, "verbs": ["create"]}, {**NAMED, "verbs": ["get", "patch"]}]),
        (step("delete"), [{**NAMED, "verbs": ["get", "delete", "list", "watch"]}]),
        (step("replace"), [{**NAMED, "verbs": ["get", "update"]}]),
        (step("patch"), [{**NAMED, "verbs": ["patch"]}]),
        (
            step("patch", "v-{{workflow.parameters.model}}"),
            [{**ANY, "verbs": ["patch"]}],
        ),
        (
            step("get", plural="policyset"),
            [{**NAMED, "resources": ["policyset"], "verbs": ["get"]}],
        ),
    ],
)
def test_the_account_may_do_what_a_resource_step_does_and_no_more(
    workflow: Workflow, rules: list[Body]
) -> None:
    report, *others = made("3.7.3", workflow)["Role"]["rules"]
    assert report["resources"] == ["workflowtaskresults"]
    assert others == rules, "two steps that do the same need it once"


@pytest.mark.parametrize(
    ("kind", "plural"),
    [("Job", "jobs"), ("Ingress", "ingresses"), ("NetworkPolicy", "networkpolicies")],
)
def test_the_api_s_name_of_a_kind_is_guessed_as_kubectl_does(kind: str, plural: str) -> None:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "it"}}
    assert ResourceStep(name="act", kind="resource", action="get", manifest=body).resource == plural


def test_who_removes_artifacts_may_see_what_to_remove() -> None:
    rules = made("3.5.14", examples.full("3.5.14"))["Role"]["rules"]
    assert rules[1:3] == [
        {
            "apiGroups": ["argoproj.io"],
            "resources": ["workflowartifactgctasks"],
            "verbs": ["list", "watch"],
        },
        {
            "apiGroups": ["argoproj.io"],
            "resources": ["workflowartifactgctasks/status"],
            "verbs": ["patch"],
        },
    ]
