"""What an environment promises of its models, against who watches them."""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.environment import Environment
from synth.rules.findings import Finding


def check_observability(environment: Environment) -> Iterator[Finding]:
    """Findings about objectives that nothing would ever measure."""
    if environment.observability:
        return
    for model in environment.models:
        if model.objectives:
            yield Finding(
                "OB001", "warning", f"models.{model.name}.objectives",
                "nobody watches them: add observability.prometheus, or take them out",
            )  # fmt: skip
