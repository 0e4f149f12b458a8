"""A workflow as a CronWorkflow, in the form that the cluster's Argo Workflows reads.

Between its steps go artifacts and nothing else: a step finds what it reads in /inputs and leaves
what it makes in /outputs; the object store between them is the one that Kubeflow configures
(artifactRepository in workflow-controller-configmap). Nothing here has rights in the cluster but
those of Argo's executor: a step that deploys opens a change in git.

Source of fields and rules: argoproj/argo-workflows pkg/apis/workflow/v1alpha1
(cron_workflow_types.go, workflow_types.go), workflow/validate/validate.go at 3.3.10, 3.5.14, 3.7.3.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from constructs import Construct

from synth.config.workflows import Retries, Step, Workflow
from synth.domains.workflows.access import access
from synth.kit.construct import Manifests
from synth.kit.containers import variables
from synth.kit.durations import seconds
from synth.kit.labels import app_labels
from synth.kit.objects import Body, manifest
from synth.kit.versions import minor

SCHEDULES_SINCE = (3, 6)
"""From here on `schedules` holds the schedule; `schedule` is deprecated and gone in 4.0."""
ENTRYPOINT = "DAG"
"""The template that orders the steps; in upper case no step can have its name."""
INPUTS, OUTPUTS = "/inputs", "/outputs"

_NO_PRIVILEGES: Body = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
_EXECUTOR: Body = {
    # Kubeflow sets none, and a quota refuses a pod with a container without requests.
    "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
    "securityContext": _NO_PRIVILEGES,
}
"""What Argo's own containers in a step's pod get."""
_SCRATCH = {"tmp": "/tmp", "outputs": OUTPUTS}  # noqa: S108  (a mount, not a file of ours)
"""Where a step may write, by volume; its image is read-only."""


class ScheduledWorkflow(Manifests):
    """The CronWorkflow, its ServiceAccount and what that account may do, in the team's namespace.

    `argo` is the version of Argo Workflows in the cluster, `3.3.10`; `mirror` says what an image
    is called where this environment pulls it from.
    """

    def __init__(
        self,
        scope: Construct,
        workflow: Workflow,
        *,
        argo: str,
        mirror: Callable[[str], str],
    ) -> None:
        super().__init__(
            scope,
            f"{workflow.team}.{workflow.name}",
            [*access(workflow, argo), _cron_workflow(workflow, argo, mirror)],
            key=f"workflows.{workflow.name}",
        )


def _cron_workflow(workflow: Workflow, argo: str, mirror: Callable[[str], str]) -> Body:
    schedule: dict[str, Any] = (
        {"schedules": [workflow.schedule]}
        if minor(argo) >= SCHEDULES_SINCE
        else {"schedule": workflow.schedule}
    )
    return manifest(
        "argoproj.io/v1alpha1",
        "CronWorkflow",
        workflow.name,
        namespace=workflow.team,
        spec={
            **schedule,
            "timezone": workflow.timezone,
            "suspend": workflow.suspend,
            "concurrencyPolicy": workflow.concurrency_policy,
            "startingDeadlineSeconds": seconds(workflow.starting_deadline),
            "successfulJobsHistoryLimit": workflow.successful_jobs_history_limit,
            "failedJobsHistoryLimit": workflow.failed_jobs_history_limit,
            "workflowMetadata": {"labels": app_labels(workflow.name)},
            "workflowSpec": _spec(workflow, mirror),
        },
    )


def _spec(workflow: Workflow, mirror: Callable[[str], str]) -> Body:
    parameters = [{"name": name, "value": value} for name, value in workflow.parameters.items()]
    user = workflow.run_as_user
    return {
        "entrypoint": ENTRYPOINT,
        **({"arguments": {"parameters": parameters}} if parameters else {}),
        "serviceAccountName": workflow.name,
        "activeDeadlineSeconds": seconds(workflow.deadline),
        "ttlStrategy": {"secondsAfterCompletion": seconds(workflow.ttl)},
        # The pods of failed steps stay as long as the run, for their logs.
        "podGC": {"strategy": "OnPodSuccess"},
        "podMetadata": {
            # A sidecar would keep the pod of a finished step alive.
            "labels": {**app_labels(workflow.name), "sidecar.istio.io/inject": "false"},
        },
        "podSpecPatch": _executor_patch(),
        "securityContext": {
            "runAsNonRoot": True,
            # Argo's executor image names no user, so the pod has to.
            "runAsUser": user,
            "runAsGroup": user,
            "fsGroup": user,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "templates": [
            _dag(workflow),
            *(_template(step, workflow.retries, mirror) for step in workflow.steps),
        ],
    }


def _executor_patch() -> str:
    patch = {
        "initContainers": [{"name": "init", **_EXECUTOR}],
        "containers": [{"name": "wait", **_EXECUTOR}],
    }
    return json.dumps(patch, separators=(",", ":"))


def _dag(workflow: Workflow) -> Body:
    return {"name": ENTRYPOINT, "dag": {"tasks": [_task(step) for step in workflow.steps]}}


def _task(step: Step) -> Body:
    task: dict[str, Any] = {"name": step.name, "template": step.name}
    if step.predecessors:
        task["dependencies"] = list(step.predecessors)
    if step.inputs:
        task["arguments"] = {
            "artifacts": [
                {
                    "name": each.name,
                    "from": f"{{{{tasks.{each.step}.outputs.artifacts.{each.name}}}}}",
                }
                for each in step.inputs
            ]
        }
    return task


def _template(step: Step, retries: Retries, mirror: Callable[[str], str]) -> Body:
    template: dict[str, Any] = {"name": step.name}
    if step.inputs:
        names = [each.name for each in step.inputs]
        template["inputs"] = {"artifacts": _artifacts(INPUTS, names)}
    if step.outputs:
        template["outputs"] = {"artifacts": _artifacts(OUTPUTS, step.outputs)}
    if retries.limit:
        template["retryStrategy"] = _retry(retries)
    template["container"] = _container(step, mirror)
    template["volumes"] = [{"name": name, "emptyDir": {}} for name in _SCRATCH]
    return template


def _artifacts(folder: str, names: list[str] | tuple[str, ...]) -> list[Body]:
    return [{"name": name, "path": f"{folder}/{name}"} for name in names]


def _retry(retries: Retries) -> Body:
    backoff = retries.backoff
    return {
        "limit": retries.limit,
        # Also when the pod is lost, not only when the program fails.
        "retryPolicy": "Always",
        "backoff": {
            "duration": f"{seconds(backoff.duration)}s",
            "factor": backoff.factor,
            "maxDuration": f"{seconds(backoff.max_duration)}s",
        },
    }


def _container(step: Step, mirror: Callable[[str], str]) -> Body:
    container: dict[str, Any] = {"image": mirror(step.image), "command": list(step.command)}
    if step.args:
        container["args"] = list(step.args)
    env = variables(step.env, step.secret_env)
    if env:
        container["env"] = env
    resources = step.resources.model_dump(exclude_defaults=True)
    if resources:
        container["resources"] = resources
    container["securityContext"] = {**_NO_PRIVILEGES, "readOnlyRootFilesystem": True}
    container["volumeMounts"] = [
        {"name": name, "mountPath": path} for name, path in _SCRATCH.items()
    ]
    return container
