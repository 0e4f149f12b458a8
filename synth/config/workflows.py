"""`workflows:`: what runs on a schedule or when it is started, in which steps, with which artifacts
and parameters between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from synth.config.base import Duration, Name, NonEmpty, Section, TeamName, TimeZone
from synth.config.steps import (
    AnyStep,
    ProgramStep,
    ResourceStep,
    Retries,
    Step,
    artifacts,
    conditions,
    inputs,
    parameters,
    predecessors,
)
from synth.kit.schedules import check_schedule

NAME_LENGTH = 52
"""Argo names a run `<name>-<time of the schedule>`, a label of 63 characters
(argoproj/argo-workflows workflow/validate/validate.go)."""

_PARAMETER = re.compile(r"\{\{=?[^}]*?\bworkflow\.parameters\.([-\w]+)")
_INPUT = re.compile(r"\{\{=?[^}]*?\binputs\.parameters\.([-\w]+)")
_CONDITION = re.compile(
    r"\{\{(?!workflow\.|tasks\.[-\w]+\.outputs\.parameters\.[-\w]+\}\})[^}]*\}\}"
)
"""What a condition cannot look at."""


def _room_for_run(name: str) -> str:
    if len(name) > NAME_LENGTH:
        raise ValueError(
            f"{name!r} is {len(name)} characters long, must be at most {NAME_LENGTH}: "
            "Argo appends the time of each run"
        )
    return name


def _parameter_name(name: str) -> str:
    if not re.fullmatch(r"[-\w]+", name, re.ASCII):
        raise ValueError(f"{name!r} is not a parameter's name: letters, digits, '-' and '_'")
    return name


def _sound(steps: tuple[AnyStep, ...], info: ValidationInfo) -> tuple[AnyStep, ...]:
    if not steps:
        raise ValueError("is empty, must have one step at least")
    mistakes = [
        *_unmet(steps),
        *(each for step in steps for each in _of_itself(step)),
        *_unknown_parameters(steps, info.data.get("parameters")),
        *_elsewhere(steps, info.data.get("team")),
    ]
    if not mistakes:
        mistakes = list(_cycle(steps))
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return steps


def _handler(step: AnyStep | None, info: ValidationInfo) -> AnyStep | None:
    """The step at the end: it stands alone."""
    if step is None:
        return None
    mistakes = [
        *(
            f"cannot say {key}: it runs after all steps, alone"
            for key in ("dependsOn", "when", "inputs", "outputs", "outputParameters")
            if step.model_dump(by_alias=True).get(key)
        ),
        *_unknown_parameters((step,), info.data.get("parameters")),
        *_elsewhere((step,), info.data.get("team")),
    ]
    if step.name in (each.name for each in info.data.get("steps", ())):
        mistakes.append(f"{step.name} is a step already: give it another name")
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return step


def _unmet(steps: tuple[Step, ...]) -> Iterator[str]:
    results = {step.name: (artifacts(step), parameters(step)) for step in steps}
    there = ", ".join(results)
    for step in steps:
        for other in step.depends_on:
            if other not in results:
                yield f"{step.name} depends on {other!r}, which is no step (there: {there})"
        for given in inputs(step):
            if given.step not in results:
                yield f"{step.name} reads from {given.step!r}, which is no step (there: {there})"
            elif given.name not in (outputs := sum(results[given.step], ())):
                yield (
                    f"{step.name} reads {given.name!r} from {given.step}, whose outputs are "
                    f"{', '.join(outputs) or 'none'}"
                )
            elif isinstance(step, ResourceStep) and given.name in results[given.step][0]:
                yield f"{step.name} reads the artifact {given.name!r}, and a resource takes only parameters"
        for other, name in conditions(step):
            if other not in results:
                yield f"{step.name} runs when {other!r}, which is no step (there: {there})"
            elif name not in results[other][1]:
                yield (
                    f"{step.name} runs when {name!r} of {other}, whose outputParameters are "
                    f"{', '.join(results[other][1]) or 'none'}"
                )


def _of_itself(step: Step) -> Iterator[str]:
    names = [*artifacts(step), *parameters(step)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{step.name} has two outputs called {name!r}"
    read = [each.name for each in inputs(step)]
    for name in sorted({name for name in read if read.count(name) > 1}):
        yield f"{step.name} has two inputs called {name!r}"
    for tag in _CONDITION.findall(step.when or ""):
        yield (
            f"{step.name} runs when {tag}, and can look at "
            "{{tasks.<step>.outputs.parameters.<name>}} and {{workflow.…}} only"
        )
    for name in sorted({*_INPUT.findall(_text(step))} - {*read}):
        yield f"{step.name} uses the input {name!r} (there: {', '.join(read) or 'none'})"


def _text(step: Step) -> str:
    """Every text of a step in which Argo replaces variables for its pod."""
    return step.model_dump_json(exclude={"when"})


def _unknown_parameters(steps: tuple[Step, ...], known: dict[str, str] | None) -> Iterator[str]:
    if known is None:  # they have mistakes of their own
        return
    for step in steps:
        for name in sorted({*_PARAMETER.findall(step.model_dump_json())} - known.keys()):
            there = ", ".join(sorted(known)) or "none"
            yield f"{step.name} uses the parameter {name!r} (there: {there})"


def _elsewhere(steps: tuple[Step, ...], team: str | None) -> Iterator[str]:
    for step in steps:
        if isinstance(step, ResourceStep):
            namespace = step.manifest["metadata"].get("namespace", team)
            if namespace != team:
                yield f"{step.name} is about namespace {namespace}, and may act in {team} only"


def _cycle(steps: tuple[Step, ...]) -> Iterator[str]:
    try:
        TopologicalSorter({step.name: predecessors(step) for step in steps}).prepare()
    except CycleError as error:
        # graphlib names each node before the one that waits for it.
        yield f"steps wait for each other: {' ← '.join(reversed(error.args[1]))}"


class StopStrategy(Section):
    """When a schedule ends by itself."""

    expression: Annotated[NonEmpty, Field(examples=["cronworkflow.failed >= 3"])]
    """No further run starts once this holds."""


class PodGC(Section):
    """When the pods of a run are removed."""

    strategy: Literal[
        "OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"
    ] = "OnPodSuccess"
    """By default the pods of failed steps stay as long as the run, for their logs."""
    delete_delay: Duration | None = None
    """How long they stay after that (Argo Workflows 3.5)."""


class ArtifactGC(Section):
    """When the artifacts of a run are removed from the object store (Argo Workflows 3.4)."""

    strategy: Literal["OnWorkflowCompletion", "OnWorkflowDeletion"] = "OnWorkflowDeletion"


class ArtifactRepository(Section):
    """A key of a ConfigMap in the team's namespace that says where artifacts go."""

    config_map: Name
    key: NonEmpty


class Workflow(Section):
    """A workflow of Argo in its team's namespace: a template that others can start, and a
    CronWorkflow where it has a schedule.
    """

    name: Annotated[Name, AfterValidator(_room_for_run)]
    team: TeamName
    cluster_scope: bool = False
    """Whether the template is a ClusterWorkflowTemplate, which every namespace can use; this
    workflow's own runs are in its team's namespace all the same."""
    schedule: Annotated[
        Annotated[str, AfterValidator(check_schedule)] | None, Field(examples=["0 * * * *"])
    ] = None
    """Minute, hour, day of the month, month, day of the week; or @hourly, @daily, … Without it
    something else starts the workflow."""
    timezone: TimeZone = "Etc/UTC"
    """The time zone of the schedule."""
    suspend: bool = False
    """Starts no further runs."""
    concurrency_policy: Literal["Forbid", "Replace", "Allow"] = "Forbid"
    """What happens when a run is due while the last one still runs."""
    starting_deadline: Duration = "10m"
    """A run that was missed starts late by this much at most."""
    when: NonEmpty | None = None
    """A run that is due starts only if this holds (Argo Workflows 3.6)."""
    stop_strategy: StopStrategy | None = None
    """When the schedule ends by itself (Argo Workflows 3.6)."""
    deadline: Duration = "1h"
    """A run that takes longer is ended and counts as failed."""
    successful_jobs_history_limit: Annotated[int, Field(ge=0)] = 3
    failed_jobs_history_limit: Annotated[int, Field(ge=0)] = 3
    ttl: Duration = "1d"
    """How long a finished run stays, with the pods of failed steps."""
    pod_gc: Annotated[PodGC, Field(alias="podGC")] = PodGC()
    """When the pods of a run are removed."""
    artifact_gc: Annotated[ArtifactGC | None, Field(alias="artifactGC")] = None
    """When its artifacts are removed; without it they stay."""
    artifact_repository: ArtifactRepository | None = None
    """Where artifacts go; without it where the cluster's Argo Workflows has them go."""
    archive_logs: bool | None = None
    """Whether logs of steps are kept with the artifacts; without it as the artifact repository says,
    and Kubeflow's says so always."""
    parallelism: Annotated[int, Field(ge=1)] | None = None
    """How many pods of a run there are at once."""
    mutex: Name | None = None
    """A lock of the team's namespace: of all workflows that name it one run goes on at a time."""
    retries: Retries = Retries()
    """For every step that says nothing else."""
    run_as_user: Annotated[int, Field(ge=1)] = 65532
    """The user that every container of a run has; never root."""
    parameters: dict[Annotated[str, AfterValidator(_parameter_name)], str] = {}
    """Values that steps refer to as {{workflow.parameters.<name>}}; who starts a run can give
    others."""
    steps: Annotated[tuple[AnyStep, ...], AfterValidator(_sound)]
    on_exit: Annotated[AnyStep | None, AfterValidator(_handler)] = None
    """A last step that runs however the others ended; {{workflow.status}} and {{workflow.failures}}
    say how."""

    @property
    def images(self) -> Iterator[str]:
        """The images that its steps run, Argo's own apart."""
        for step in (*self.steps, self.on_exit):
            if isinstance(step, ProgramStep):
                yield step.image

    def places(self) -> Iterator[tuple[str, AnyStep]]:
        """Every step, with where it stands: `steps.train`, `onExit`."""
        yield from ((f"steps.{step.name}", step) for step in self.steps)
        if self.on_exit:
            yield "onExit", self.on_exit

    @model_validator(mode="after")
    def _scheduled(self) -> Self:
        if self.schedule is None:
            said = [
                type(self).model_fields[name].alias or name
                for name in SCHEDULING
                if name in self.model_fields_set
            ]
            if said:
                raise ValueError(f"{', '.join(said)} says nothing without a schedule: add one")
        return self


SCHEDULING = (
    "timezone",
    "suspend",
    "concurrency_policy",
    "starting_deadline",
    "when",
    "stop_strategy",
    "successful_jobs_history_limit",
    "failed_jobs_history_limit",
)
"""The fields that are about the schedule."""
