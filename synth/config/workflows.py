"""`workflows:`: what runs again and again, in which steps, with which artifacts between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo

from synth.config.base import Duration, Image, Name, Resources, Section, TeamName
from synth.config.containers import Env, SecretEnv
from synth.kit.schedules import check_schedule

NAME_LENGTH = 52
"""Argo names a run `<name>-<time of the schedule>`, a label of 63 characters
(argoproj/argo-workflows workflow/validate/validate.go)."""

_PARAMETER = re.compile(r"\{\{=?[^}]*?\bworkflow\.parameters\.([-\w]+)")


def _room_for_run(name: str) -> str:
    if len(name) > NAME_LENGTH:
        raise ValueError(
            f"{name!r} is {len(name)} characters long, must be at most {NAME_LENGTH}: "
            "Argo appends the time of each run"
        )
    return name


def _timezone(name: str) -> str:
    # ZoneInfo also finds files that are no zones, or zones by other paths, on some machines.
    if re.fullmatch(r"UTC|(?!posix/|right/)[A-Z][-+\w]*(/[-+\w]+)+", name):
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
        else:
            return name
    raise ValueError(f"{name!r} is not a time zone of the IANA database such as Europe/Paris")


def _parameter_name(name: str) -> str:
    if not re.fullmatch(r"[-\w]+", name, re.ASCII):
        raise ValueError(f"{name!r} is not a parameter's name: letters, digits, '-' and '_'")
    return name


def _sound(steps: tuple[Step, ...], info: ValidationInfo) -> tuple[Step, ...]:
    if not steps:
        raise ValueError("is empty, must have one step at least")
    mistakes = [*_unmet(steps), *_unknown_parameters(steps, info.data.get("parameters"))]
    if not mistakes:
        mistakes = list(_cycle(steps))
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return steps


def _unmet(steps: tuple[Step, ...]) -> Iterator[str]:
    outputs = {step.name: step.outputs for step in steps}
    there = ", ".join(outputs)
    for step in steps:
        for other in step.depends_on:
            if other not in outputs:
                yield f"{step.name} depends on {other!r}, which is no step (there: {there})"
        for given in step.inputs:
            if given.step not in outputs:
                yield f"{step.name} reads from {given.step!r}, which is no step (there: {there})"
            elif given.name not in outputs[given.step]:
                yield (
                    f"{step.name} reads {given.name!r} from {given.step}, whose outputs are "
                    f"{', '.join(outputs[given.step]) or 'none'}"
                )


def _unknown_parameters(steps: tuple[Step, ...], known: dict[str, str] | None) -> Iterator[str]:
    if known is None:  # they have mistakes of their own
        return
    for step in steps:
        texts = [*step.command, *step.args, *step.env.values()]
        used = {name for text in texts for name in _PARAMETER.findall(text)}
        for name in sorted(used - known.keys()):
            there = ", ".join(sorted(known)) or "none"
            yield f"{step.name} uses the parameter {name!r} (there: {there})"


def _cycle(steps: tuple[Step, ...]) -> Iterator[str]:
    try:
        TopologicalSorter({step.name: step.predecessors for step in steps}).prepare()
    except CycleError as error:
        # graphlib names each node before the one that waits for it.
        yield f"steps wait for each other: {' ← '.join(reversed(error.args[1]))}"


class Input(Section):
    """An artifact of an earlier step."""

    name: Name
    """The artifact's name; the step finds it at /inputs/<name>."""
    step: Annotated[str, Field(alias="from")]
    """The step that makes it; this one waits for it."""


class Backoff(Section):
    """How long to wait before a step is tried again."""

    duration: Duration = "30s"
    """The first wait."""
    factor: Annotated[int, Field(ge=1)] = 2
    """What each further wait is multiplied by."""
    max_duration: Duration = "10m"
    """No try starts later than this after the first."""


class Retries(Section):
    """How often a step is tried again when it fails or its pod is lost."""

    limit: Annotated[int, Field(ge=0)] = 2
    """Tries after the first; 0 for none."""
    backoff: Backoff = Backoff()


class Step(Section):
    """One step: a container in a pod of its own."""

    name: Name
    image: Image
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program; Argo's executor runs it and cannot ask the image for its entrypoint."""
    args: tuple[str, ...] = ()
    """Arguments; {{workflow.parameters.<name>}} stands for a parameter."""
    env: Env = {}
    """Environment variables by name."""
    secret_env: SecretEnv = {}
    """Environment variables whose values are in Secrets."""
    resources: Resources = Resources(
        requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "256Mi"}
    )
    """Requests and limits; a team's quota refuses pods without requests."""
    depends_on: tuple[str, ...] = ()
    """Steps that must have succeeded before; those it reads from need no mention."""
    inputs: tuple[Input, ...] = ()
    """Artifacts of earlier steps; nothing else is shared between steps."""
    outputs: tuple[Name, ...] = ()
    """Artifacts that it leaves as a file or folder at /outputs/<name>."""

    @property
    def predecessors(self) -> tuple[str, ...]:
        """Every step that it waits for, each once, in the order of the file."""
        return tuple(dict.fromkeys([*self.depends_on, *(each.step for each in self.inputs)]))


class Workflow(Section):
    """A workflow on a schedule: a CronWorkflow of Argo in its team's namespace."""

    name: Annotated[Name, AfterValidator(_room_for_run)]
    team: TeamName
    schedule: Annotated[str, AfterValidator(check_schedule), Field(examples=["0 * * * *"])]
    """Minute, hour, day of the month, month, day of the week; or @hourly, @daily, …"""
    timezone: Annotated[str, AfterValidator(_timezone)] = "Etc/UTC"
    """The time zone of the schedule."""
    suspend: bool = False
    """Starts no further runs."""
    concurrency_policy: Literal["Forbid", "Replace", "Allow"] = "Forbid"
    """What happens when a run is due while the last one still runs."""
    starting_deadline: Duration = "10m"
    """A run that was missed starts late by this much at most."""
    deadline: Duration = "1h"
    """A run that takes longer is ended and counts as failed."""
    successful_jobs_history_limit: Annotated[int, Field(ge=0)] = 3
    failed_jobs_history_limit: Annotated[int, Field(ge=0)] = 3
    ttl: Duration = "1d"
    """How long a finished run stays, with the pods of failed steps."""
    retries: Retries = Retries()
    """For every step."""
    run_as_user: Annotated[int, Field(ge=1)] = 65532
    """The user that every container of a run has; never root."""
    parameters: dict[Annotated[str, AfterValidator(_parameter_name)], str] = {}
    """Values that steps refer to as {{workflow.parameters.<name>}}."""
    steps: Annotated[tuple[Step, ...], AfterValidator(_sound)]
