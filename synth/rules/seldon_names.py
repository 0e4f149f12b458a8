"""Names that Seldon makes of the names of models, variants and steps.

Labels, selectors and alerts of ours rely on them, so none may become a hash, and no two may be
alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.serving import (
    NAME_LENGTH,
    TAKEN,
    container_service,
    deployment_name,
    explainer_name,
    model_volume,
    predictor_name,
)
from synth.config.environment import Environment
from synth.config.serving import Model, Variant
from synth.rules.findings import Finding


def check_seldon_names(environment: Environment) -> Iterator[Finding]:
    """Findings about names of models that Seldon serves."""
    models = [model for model in environment.models if model.engine == "seldon"]
    yield from _alike(models)
    for model in models:
        yield from _first_letter(model)
        yield from _steps(model)
        yield from _too_long(model)


def _alike(models: list[Model]) -> Iterator[Finding]:
    taken: dict[tuple[str, str], str] = {}
    for model in models:
        for variant in model.variants:
            yield from list(_clashes(model, variant, taken))[:1]


def _clashes(
    model: Model, variant: Variant, taken: dict[tuple[str, str], str]
) -> Iterator[Finding]:
    """Services of a variant that an earlier one has; `taken` says whose each is, and grows."""
    key = f"models.{model.name}.variants.{variant.name}"
    for service, part, what in _services(model, variant):
        its = f"{what} of {model.name}"
        first = taken.setdefault((model.team, service), its)
        if first != its:
            yield Finding(
                "SV002", "error", f"{key}{part}",
                f"Seldon would call its Service {service}, as it does {first}: "
                "rename one of them",
            )  # fmt: skip


def _services(model: Model, variant: Variant) -> Iterator[tuple[str, str, str]]:
    yield predictor_name(model.name, variant.name), "", "a variant"
    for container in model.steps.containers:
        yield container_service(model.name, variant.name, container), "", "a step"
    if variant.explainer:
        yield explainer_name(model.name, variant.name), ".explainer", "an explainer"


def _first_letter(model: Model) -> Iterator[Finding]:
    if not model.name[0].isalpha():
        yield Finding(
            "SV011", "error", f"models.{model.name}",
            "Seldon calls Services after it, and a Service's name begins with a letter: rename it",
        )  # fmt: skip


def _steps(model: Model) -> Iterator[Finding]:
    for step in model.steps.walk():
        if step.name in TAKEN:
            yield Finding(
                "SV012", "error", f"models.{model.name}.graph",
                f"the step {step.name} has the name of a container that its pods have anyway: "
                "rename it",
            )  # fmt: skip
        volume = model_volume(step.name)
        if (step.is_variant or step.artifact) and len(volume) > NAME_LENGTH:
            yield Finding(
                "SV013", "error", f"models.{model.name}.graph",
                f"Seldon would call the volume of its step {volume}, which has {len(volume)} "
                f"characters, and {NAME_LENGTH} are possible: shorten the step's name",
            )  # fmt: skip


def _too_long(model: Model) -> Iterator[Finding]:
    for variant in model.variants:
        for name, part, what in _deployments(model, variant):
            if len(name) > NAME_LENGTH:
                yield Finding(
                    "SV013", "error", f"models.{model.name}.variants.{variant.name}{part}",
                    f"Seldon would call its Deployment {name}, which has {len(name)} characters, "
                    f"and beyond {NAME_LENGTH} it takes a hash instead: shorten the name of {what}",
                )  # fmt: skip


def _deployments(model: Model, variant: Variant) -> Iterator[tuple[str, str, str]]:
    containers = model.steps.containers
    name = deployment_name(model.name, variant.name, containers)
    yield name, "", "model, variant or step" if model.graph else "model or variant"
    if variant.explainer:
        yield explainer_name(model.name, variant.name), ".explainer", "model or variant"
