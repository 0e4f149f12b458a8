"""Where served versions came from, for their pods to carry."""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.provenance import Provenance
from synth.config.serving import Model, Variant
from synth.kit.names import key_part


def provenance(model: Model, variant: Variant) -> dict[str, str]:
    """The annotations: which versions and files these are, and what the registry knew of them; for
    further models of a graph after the step's name.

    The variant's name is none of them: a canary that becomes stable keeps its pods.
    """
    known = dict(_known("", variant.version, variant.artifact, variant.provenance))
    for step in model.steps.walk():
        if step.artifact:
            known |= _known(f"{step.name}.", step.version, step.artifact, step.provenance)
    # MLflow allows more in a metric's name than Kubernetes in a key.
    return {f"kfsynth/{key_part(name)}": value for name, value in known.items()}


def _known(
    prefix: str, version: int | None, artifact: str, origin: Provenance | None
) -> Iterator[tuple[str, str]]:
    if version:
        yield f"{prefix}version", str(version)
    yield f"{prefix}artifact", artifact
    if origin is None:
        return
    yield f"{prefix}registered-model", origin.registered_model
    yield f"{prefix}run", origin.run
    for name, value in (
        ("commit", origin.commit),
        ("data", origin.data),
        ("created", origin.created),
    ):
        if value is not None:
            yield f"{prefix}{name}", value
    for name, metric in origin.metrics.items():
        yield f"{prefix}metric-{name}", str(metric)
