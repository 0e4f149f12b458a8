"""`retraining:` of a model: which workflow makes a new version when an objective is missed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config.base import Duration, NonEmpty, Section, refers_to
from synth.kit.quantities import milliseconds

RETRAINABLE = ("accuracyDrop", "inputDrift")
"""The objectives that a new version can meet again."""
RETRAINING_LABEL = "retraining"
"""The label of alerts that start a workflow; its value is the workflow's name."""


def _minutes(duration: str) -> str:
    whole, rest = divmod(milliseconds(duration), 60_000)
    if rest or not whole:
        raise ValueError(f"{duration} must be whole minutes, at least one")
    return duration


class RetrainingParameters(Section):
    """What the workflow's own parameters are called that a retraining sets; null sets none."""

    model: NonEmpty | None = "model"
    """Gets the model's name."""
    reason: NonEmpty | None = "reason"
    """Gets the alert's description."""


class Retraining(Section):
    """Starts a workflow of the team's when an objective of the model is missed."""

    workflow: Annotated[str, refers_to("workflows")]
    """The workflow that trains, registers and puts forward a new version."""
    when: Annotated[
        tuple[Literal["accuracyDrop", "inputDrift"], ...] | None, Field(min_length=1)
    ] = None
    """The objectives whose alerts start it; both, where the model promises them."""
    at_most_every: Annotated[Duration, AfterValidator(_minutes)] = "6h"
    """At most one retraining in each such span of the clock (in UTC), however often alerts fire."""
    parameters: RetrainingParameters = RetrainingParameters()
