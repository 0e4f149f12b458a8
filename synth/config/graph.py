"""`graph:` of a model: the steps that a request goes through, where there are more than one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config.base import Image, Name, Resources, Section
from synth.config.containers import Env, SecretEnv
from synth.config.provenance import Provenance

PARAMETER_TYPES = {bool: "BOOL", int: "INT", float: "DOUBLE", str: "STRING"}
"""Seldon's names of the types that a parameter may have."""
Parameter = str | int | float | bool
ONLY_STEP = "classifier"
"""What the model's own step is called where no graph is given; clients see it as the name of the
model in paths of v2.
"""
DEPTH = 10
"""So many levels of children the CRD's schema spells out
(seldon-core-operator's customresourcedefinition_v1, 1.17.1)."""


def artifact_uri(artifact: str) -> str:
    """An address that a storage initializer reads, as given. Raises ValueError."""
    if re.match(r"(models|mlflow-artifacts|runs):", artifact):
        raise ValueError(
            f"{artifact!r} is known to MLflow only: write where the files are, s3://bucket/path"
        )
    if not re.match(r"(s3|gs|pvc)://[^/]+", artifact):
        raise ValueError(f"{artifact!r} is not a URI such as s3://bucket/path, gs://… or pvc://…")
    return artifact


def _sound(graph: GraphStep) -> GraphStep:
    steps = list(graph.walk())
    mistakes = [*_repeated(steps), *_own_models(steps), *_programs(steps)]
    if _depth(graph) > DEPTH:
        mistakes.append(f"is {_depth(graph)} steps deep, must be at most {DEPTH}")
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return graph


def _repeated(steps: list[GraphStep]) -> Iterator[str]:
    names = [step.name for step in steps]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the name {name!r} is there twice"


def _own_models(steps: list[GraphStep]) -> Iterator[str]:
    own = [step.name for step in steps if step.is_variant]
    if len(own) != 1:
        said = ", ".join(own) or "none"
        yield (
            "must have one step of type model without image and artifact, which stands for the "
            f"variant's own model (there: {said})"
        )


def _programs(steps: list[GraphStep]) -> Iterator[str]:
    for step in steps:
        if step.type != "model" and not (step.image or step.builtin):
            yield f"the {step.type} {step.name!r} has no image, which is the program that it runs"
        if step.builtin and (step.image or step.artifact or step.type != "router"):
            yield f"{step.builtin} of {step.name!r} is a router without image and artifact"
        if step.artifact and step.type != "model":
            yield f"the {step.type} {step.name!r} has an artifact, which only a model can have"


def _depth(step: GraphStep) -> int:
    return 1 + max(map(_depth, step.children), default=0)


class GraphStep(Section):
    """One step of a graph: a transformer, router, combiner or model, and what follows it."""

    name: Name
    """The step's name, which is also its container's."""
    type: Literal["model", "transformer", "outputTransformer", "router", "combiner"] = "model"
    """`transformer` changes requests on their way to its child, `outputTransformer` the answers of
    it; a `router` chooses one of its children, a `combiner` makes one answer of all of theirs."""
    image: Image | None = None
    """The program of the step."""
    builtin: Literal["RANDOM_ABTEST"] | None = None
    """Seldon's built-in router instead of an image; the executor knows no other built-in program
    that the CRD names (SeldonIO/seldon-core executor/predictor/predictor_process.go, 1.17.1)."""
    artifact: Annotated[str, AfterValidator(artifact_uri)] | None = None
    """A further model of an ensemble, where its files are; the model's own server serves it."""
    version: Annotated[int, Field(ge=1)] | None = None
    """The version of that further model in the registry."""
    provenance: Provenance | None = None
    """Where that version came from."""
    parameters: dict[str, Parameter] = {}
    """What the program is told, by name: ratioA of RANDOM_ABTEST."""
    env: Env = {}
    secret_env: SecretEnv = {}
    resources: Resources = Resources()
    children: tuple[GraphStep, ...] = ()

    @property
    def is_variant(self) -> bool:
        """Whether the step stands for the variant's own model."""
        return self.type == "model" and not (self.image or self.builtin or self.artifact)

    def walk(self) -> Iterator[GraphStep]:
        """The step and all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def containers(self) -> list[str]:
        """The containers that the step and all below it run in, by name."""
        return [step.name for step in self.walk() if not step.builtin]


Graph = Annotated[GraphStep, AfterValidator(_sound)]
"""The first step of a graph; exactly one of its steps stands for the variant's own model."""
