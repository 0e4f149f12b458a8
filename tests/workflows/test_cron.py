"""A workflow as the objects of the cluster's Argo Workflows, version by version."""

from __future__ import annotations

import json

import pytest
from cdk8s import App, Chart

from synth.config.workflows import Workflow
from synth.domains.workflows import ScheduledWorkflow
from synth.kit.objects import Body
from tests.schemas import complaints

WORKFLOW = Workflow.model_validate(
    {
        "name": "sentiment-training",
        "team": "nlp",
        "schedule": "0 * * * *",
        "timezone": "Europe/Paris",
        "deadline": "50m",
        "parameters": {"model": "sentiment"},
        "steps": (
            {
                "name": "fetch",
                "image": "registry.example.com/nlp/fetch:1.0.0",
                "command": ("python", "-m", "fetch"),
                "args": ("--to=/outputs/comments",),
                "env": {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"},
                "outputs": ("comments",),
            },
            {
                "name": "train",
                "image": "registry.example.com/nlp/train:1.0.0",
                "command": ("python", "-m", "train"),
                "args": ("--model={{workflow.parameters.model}}",),
                "resources": {"requests": {"cpu": "2", "memory": "4Gi"}},
                "inputs": ({"name": "comments", "from": "fetch"},),
                "outputs": ("version",),
            },
            {
                "name": "deploy",
                "image": "registry.example.com/nlp/deploy:1.0.0",
                "command": ("python", "-m", "deploy"),
                "secretEnv": {"GIT_TOKEN": {"name": "promotion", "key": "token"}},
                "dependsOn": ("fetch",),
                "inputs": ({"name": "version", "from": "train"},),
            },
        ),
    }
)
CRDS = {
    "3.3.10": "argo-workflows-3.3.10.yaml",
    "3.4.17": "argo-workflows-3.3.10.yaml",
    "3.5.14": "argo-workflows-3.5.14.yaml",
    "3.7.3": "argo-workflows-3.7.18.yaml",
}


def made(argo: str = "3.3.10", workflow: Workflow = WORKFLOW) -> dict[str, Body]:
    leaf = ScheduledWorkflow(
        Chart(App(), "workflows"), workflow, argo=argo, mirror=lambda image: f"mirror/{image}"
    )
    assert leaf.key == f"workflows.{workflow.name}"
    assert {body["metadata"]["namespace"] for body in leaf.objects} == {"nlp"}
    return {body["kind"]: body for body in leaf.objects}


@pytest.mark.parametrize("argo", CRDS)
def test_the_cron_workflow_is_what_the_full_crd_says(argo: str) -> None:
    assert complaints(CRDS[argo], made(argo)["CronWorkflow"]) == []


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
    spec = objects["CronWorkflow"]["spec"]["workflowSpec"]
    assert spec["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]


def test_what_a_run_may_take_and_leave_behind() -> None:
    spec = made()["CronWorkflow"]["spec"]
    run = spec.pop("workflowSpec")
    assert spec == {
        "schedule": "0 * * * *",
        "timezone": "Europe/Paris",
        "suspend": False,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 600,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "workflowMetadata": {"labels": {"app.kubernetes.io/name": "sentiment-training"}},
    }
    assert run["activeDeadlineSeconds"] == 3000
    assert run["ttlStrategy"] == {"secondsAfterCompletion": 86400}
    assert run["podGC"] == {"strategy": "OnPodSuccess"}
    assert run["podMetadata"]["labels"]["sidecar.istio.io/inject"] == "false"
    assert run["arguments"] == {"parameters": [{"name": "model", "value": "sentiment"}]}


def test_artifacts_go_from_step_to_step() -> None:
    run = made()["CronWorkflow"]["spec"]["workflowSpec"]
    dag, fetch, train, deploy = run["templates"]
    assert dag == {
        "name": run["entrypoint"],
        "dag": {
            "tasks": [
                {"name": "fetch", "template": "fetch"},
                {
                    "name": "train",
                    "template": "train",
                    "dependencies": ["fetch"],
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
                    "dependencies": ["fetch", "train"],
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
    run = made()["CronWorkflow"]["spec"]["workflowSpec"]
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
    executor = {
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    assert json.loads(run["podSpecPatch"]) == {
        "initContainers": [{"name": "init", **executor}],
        "containers": [{"name": "wait", **executor}],
    }


def test_a_step_is_tried_again_unless_told_otherwise() -> None:
    templates = made()["CronWorkflow"]["spec"]["workflowSpec"]["templates"]
    assert [template.get("retryStrategy") for template in templates] == [
        None,  # the DAG as a whole is not
        *[
            {
                "limit": 2,
                "retryPolicy": "Always",
                "backoff": {"duration": "30s", "factor": 2, "maxDuration": "600s"},
            }
        ]
        * 3,
    ]
    once = Workflow.model_validate({**WORKFLOW.model_dump(), "retries": {"limit": 0}})
    templates = made(workflow=once)["CronWorkflow"]["spec"]["workflowSpec"]["templates"]
    assert all("retryStrategy" not in template for template in templates)
