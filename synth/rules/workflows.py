"""What workflows ask of Argo Workflows, against what the cluster's version can do."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.argo_workflows import SINCE, argo_workflows
from synth.config.environment import Environment
from synth.config.steps import PodStep, ResourceStep, Retries
from synth.config.workflows import Workflow
from synth.kit.objects import group_of
from synth.kit.versions import minor
from synth.rules.findings import Finding

MODELS = ("InferenceService.serving.kserve.io", "SeldonDeployment.machinelearning.seldon.io")
"""The kinds of which git says what is served."""


def argo_version(environment: Environment) -> str | None:
    """The version of Argo Workflows in the cluster, if it has one."""
    kubeflow, addon = environment.kubeflow, environment.addons.argo_workflows
    return argo_workflows(
        kubeflow.release if kubeflow else None,
        kubeflow.components if kubeflow else {},
        addon.version if addon else None,
    )


def check_workflows(environment: Environment) -> Iterator[Finding]:
    """Findings about workflows."""
    kubeflow, argo = environment.kubeflow, argo_version(environment)
    for workflow in environment.workflows:
        if argo is None:
            way_out = "switch kubeflow.components.pipelines on" if kubeflow else "add kubeflow"
            yield Finding(
                "WF001", "error", f"workflows.{workflow.name}",
                f"there is no Argo Workflows here, which Kubeflow's pipelines bring: {way_out}, or "
                "addons.argoWorkflows",
            )  # fmt: skip
        else:
            yield from _versions(workflow, argo)
        if not environment.policy.direct_changes:
            yield from _direct(workflow)


def _versions(workflow: Workflow, argo: str) -> Iterator[Finding]:
    for place, feature in _asked(workflow):
        if minor(argo) < SINCE[feature]:
            since = ".".join(map(str, SINCE[feature]))
            yield Finding(
                "WF002", "error", f"workflows.{workflow.name}.{place}",
                f"Argo Workflows can do this since {since}, and this cluster has {argo}: take it out",
            )  # fmt: skip


def _asked(workflow: Workflow) -> Iterator[tuple[str, str]]:
    """Where something is asked for that not every version can do, and what it is called."""
    if workflow.artifact_gc:
        yield "artifactGC", "artifactGC"
    if workflow.pod_gc.delete_delay:
        yield "podGC.deleteDelay", "podGC.deleteDelay"
    if workflow.when:
        yield "when", "when"
    if workflow.stop_strategy:
        yield "stopStrategy", "stopStrategy"
    retries: dict[str, Retries | None] = {"retries": workflow.retries}
    for place, step in workflow.places():
        if isinstance(step, PodStep):
            retries[f"{place}.retries"] = step.retries
    for place, each in retries.items():
        if each and each.backoff.cap:
            yield f"{place}.backoff.cap", "backoff.cap"


def _direct(workflow: Workflow) -> Iterator[Finding]:
    for place, step in workflow.places():
        if not isinstance(step, ResourceStep) or step.action == "get":
            continue
        kind = f"{step.manifest['kind']}.{group_of(str(step.manifest['apiVersion']))}"
        if kind in MODELS:
            yield Finding(
                "WF003", "error", f"workflows.{workflow.name}.{place}",
                "changes what is served behind git's back: have the step open a change of the "
                "environment's file, or allow it here by policy.directChanges",
            )  # fmt: skip
