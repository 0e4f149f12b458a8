"""How many pods of a variant may be away at once.

The operator's own pdbSpec selects all pods of a SeldonDeployment: two of them would match the same
pods, and Kubernetes then evicts none (SeldonIO/seldon-core operator/controllers/
seldondeployment_controller.go createPdb, 1.17.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.serving import predictor_name
from synth.config.serving import DisruptionBudget, Model
from synth.domains.serving.seldon.predictor import replicas
from synth.kit.objects import Body, manifest
from synth.kit.quantities import percent


def disruption_budgets(model: Model) -> Iterator[Body]:
    """One per variant; none for a single pod that nothing scales, which could never be drained."""
    if not model.disruption_budget:
        return
    for variant in model.variants:
        if model.autoscaling or replicas(model, variant) > 1:
            name = predictor_name(model.name, variant.name)
            yield manifest(
                "policy/v1",
                "PodDisruptionBudget",
                name,
                namespace=model.team,
                spec={
                    "maxUnavailable": _most(model.disruption_budget),
                    "selector": {"matchLabels": {"seldon-app": name}},
                },
            )


def _most(budget: DisruptionBudget) -> int | str:
    most = budget.max_unavailable
    return most if isinstance(most, int) else f"{percent(most) * 100}%"
