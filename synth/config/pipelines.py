"""`pipelines:`: what teams train with, as sources that are compiled for Kubeflow Pipelines."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo

from synth.config.base import Name, NonEmpty, Resources, Section, TeamName
from synth.config.containers import Env, Nodes, SecretEnv, Toleration

NAME_LENGTH = 50
"""The Job that registers a pipeline is called `<name>-registration`, and its pods' label too."""


def _room_for_registration(name: str) -> str:
    if len(name) > NAME_LENGTH:
        raise ValueError(
            f"{name!r} is {len(name)} characters long, must be at most {NAME_LENGTH}: "
            "the Job that registers it is called after it"
        )
    return name


def _file(path: str) -> str:
    parts = PurePosixPath(path).parts
    sound = len(parts) > 1 and parts[0] != "/" and ".." not in parts and path.endswith(".py")
    if not sound or str(PurePosixPath(path)) != path:
        raise ValueError(
            f"{path!r} is not a Python file in a folder of its own below the repository, "
            "such as pipelines/sentiment/pipeline.py"
        )
    return path


def _module(name: str) -> str:
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
        raise ValueError(f"{name!r} is not the name of a Python module such as team.pipelines")
    return name


def _either(module: str | None, info: ValidationInfo) -> str | None:
    if "source" in info.data and (module is None) is (info.data["source"] is None):
        raise ValueError("the pipeline needs one of source and module")
    return module


def _of_a_step(resources: Resources) -> Resources:
    """Resources that Kubeflow Pipelines gives to a step, as given. Raises ValueError."""
    gpus = resources.limits.keys() - {"cpu", "memory"}
    others = sorted(
        (resources.requests.keys() - {"cpu", "memory"}) | {name for name in gpus if "/" not in name}
    )
    if others:
        raise ValueError(
            f"{', '.join(others)} cannot be given to a step: requests are of cpu and memory, limits "
            "also of GPUs, such as nvidia.com/gpu"
        )
    if len(gpus) > 1:
        raise ValueError(f"a step gets GPUs of one kind, and these are {', '.join(sorted(gpus))}")
    return resources


class Component(Section):
    """What a component gets in this environment, over what its source says."""

    resources: Annotated[Resources, AfterValidator(_of_a_step)] = Resources()
    """Requests and limits, GPUs among the limits; those that are not named stay the source's."""
    node_selector: dict[str, str] = {}
    """Labels of the nodes that it runs on."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints of nodes that it puts up with (Kubeflow Pipelines 2.3)."""
    env: Env = {}
    """Environment variables by name."""
    secret_env: SecretEnv = {}
    """Environment variables whose values are in Secrets of the team's namespace."""


class Pipeline(Section):
    """A pipeline of a team: compiled when the environment is built, registered in its namespace."""

    name: Annotated[Name, AfterValidator(_room_for_registration)]
    """What it is called in Kubeflow Pipelines, whatever its source calls it."""
    team: TeamName
    source: Annotated[str, AfterValidator(_file)] | None = None
    """The Python file that holds it, from the repository's root. It can import what lies in its
    folder, and what is installed."""
    module: Annotated[
        Annotated[str, AfterValidator(_module)] | None,
        AfterValidator(_either),
        Field(validate_default=True),
    ] = None
    """Instead: a module in a package that is installed or lies in the repository's root."""
    function: NonEmpty | None = None
    """The function with @dsl.pipeline, where there is more than one."""
    parameters: dict[NonEmpty, Any] = {}
    """Defaults of its parameters, in the types that it declares; a run may give others."""
    components: dict[NonEmpty, Component] = {}
    """What components get here, by the component's name: `train` or `prepare-data`."""
    nodes: Nodes = Nodes()
    """The nodes of components that say nothing of theirs, with tolerations from Kubeflow Pipelines 2.3
    on; without it the team's."""
    gpu_nodes: Nodes | None = None
    """The nodes of those that have GPUs; without it the team's, or `nodes`."""
    description: NonEmpty | None = None
    """What Kubeflow shows of it; without it what the source says."""
    installs_at_run_time: bool = False
    """Whether its components may install packages when they start (packages_to_install, or the SDK
    itself where a component does not say install_kfp_package=False)."""
