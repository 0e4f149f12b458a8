"""Where pods run whose own section does not say it: on their team's nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from synth.config.pipelines import Pipeline
from synth.config.platform import Team
from synth.config.serving import Model
from synth.config.steps import PodStep, ProgramStep
from synth.config.workflows import Workflow

Placed = TypeVar("Placed", Model, PodStep)


def placed(
    teams: Iterable[Team],
    *,
    models: tuple[Model, ...],
    pipelines: tuple[Pipeline, ...],
    workflows: tuple[Workflow, ...],
) -> dict[str, Any]:
    """The sections of an environment, with the nodes of teams that name some. An empty nodeSelector,
    tolerations or nodes that are written say that a pod can run anywhere.
    """
    named = {team.name: team for team in teams if {"nodes", "gpu_nodes"} & team.model_fields_set}
    if not named:
        return {}
    return {
        "models": tuple(
            _on(named[each.team], each, gpus=_has_gpus(each)) if each.team in named else each
            for each in models
        ),
        "pipelines": tuple(
            _like(named[each.team], each) if each.team in named else each for each in pipelines
        ),
        "workflows": tuple(
            _steps_on(named[each.team], each) if each.team in named else each for each in workflows
        ),
    }


def _has_gpus(model: Model) -> bool:
    resources = [
        model.resources,
        *(variant.resources for variant in model.variants),
        *(step.resources for step in model.steps.walk()),
    ]
    return any(each.gpus for each in resources if each)


def _on(team: Team, it: Placed, *, gpus: bool) -> Placed:
    nodes = team.gpu_nodes if gpus and team.gpu_nodes else team.nodes
    given = {"node_selector": nodes.selector, "tolerations": nodes.tolerations}
    missing = {key: value for key, value in given.items() if key not in it.model_fields_set}
    return it.model_copy(update=missing)


def _like(team: Team, pipeline: Pipeline) -> Pipeline:
    """Which of its components have GPUs, its source says too."""
    given = {"nodes": team.nodes, "gpu_nodes": team.gpu_nodes}
    missing = {key: value for key, value in given.items() if key not in pipeline.model_fields_set}
    return pipeline.model_copy(update=missing)


def _steps_on(team: Team, workflow: Workflow) -> Workflow:
    def on(step: Any) -> Any:
        gpus = isinstance(step, ProgramStep) and step.resources.gpus
        return _on(team, step, gpus=gpus) if isinstance(step, PodStep) else step

    steps = {"steps": tuple(map(on, workflow.steps)), "on_exit": on(workflow.on_exit)}
    return workflow.model_copy(update=steps)
