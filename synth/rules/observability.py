"""What an environment promises of its models, against who watches them."""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.environment import Environment
from synth.config.provenance import ACCURACY, registered_accuracy
from synth.config.serving import Model
from synth.rules.findings import Finding


def check_observability(environment: Environment) -> Iterator[Finding]:
    """Findings about objectives that are missing, and those that nothing would ever measure."""
    for model in environment.models:
        if environment.policy.objectives == "required" and not model.objectives:
            yield Finding(
                "OB003", "error", f"models.{model.name}",
                "promises nothing, and policy.objectives demands it: write objectives, such as "
                "{latency: {p95: 500ms}, errors: 1%, availability: 99.5%}",
            )  # fmt: skip
        if model.objectives and environment.observability:
            yield from _accuracy(model)
        elif model.objectives:
            yield Finding(
                "OB001", "warning", f"models.{model.name}.objectives",
                "nobody watches them: add observability.prometheus, or take them out",
            )  # fmt: skip


def _accuracy(model: Model) -> Iterator[Finding]:
    if not (model.objectives and model.objectives.accuracy_drop):
        return
    for variant in model.variants:
        if registered_accuracy(variant.provenance) is None:
            yield Finding(
                "OB002", "warning", f"models.{model.name}.variants.{variant.name}",
                f"nothing says how accurate version {variant.version} was, so that nobody watches "
                f"accuracyDrop: give gate.metrics {ACCURACY}, and synth model bump writes it into "
                "provenance",
            )  # fmt: skip
