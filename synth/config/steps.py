"""The steps of a workflow: what each kind of step may say.

A further kind is a class of its own and a line in `AnyStep`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from synth.config.base import Duration, Image, Name, NonEmpty, Resources, Section, refers_to
from synth.config.containers import Env, SecretEnv, Toleration


def _task_name(name: str) -> str:
    if name[0].isdigit():
        raise ValueError(
            f"{name!r} begins with a digit, which Argo refuses of a step: put a letter"
        )
    return name


def _named(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = manifest.get("metadata")
    named = isinstance(metadata, dict) and (metadata.get("name") or metadata.get("generateName"))
    lacking = [
        key
        for key, there in (
            ("apiVersion", manifest.get("apiVersion")),
            ("kind", manifest.get("kind")),
            ("metadata.name", named),
        )
        if not there
    ]
    if lacking:
        raise ValueError(f"is no object: it lacks {', '.join(lacking)}")
    return manifest


class Input(Section):
    """An artifact or a parameter that an earlier step leaves."""

    name: Name
    """Its name. An artifact is found at /inputs/<name>; {{inputs.parameters.<name>}} stands for a
    parameter's value."""
    step: Annotated[str, Field(alias="from")]
    """The step that makes it; this one waits for it."""


class Backoff(Section):
    """How long to wait before a step is tried again."""

    duration: Duration = "30s"
    """The first wait."""
    factor: Annotated[int, Field(ge=1)] = 2
    """What each further wait is multiplied by."""
    max_duration: Duration | None = None
    """No try starts later than this after the first one began, and Argo Workflows ends one that is under
    way then (argoproj/argo-workflows issue 13044): as long as all tries together may take."""
    cap: Duration | None = None
    """No wait is longer than this (Argo Workflows 3.7)."""


class Retries(Section):
    """How often a step is tried again when it fails or its pod is lost."""

    limit: Annotated[int, Field(ge=0)] = 2
    """Tries after the first; 0 for none."""
    backoff: Backoff = Backoff()


class Step(Section):
    """What every kind of step has."""

    name: Annotated[Name, AfterValidator(_task_name)]
    depends_on: tuple[str, ...] = ()
    """Steps that must have succeeded before; those it reads from need no mention."""
    when: NonEmpty | None = None
    """Runs only if this holds, such as {{tasks.evaluate.outputs.parameters.accuracy}} >= 0.9, and
    after the steps that it names; else what depends on it does not run either."""


class PodStep(Step):
    """A step that runs in a pod of its own."""

    inputs: tuple[Input, ...] = ()
    """Artifacts and parameters of earlier steps; nothing else is shared between steps."""
    retries: Retries | None = None
    """Instead of the workflow's."""
    deadline: Duration | None = None
    """A try that takes longer is ended and counts as failed."""
    node_selector: dict[str, str] = {}
    """Labels of the nodes that it runs on."""
    tolerations: tuple[Toleration, ...] = ()


class ProgramStep(PodStep):
    """A step that runs a program of an image."""

    image: Image
    env: Env = {}
    """Environment variables by name."""
    secret_env: SecretEnv = {}
    """Environment variables whose values are in Secrets."""
    resources: Resources = Resources(
        requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "256Mi"}
    )
    """Requests and limits, GPUs among them; a team's quota refuses pods without requests."""
    outputs: tuple[Name, ...] = ()
    """Artifacts that it leaves as a file or folder at /outputs/<name>."""
    output_parameters: tuple[Name, ...] = ()
    """Parameters: short texts that it leaves in files at /outputs/<name>."""


class ContainerStep(ProgramStep):
    """One step: a container in a pod of its own."""

    kind: Literal["container"] = "container"
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program; Argo's executor runs it and cannot ask the image for its entrypoint."""
    args: tuple[str, ...] = ()
    """Arguments; {{workflow.parameters.<name>}} stands for a parameter."""


class ScriptStep(ProgramStep):
    """A script that is written here, run by a program of an image."""

    kind: Literal["script"]
    command: Annotated[tuple[str, ...], Field(min_length=1, examples=[["python"]])]
    """The interpreter; it is called with the script's file."""
    source: NonEmpty
    """The script; {{workflow.parameters.<name>}} stands for a parameter."""


class ResourceStep(PodStep):
    """An object that is read, made, changed or removed in the team's namespace."""

    kind: Literal["resource"]
    action: Literal["get", "create", "apply", "delete", "replace", "patch"]
    """What kubectl does with it."""
    merge_strategy: Literal["strategic", "merge"] = "merge"
    """How a patch is merged; custom resources know `merge` only."""
    manifest: Annotated[dict[str, Any], AfterValidator(_named)]
    """The object, or for a patch the part of it that changes."""
    plural: NonEmpty | None = None
    """What the API calls objects of this kind, where it is not what kubectl guesses from the kind."""
    success_condition: NonEmpty | None = None
    """Waits until this holds of the object: status.succeeded > 0."""
    failure_condition: NonEmpty | None = None
    """Fails as soon as this holds of the object: status.failed > 3."""

    @property
    def resource(self) -> str:
        """What the API calls objects of this kind: `jobs`. As kubectl guesses it
        (kubernetes/apimachinery pkg/api/meta, UnsafeGuessKindToResource) where it is not said.
        """
        kind = str(self.manifest["kind"]).lower()
        if self.plural:
            return self.plural
        if kind.endswith("s"):
            return f"{kind}es"
        return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"

    @property
    def object_name(self) -> str | None:
        """The object's name, where it does not depend on the run."""
        name = self.manifest["metadata"].get("name")
        return str(name) if name and "{{" not in str(name) else None


class PipelineStep(PodStep):
    """A run of a pipeline, exactly as this environment has it, which the step waits for; its
    `deadline`, or else the workflow's, ends the run as well. It leaves the run's id as its output
    parameter `run`.
    """

    kind: Literal["pipeline"]
    pipeline: Annotated[str, refers_to("pipelines")]
    """An entry of `pipelines`, of the same team."""
    parameters: dict[NonEmpty, str] = {}
    """Parameters of this run instead of the pipeline's own; {{workflow.parameters.<name>}} stands
    for a parameter of the workflow."""
    experiment: NonEmpty | None = None
    """The experiment that its runs are listed under; without it the pipeline's name."""


class SuspendStep(Step):
    """Waits: for somebody to resume the run, or for a time."""

    kind: Literal["suspend"]
    duration: Duration | None = None
    """Goes on after this; without it when somebody resumes the run."""


KINDS = ("container", "script", "resource", "pipeline", "suspend")


def _kind(step: Any) -> str:
    kind = step.get("kind", "container") if isinstance(step, dict) else getattr(step, "kind", "")
    return str(kind)


AnyStep = Annotated[
    Annotated[ContainerStep, Tag("container")]
    | Annotated[ScriptStep, Tag("script")]
    | Annotated[ResourceStep, Tag("resource")]
    | Annotated[PipelineStep, Tag("pipeline")]
    | Annotated[SuspendStep, Tag("suspend")],
    Discriminator(
        _kind,
        custom_error_type="step_kind",
        custom_error_message=f"kind must be one of {', '.join(KINDS)}",
    ),
]
"""A step of any kind."""


def inputs(step: Step) -> tuple[Input, ...]:
    """What a step reads of others."""
    return step.inputs if isinstance(step, PodStep) else ()


def artifacts(step: Step) -> tuple[str, ...]:
    """The artifacts that a step leaves."""
    return step.outputs if isinstance(step, ProgramStep) else ()


def parameters(step: Step) -> tuple[str, ...]:
    """The parameters that a step leaves."""
    if isinstance(step, PipelineStep):
        return ("run",)
    return step.output_parameters if isinstance(step, ProgramStep) else ()


def read(step: Step, steps: Iterable[Step]) -> tuple[list[Input], list[Input]]:
    """What a step reads of `steps`: the artifacts and the parameters."""
    made = {each.name: artifacts(each) for each in steps}
    given = inputs(step)
    return (
        [each for each in given if each.name in made[each.step]],
        [each for each in given if each.name not in made[each.step]],
    )


_RESULT = re.compile(r"tasks\.([-\w]+)\.outputs\.parameters\.([-\w]+)")


def conditions(step: Step) -> list[tuple[str, str]]:
    """The step and the parameter of every result that a step's `when` looks at."""
    return _RESULT.findall(step.when or "")


def predecessors(step: Step) -> tuple[str, ...]:
    """Every step that a step waits for, each once, in the order of the file."""
    read = (each.step for each in inputs(step))
    return tuple(dict.fromkeys([*step.depends_on, *read, *(name for name, _ in conditions(step))]))
