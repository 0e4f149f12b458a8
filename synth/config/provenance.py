"""`provenance:` of a served version: what the registry knew of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from synth.config.base import NonEmpty, Section


def _time(text: str) -> str:
    try:
        zone = datetime.fromisoformat(text).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise ValueError(f"{text!r} is not a time such as 2026-11-25T08:00:00+00:00")
    return text


ACCURACY = "accuracy"
"""The metric in MLflow that accuracyDrop compares with; a model's gate names it, too."""


class Provenance(Section):
    """Where a version came from, as the registry knew it when `synth model bump` wrote this down;
    the served pods carry it as annotations.
    """

    registered_model: NonEmpty
    """The registered model's name in the registry."""
    run: NonEmpty
    """The MLflow run that made it."""
    commit: NonEmpty | None = None
    """The commit of the training code."""
    data: NonEmpty | None = None
    """The digest of the data that it was trained on."""
    created: Annotated[str, AfterValidator(_time)] | None = None
    """When it was registered, ISO 8601 with a time zone."""
    mlflow: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    """The version of MLflow that wrote the model's files."""
    metrics: dict[str, float] = {}
    """The metrics that its gate compares."""


def registered_accuracy(provenance: Provenance | None) -> float | None:
    """How accurate a version was when it was registered, where that is known and above nothing."""
    accuracy = provenance.metrics.get(ACCURACY, 0) if provenance else 0
    return accuracy if accuracy > 0 else None
