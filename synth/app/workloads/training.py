"""Pipelines, and the workflows that run them and others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from synth.app.pipelines import Compiled
from synth.app.workload import Inputs, Workload
from synth.catalog.images import mirror_to
from synth.config.environment import Environment
from synth.config.pipelines import Pipeline
from synth.config.workflows import Workflow
from synth.programs import pipelines_program
from synth.rules.workflows import argo_version

if TYPE_CHECKING:
    from cdk8s import Chart


def _pipeline_inputs(environment: Environment) -> Inputs:
    if not (environment.pipelines and environment.kubeflow):
        return {}
    return {
        "pipelines": environment.pipelines,
        "store": environment.kubeflow.pipelines_store,
        "registry": environment.registry,
    }


def _pipelines(
    chart: Chart,
    *,
    pipelines: Sequence[Pipeline],
    store: str,
    registry: str | None,
    compiled: Mapping[str, Compiled],
) -> None:
    from synth.domains.pipelines import RegisteredPipeline, StoredPipeline

    mirror, program = mirror_to(registry), pipelines_program()
    for pipeline in pipelines:
        made = compiled[pipeline.name]
        if store == "kubernetes":
            StoredPipeline(
                chart,
                pipeline,
                version=made.version,
                description=made.description,
                spec=made.spec,
                platform=made.platform,
            )
        else:
            RegisteredPipeline(
                chart,
                pipeline,
                version=made.version,
                description=made.description,
                text=made.text,
                program=program,
                mirror=mirror,
            )


PIPELINES = Workload(
    11,
    _pipeline_inputs,
    _pipelines,
    frozenset(
        {
            "ConfigMap",
            "Job.batch",
            "Pipeline.pipelines.kubeflow.org",
            "PipelineVersion.pipelines.kubeflow.org",
            "Role.rbac.authorization.k8s.io",
            "RoleBinding.rbac.authorization.k8s.io",
            "ServiceAccount",
        }
    ),
    compiles=True,
)


def _workflow_inputs(environment: Environment) -> Inputs:
    argo = argo_version(environment)
    if not (environment.workflows and argo):
        return {}
    return {
        "workflows": environment.workflows,
        "argo": argo,
        "archives": environment.addons.argo_workflows is None,
        "watched": environment.platform_alerts is not None,
        "registry": environment.registry,
    }


def _workflows(
    chart: Chart,
    *,
    workflows: Sequence[Workflow],
    argo: str,
    archives: bool,
    watched: bool,
    registry: str | None,
    compiled: Mapping[str, Compiled],
) -> None:
    from synth.domains.workflows import ArgoWorkflow, Pipelines

    mirror = mirror_to(registry)
    versions = {name: each.version for name, each in compiled.items()}
    pipelines = Pipelines(versions, pipelines_program())
    for workflow in workflows:
        ArgoWorkflow(
            chart,
            workflow,
            argo=argo,
            archives=archives,
            mirror=mirror,
            pipelines=pipelines,
            watched=watched,
        )


# What a workflow submits is registered when it starts.
WORKFLOWS = Workload(
    12,
    _workflow_inputs,
    _workflows,
    frozenset(
        {
            "ClusterWorkflowTemplate.argoproj.io",
            "CronWorkflow.argoproj.io",
            "Role.rbac.authorization.k8s.io",
            "RoleBinding.rbac.authorization.k8s.io",
            "ServiceAccount",
            "WorkflowTemplate.argoproj.io",
        }
    ),
    compiles=True,
)
