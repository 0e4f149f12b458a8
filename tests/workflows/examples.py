"""Workflows to render: one such as teams write, and one that says everything its Argo can do."""

from __future__ import annotations

from typing import Any

from cdk8s import App, Chart

from synth.config.workflows import Workflow
from synth.domains.workflows import ArgoWorkflow, Pipelines
from synth.kit.objects import Body
from synth.kit.versions import minor
from synth.programs import pipelines_program

IMAGE = "registry.example.com/nlp/training:1.0.0"
WORKFLOW: dict[str, Any] = {
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
JOB: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"generateName": "report-"},
    "spec": {
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": ({"name": "report", "image": IMAGE},),
            }
        }
    },
}
STEPS: tuple[dict[str, Any], ...] = (
    {
        "name": "fetch",
        "image": IMAGE,
        "command": ("fetch",),
        "outputs": ("comments",),
        "retries": {"limit": 5, "backoff": {"duration": "1m", "factor": 3, "maxDuration": "1h"}},
        "deadline": "20m",
    },
    {
        "name": "evaluate",
        "kind": "script",
        "image": IMAGE,
        "command": ("python",),
        "source": "print('{{workflow.parameters.model}}')\n",
        "env": {"MODEL": "{{workflow.parameters.model}}"},
        "secretEnv": {"TOKEN": {"name": "promotion", "key": "token"}},
        "inputs": ({"name": "comments", "from": "fetch"},),
        "outputs": ("report",),
        "outputParameters": ("accuracy", "version"),
        "resources": {
            "requests": {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"},
            "limits": {"nvidia.com/gpu": "1"},
        },
        "nodeSelector": {"accelerator": "a100"},
        "tolerations": ({"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},),
    },
    {
        "name": "approve",
        "kind": "suspend",
        "duration": "10m",
        "when": "{{tasks.evaluate.outputs.parameters.accuracy}} < 0.95",
    },
    {
        "name": "publish",
        "image": IMAGE,
        "command": ("publish",),
        "args": ("{{inputs.parameters.version}}", "--accuracy={{inputs.parameters.accuracy}}"),
        "when": "{{tasks.evaluate.outputs.parameters.accuracy}} >= 0.9",
        "inputs": (
            {"name": "report", "from": "evaluate"},
            {"name": "accuracy", "from": "evaluate"},
            {"name": "version", "from": "evaluate"},
        ),
    },
    {
        "name": "report",
        "kind": "resource",
        "action": "create",
        "manifest": JOB,
        "successCondition": "status.succeeded > 0",
        "failureCondition": "status.failed > 3",
        "dependsOn": ("publish",),
    },
    {
        "name": "remember",
        "kind": "resource",
        "action": "patch",
        "mergeStrategy": "strategic",
        "manifest": {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "versions"},
            "data": {"last": "{{inputs.parameters.version}}"},
        },
        "inputs": ({"name": "version", "from": "evaluate"},),
    },
    {
        "name": "train",
        "kind": "pipeline",
        "pipeline": "sentiment",
        "parameters": {"model": "{{workflow.parameters.model}}"},
        "experiment": "hourly",
        "deadline": "30m",
    },
    {
        "name": "record",
        "image": IMAGE,
        "command": ("record",),
        "args": ("{{inputs.parameters.run}}",),
        "inputs": ({"name": "run", "from": "train"},),
    },
)
PIPELINES = Pipelines({"sentiment": "sentiment-0123456789ab"}, pipelines_program())


def full(argo: str, **changes: Any) -> Workflow:
    """A workflow that says everything that a version of Argo can do."""
    retries: dict[str, Any] = {"limit": 3, "backoff": {"duration": "10s"}}
    pod_gc = {"strategy": "OnPodCompletion"}
    said: dict[str, Any] = {
        **WORKFLOW,
        "concurrencyPolicy": "Replace",
        "startingDeadline": "5m",
        "ttl": "7d",
        "podGC": pod_gc,
        "artifactRepository": {"configMap": "artifact-repositories", "key": "team"},
        "archiveLogs": True,
        "parallelism": 4,
        "mutex": "training",
        "retries": retries,
        "steps": STEPS,
        "onExit": {
            "name": "notify",
            "image": IMAGE,
            "command": ("notify",),
            "args": ("{{workflow.status}}", "{{workflow.failures}}"),
        },
    }
    if minor(argo) >= (3, 4):
        said["artifactGC"] = {"strategy": "OnWorkflowCompletion"}
    if minor(argo) >= (3, 5):
        pod_gc["deleteDelay"] = "1m"
    if minor(argo) >= (3, 6):
        said["when"] = "{{= cronworkflow.lastScheduledTime == nil }}"
        said["stopStrategy"] = {"expression": "cronworkflow.failed >= 3"}
    if minor(argo) >= (3, 7):
        retries["backoff"]["cap"] = "5m"
    return Workflow.model_validate({**said, **changes})


def objects(
    workflow: Workflow, argo: str, *, archives: bool = True, watched: bool = False
) -> list[Body]:
    """What a workflow becomes; images come from `mirror/`."""
    leaf = ArgoWorkflow(
        Chart(App(), "workflows"),
        workflow,
        argo=argo,
        archives=archives,
        mirror=lambda image: f"mirror/{image}",
        pipelines=PIPELINES,
        watched=watched,
    )
    assert leaf.key == f"workflows.{workflow.name}"
    return list(leaf.objects)
