"""`objectives:` of a model: what it promises; alerts follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config.base import Duration, Percent, Section
from synth.kit.quantities import milliseconds, percent

BUCKETS = (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000)
"""The edges of Seldon's latency histogram in milliseconds.

Source: SeldonIO/seldon-core executor/api/metric/server.go, 1.17.1.
"""

ObjectiveName = Literal["latency", "errors", "accuracyDrop", "inputDrift"]
ALERTS: dict[ObjectiveName, str] = {
    "latency": "ModelLatencyHigh",
    "errors": "ModelErrorsHigh",
    "accuracyDrop": "ModelAccuracyLow",
    "inputDrift": "ModelInputDrifted",
}
"""What the alert of each objective is called."""


def _edge(duration: str) -> str:
    # A quantile is never estimated above the last edge, so nothing ever exceeds that one.
    if milliseconds(duration) not in BUCKETS[:-1]:
        edges = ", ".join(f"{edge}ms" for edge in BUCKETS[:-1])
        raise ValueError(
            f"{duration} is no edge of Seldon's latency histogram: take one of {edges}"
        )
    return duration


def missable(share: str) -> str:
    """A share that can be exceeded, as given. Raises ValueError."""
    if percent(share) >= 1:
        raise ValueError(f"{share} is never exceeded: must be below 100%")
    return share


def promises(objectives: Objectives | None) -> Objectives | None:
    """Objectives that promise something, as given. Raises ValueError."""
    if objectives and not list(objectives.promised):
        *most, last = ALERTS
        raise ValueError(f"promises nothing: write {', '.join(most)} or {last}, or take it out")
    return objectives


class Latency(Section):
    """How long requests may take."""

    p95: Annotated[Duration, AfterValidator(_edge)]
    """95 of 100 requests are faster."""


class Objectives(Section):
    """What the model promises; alerts follow from it."""

    latency: Latency | None = None
    errors: Annotated[Percent, AfterValidator(missable)] | None = None
    """At most this share of the requests may fail."""
    accuracy_drop: Annotated[Percent, AfterValidator(missable)] | None = None
    """A version may be less accurate than it was when it was registered (provenance.metrics.accuracy)
    by this share of that; the evaluation program measures it."""
    input_drift: Annotated[float, Field(gt=0, examples=[0.2])] | None = None
    """The input may differ from the training data by this population stability index: 0.1 is
    little, above 0.25 much; the evaluation program measures it."""

    @property
    def promised(self) -> Iterator[ObjectiveName]:
        """The objectives that are written down."""
        values = (self.latency, self.errors, self.accuracy_drop, self.input_drift)
        yield from (name for name, value in zip(ALERTS, values, strict=True) if value is not None)
