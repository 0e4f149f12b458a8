"""A workflow as a template and, where it has a schedule, a CronWorkflow that starts it, in the form
that the cluster's Argo Workflows reads.

Who else starts it does so by `reference`. What stands in the template counts for every run: the
controller merges it into the run's spec (workflow/util/merge.go at 3.3.10 to 3.7.3), with two
exceptions: up to 3.4 it passes over the template's podSpecPatch (workflow/controller/workflowpod.go),
which therefore stands at each step, and from 3.5 on it looks for locks that a run holds in the run's
own spec after it was started again (workflow/sync/sync_manager.go).

Between steps go artifacts and parameters and nothing else: a step finds artifacts in /inputs and
leaves what it makes in /outputs. Nothing here has rights in the cluster but those of Argo's executor
and those that its resource steps need: a step that deploys opens a change in git.

Source of fields and rules: argoproj/argo-workflows pkg/apis/workflow/v1alpha1
(cron_workflow_types.go, workflow_types.go), workflow/validate/validate.go at 3.3.10, 3.5.14, 3.7.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from constructs import Construct

from synth.catalog.platform_metrics import WORKFLOW_SUCCEEDED
from synth.config.steps import AnyStep, Input, predecessors, read
from synth.config.workflows import Workflow
from synth.domains.workflows.access import access
from synth.domains.workflows.steps import Pipelines, Surroundings, template
from synth.kit.construct import Manifests
from synth.kit.durations import seconds
from synth.kit.labels import app_labels
from synth.kit.objects import Body, manifest
from synth.kit.versions import minor

LISTS_SINCE = (3, 6)
"""From here on `schedules` and `mutexes` are lists; the singular forms are deprecated and gone in
4.0."""
ENTRYPOINT = "DAG"
"""The template that orders the steps; in upper case no step can have its name."""

_NO_SIDECAR = {"sidecar.istio.io/inject": "false"}
"""A sidecar would keep the pod of a finished step alive."""


class ArgoWorkflow(Manifests):
    """The template, the CronWorkflow, their ServiceAccount and what that account may do, in the
    team's namespace.

    `argo` is the version of Argo Workflows in the cluster, `3.3.10`; `archives` says whether it
    keeps every step's logs whatever a workflow says, as Kubeflow's does; `mirror` says what an
    image is called where this environment pulls it from; `pipelines` are those that steps can run;
    `watched` says whether Prometheus is to know when a scheduled run last succeeded.
    """

    def __init__(
        self,
        scope: Construct,
        workflow: Workflow,
        *,
        argo: str,
        archives: bool,
        mirror: Callable[[str], str],
        pipelines: Pipelines,
        watched: bool = False,
    ) -> None:
        archives = archives or bool(workflow.archive_logs)
        surroundings = Surroundings(argo, archives, mirror, pipelines)
        super().__init__(
            scope,
            f"{workflow.team}.{workflow.name}",
            [
                *access(workflow, argo),
                _template(workflow, surroundings),
                *([_cron_workflow(workflow, argo, watched=watched)] if workflow.schedule else ()),
            ],
            key=f"workflows.{workflow.name}",
        )


def reference(workflow: Workflow, argo: str) -> Body:
    """The spec of a run of a workflow: with `arguments` added for whoever starts it with others."""
    scope = {"clusterScope": True} if workflow.cluster_scope else {}
    return {
        "workflowTemplateRef": {"name": workflow.name, **scope},
        **_synchronization(workflow, argo),
    }


def _template(workflow: Workflow, surroundings: Surroundings) -> Body:
    return manifest(
        "argoproj.io/v1alpha1",
        "ClusterWorkflowTemplate" if workflow.cluster_scope else "WorkflowTemplate",
        workflow.name,
        namespace="" if workflow.cluster_scope else workflow.team,
        spec=_spec(workflow, surroundings),
    )


def _cron_workflow(workflow: Workflow, argo: str, *, watched: bool) -> Body:
    schedule: Body = (
        {"schedules": [workflow.schedule]}
        if minor(argo) >= LISTS_SINCE
        else {"schedule": workflow.schedule}
    )
    if workflow.when:
        schedule["when"] = workflow.when
    if workflow.stop_strategy:
        schedule["stopStrategy"] = workflow.stop_strategy.model_dump(by_alias=True)
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
            "workflowSpec": {
                **reference(workflow, argo),
                **({"metrics": {"prometheus": [_succeeded(workflow)]}} if watched else {}),
            },
        },
    )


def _succeeded(workflow: Workflow) -> Body:
    """What a run that succeeds tells the controller: when it was created.

    It stands in the CronWorkflow, whose runs alone say that the schedule is kept. The controller
    puts argo_workflows_ before the name and keeps the figure until it starts again
    (workflow/metrics at 3.3.10 and 3.7.3).
    """
    return {
        "name": WORKFLOW_SUCCEEDED,
        "help": "When the last run that succeeded was created",
        "labels": [
            {"key": "team", "value": workflow.team},
            {"key": "workflow", "value": workflow.name},
        ],
        "when": "{{workflow.status}} == Succeeded",
        "gauge": {"realtime": False, "value": "{{workflow.creationTimestamp.s}}"},
    }


def _spec(workflow: Workflow, surroundings: Surroundings) -> Body:
    parameters = [{"name": name, "value": value} for name, value in workflow.parameters.items()]
    user = workflow.run_as_user
    steps = [*workflow.steps, *([workflow.on_exit] if workflow.on_exit else ())]
    return {
        "entrypoint": ENTRYPOINT,
        **({"onExit": workflow.on_exit.name} if workflow.on_exit else {}),
        **({"arguments": {"parameters": parameters}} if parameters else {}),
        "serviceAccountName": workflow.name,
        "activeDeadlineSeconds": seconds(workflow.deadline),
        **({"parallelism": workflow.parallelism} if workflow.parallelism else {}),
        **_synchronization(workflow, surroundings.argo),
        "ttlStrategy": {"secondsAfterCompletion": seconds(workflow.ttl)},
        "podGC": _pod_gc(workflow),
        **_artifacts(workflow),
        "podMetadata": {"labels": {**app_labels(workflow.name), **_NO_SIDECAR}},
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
            *(template(step, workflow, surroundings) for step in steps),
        ],
    }


def _synchronization(workflow: Workflow, argo: str) -> Body:
    if not workflow.mutex:
        return {}
    mutex = {"name": workflow.mutex}
    lists = minor(argo) >= LISTS_SINCE
    return {"synchronization": {"mutexes": [mutex]} if lists else {"mutex": mutex}}


def _pod_gc(workflow: Workflow) -> Body:
    given: Body = {"strategy": workflow.pod_gc.strategy}
    if workflow.pod_gc.delete_delay:
        given["deleteDelayDuration"] = f"{seconds(workflow.pod_gc.delete_delay)}s"
    return given


def _artifacts(workflow: Workflow) -> Body:
    """What becomes of artifacts, logs among them."""
    given: Body = {}
    if workflow.archive_logs is not None:
        given["archiveLogs"] = workflow.archive_logs
    if workflow.artifact_repository:
        given["artifactRepositoryRef"] = workflow.artifact_repository.model_dump(by_alias=True)
    if workflow.artifact_gc:
        given["artifactGC"] = {
            "strategy": workflow.artifact_gc.strategy,
            "serviceAccountName": workflow.name,
            "podMetadata": {"labels": {**app_labels(workflow.name), **_NO_SIDECAR}},
        }
    return given


def _dag(workflow: Workflow) -> Body:
    tasks = [_task(step, workflow.steps) for step in workflow.steps]
    return {"name": ENTRYPOINT, "dag": {"tasks": tasks}}


def _task(step: AnyStep, steps: Sequence[AnyStep]) -> Body:
    task: dict[str, Any] = {"name": step.name, "template": step.name}
    if before := predecessors(step):
        # `dependencies` would also run it after a step that was passed over by its condition.
        task["depends"] = " && ".join(f"{name}.Succeeded" for name in before)
    if step.when:
        task["when"] = step.when
    artifacts, parameters = read(step, steps)
    arguments = {
        "artifacts": [
            {"name": each.name, "from": _result(each, "artifacts")} for each in artifacts
        ],
        "parameters": [
            {"name": each.name, "value": _result(each, "parameters")} for each in parameters
        ],
    }
    if any(arguments.values()):
        task["arguments"] = {key: each for key, each in arguments.items() if each}
    return task


def _result(given: Input, of: str) -> str:
    return f"{{{{tasks.{given.step}.outputs.{of}.{given.name}}}}}"
