"""What pipelines need of the Kubeflow install."""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.kubeflow import load_release
from synth.catalog.pipelines import API_COMPONENT, STORE_SINCE
from synth.config.environment import Environment
from synth.config.steps import PipelineStep
from synth.kit.versions import minor
from synth.rules.findings import Finding


def check_pipelines(environment: Environment) -> Iterator[Finding]:
    """Findings about pipelines, where they are kept, and who runs them."""
    yield from _foreign(environment)
    kubeflow = environment.kubeflow
    if kubeflow is None:
        for pipeline in environment.pipelines:
            yield Finding(
                "PL001", "error", f"pipelines.{pipeline.name}",
                "there is no Kubeflow Pipelines here: add kubeflow",
            )  # fmt: skip
        return
    release = load_release(kubeflow.release)
    if API_COMPONENT not in {each.name for each in release.enabled(kubeflow.components)}:
        for pipeline in environment.pipelines:
            yield Finding(
                "PL002", "error", f"pipelines.{pipeline.name}",
                f"Kubeflow's component {API_COMPONENT} is switched off: switch it on "
                f"(kubeflow.components.{API_COMPONENT})",
            )  # fmt: skip
    if kubeflow.pipelines_store == "kubernetes" and minor(release.pipelines) < STORE_SINCE:
        since = ".".join(map(str, STORE_SINCE))
        yield Finding(
            "PL003", "error", "kubeflow.pipelinesStore",
            f"Kubeflow Pipelines keeps pipelines as objects since {since}, and Kubeflow "
            f"{release.name} has {release.pipelines}: say database",
        )  # fmt: skip


def _foreign(environment: Environment) -> Iterator[Finding]:
    """A version is looked for in the namespace that the workflow runs in."""
    teams = {pipeline.name: pipeline.team for pipeline in environment.pipelines}
    for workflow in environment.workflows:
        for place, step in workflow.places():
            if isinstance(step, PipelineStep) and teams[step.pipeline] != workflow.team:
                yield Finding(
                    "PL004", "error", f"workflows.{workflow.name}.{place}.pipeline",
                    f"{step.pipeline} is a pipeline of team {teams[step.pipeline]}, and the "
                    f"workflow of {workflow.team}: give it an entry of its own there",
                )  # fmt: skip
