"""Where a variant came from, as annotations of its predictor, which the operator copies to the
Deployment, its pods and Services (operator/controllers/seldondeployment_controller.go).
"""

from __future__ import annotations

from synth.config.serving import Variant
from synth.kit.names import key_part

PREFIX = "kfsynth/"
METRIC = "metric-"


def origin(variant: Variant) -> dict[str, str]:
    """The artifact, and what else is known of it."""
    known: dict[str, str | None] = {"artifact": variant.artifact}
    provenance = variant.provenance
    if provenance:
        known |= {
            "registered-model": provenance.registered_model,
            "run": provenance.run,
            "commit": provenance.commit,
            "data": provenance.data,
            "created": provenance.created,
        }
        known |= {
            key_part(f"{METRIC}{name}"): str(value) for name, value in provenance.metrics.items()
        }
    return {f"{PREFIX}{name}": value for name, value in known.items() if value is not None}
