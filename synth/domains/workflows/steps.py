"""A step as a template of Argo: a function per kind of step, found by its class.

Every pod gets what a team's quota and Pod Security demand of the containers that Argo adds to it:
`init` in all of them, `wait` beside a program and, from 3.7 on, beside a resource step whose logs
are kept, where up to then `main` does it alone (workflow/controller/workflowpod.go at 3.3.10, 3.5.14,
3.6.0, 3.7.3).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from synth.catalog.pipelines import (
    API,
    PROGRAM_IMAGE,
    TOKEN_FOLDER,
    TOKEN_MOUNT,
    TOKEN_VOLUME,
)
from synth.config.steps import (
    ContainerStep,
    PipelineStep,
    PodStep,
    ResourceStep,
    Retries,
    ScriptStep,
    Step,
    SuspendStep,
    artifacts,
    parameters,
    read,
)
from synth.config.workflows import Workflow
from synth.kit.containers import NO_PRIVILEGES, variables
from synth.kit.durations import seconds
from synth.kit.objects import Body
from synth.kit.versions import minor

INPUTS, OUTPUTS = "/inputs", "/outputs"
RESOURCE_WAITS_SINCE = (3, 7)
"""From here on a container `wait` keeps a resource step's logs."""

_EXECUTOR: Body = {
    # Kubeflow sets none, and a quota refuses a pod with a container without requests.
    "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
    "securityContext": NO_PRIVILEGES,
}
"""What Argo's own containers in a step's pod get."""
_SCRATCH = {"tmp": "/tmp", "outputs": OUTPUTS}  # noqa: S108  (a mount, not a file of ours)
"""Where a step may write, by volume; its image is read-only."""


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The pipelines that steps run: their versions by name, and the text of the program that
    submits one (synth/programs/kubeflow_pipelines.py).
    """

    versions: Mapping[str, str]
    program: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a template depends on beside its step: the version of Argo Workflows, whether logs of
    steps are kept, what an image is called here, and the pipelines.
    """

    argo: str
    archives: bool
    mirror: Callable[[str], str]
    pipelines: Pipelines


def template(step: Step, workflow: Workflow, surroundings: Surroundings) -> Body:
    """The template of a step of a workflow."""
    made: dict[str, Any] = {"name": step.name}
    if isinstance(step, PodStep):
        made |= _pod(step, workflow)
    return made | body(step, workflow, surroundings)


@singledispatch
def body(step: Step, workflow: Workflow, surroundings: Surroundings) -> Body:
    """What a step does, for its kind."""
    raise NotImplementedError(type(step).__name__)


@body.register
def _(step: ContainerStep, _: Workflow, surroundings: Surroundings) -> Body:
    container = _program(step, surroundings)
    if step.args:
        container["args"] = list(step.args)
    return {"container": container, **_program_pod()}


@body.register
def _(step: ScriptStep, _: Workflow, surroundings: Surroundings) -> Body:
    script = {**_program(step, surroundings), "source": step.source}
    return {"script": script, **_program_pod()}


@body.register
def _(step: ResourceStep, _: Workflow, surroundings: Surroundings) -> Body:
    resource: dict[str, Any] = {"action": step.action}
    if step.action == "patch":
        resource["mergeStrategy"] = step.merge_strategy
    if step.success_condition:
        resource["successCondition"] = step.success_condition
    if step.failure_condition:
        resource["failureCondition"] = step.failure_condition
    resource["manifest"] = json.dumps(step.manifest, indent=2, ensure_ascii=False)
    waits = surroundings.archives and minor(surroundings.argo) >= RESOURCE_WAITS_SINCE
    return {"resource": resource, "podSpecPatch": _patch("main", *(["wait"] if waits else []))}


@body.register
def _(step: PipelineStep, workflow: Workflow, surroundings: Surroundings) -> Body:
    # Tried again, it finds its run again by the name.
    pipelines = surroundings.pipelines
    args = [
        pipelines.program,
        "submit",
        f"--host={API}",
        f"--token={TOKEN_FOLDER}/token",
        "--namespace={{workflow.namespace}}",
        f"--pipeline={step.pipeline}",
        f"--version={pipelines.versions[step.pipeline]}",
        f"--run={{{{workflow.name}}}}-{step.name}",
        *(f"--parameter={name}={value}" for name, value in step.parameters.items()),
        *([f"--experiment={step.experiment}"] if step.experiment else []),
        # The pod lives a little longer: it has the run ended.
        f"--deadline={seconds(step.deadline or workflow.deadline) * 9 // 10}",
        f"--run-id-file={OUTPUTS}/run",
    ]
    pod = _program_pod()
    container = {
        "image": surroundings.mirror(PROGRAM_IMAGE),
        "command": ["python", "-I", "-B", "-c"],
        "args": args,
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"memory": "128Mi"},
        },
        "securityContext": {**NO_PRIVILEGES, "readOnlyRootFilesystem": True},
        "volumeMounts": [*_scratch(), TOKEN_MOUNT],
    }
    return {**pod, "container": container, "volumes": [*pod["volumes"], TOKEN_VOLUME]}


@body.register
def _(step: SuspendStep, *_: object) -> Body:
    return {"suspend": {"duration": f"{seconds(step.duration)}s"} if step.duration else {}}


def _pod(step: PodStep, workflow: Workflow) -> Body:
    """What every step with a pod has: what goes in and out, where it runs and how often."""
    made: dict[str, Any] = {}
    read_artifacts, read_parameters = read(step, workflow.steps)
    if step.inputs:
        made["inputs"] = _given(
            artifacts=_files(INPUTS, (each.name for each in read_artifacts)),
            parameters=[{"name": each.name} for each in read_parameters],
        )
    if artifacts(step) or parameters(step):
        made["outputs"] = _given(
            artifacts=_files(OUTPUTS, artifacts(step)),
            parameters=[
                {"name": name, "valueFrom": {"path": f"{OUTPUTS}/{name}"}}
                for name in parameters(step)
            ],
        )
    retries = step.retries or workflow.retries
    if retries.limit:
        made["retryStrategy"] = _retry(retries)
    if step.deadline:
        made["activeDeadlineSeconds"] = seconds(step.deadline)
    if step.node_selector:
        made["nodeSelector"] = step.node_selector
    if step.tolerations:
        made["tolerations"] = [each.manifest() for each in step.tolerations]
    return made


def _given(**lists: list[Body]) -> Body:
    return {key: each for key, each in lists.items() if each}


def _files(folder: str, names: Iterable[str]) -> list[Body]:
    return [{"name": name, "path": f"{folder}/{name}"} for name in names]


def _retry(retries: Retries) -> Body:
    backoff = retries.backoff
    longest = {"maxDuration": backoff.max_duration, "cap": backoff.cap}
    return {
        "limit": retries.limit,
        # Also when the pod is lost, not only when the program fails.
        "retryPolicy": "Always",
        "backoff": {
            "duration": f"{seconds(backoff.duration)}s",
            "factor": backoff.factor,
            **{name: f"{seconds(each)}s" for name, each in longest.items() if each},
        },
    }


def _program(step: ContainerStep | ScriptStep, surroundings: Surroundings) -> dict[str, Any]:
    container: dict[str, Any] = {
        "image": surroundings.mirror(step.image),
        "command": list(step.command),
    }
    env = variables(step.env, step.secret_env)
    if env:
        container["env"] = env
    resources = step.resources.model_dump(exclude_defaults=True)
    if resources:
        container["resources"] = resources
    container["securityContext"] = {**NO_PRIVILEGES, "readOnlyRootFilesystem": True}
    container["volumeMounts"] = _scratch()
    return container


def _scratch() -> list[Body]:
    return [{"name": name, "mountPath": path} for name, path in _SCRATCH.items()]


def _program_pod() -> Body:
    return {
        "volumes": [{"name": name, "emptyDir": {}} for name in _SCRATCH],
        "podSpecPatch": _patch("wait"),
    }


def _patch(*containers: str) -> str:
    """What Argo's own containers are given: a pod that lacks one of them would become invalid."""
    patch = {
        "initContainers": [{"name": "init", **_EXECUTOR}],
        "containers": [{"name": name, **_EXECUTOR} for name in containers],
    }
    return json.dumps(patch, separators=(",", ":"))
