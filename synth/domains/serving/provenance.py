"""Where a served version came from, for its pods to carry."""

from __future__ import annotations

from synth.config.serving import Variant
from synth.kit.names import key_part


def provenance(variant: Variant) -> dict[str, str]:
    """The annotations: which version and files these are, and what the registry knew of them.

    The variant's name is none of them: a canary that becomes stable keeps its pods.
    """
    known: dict[str, str | None] = {"version": str(variant.version), "artifact": variant.artifact}
    if origin := variant.provenance:
        known |= {
            "registered-model": origin.registered_model,
            "run": origin.run,
            "commit": origin.commit,
            "data": origin.data,
            "created": origin.created,
            # MLflow allows more in a metric's name than Kubernetes in a key.
            **{key_part(f"metric-{name}"): str(value) for name, value in origin.metrics.items()},
        }
    return {f"kfsynth/{name}": value for name, value in known.items() if value is not None}
