"""`objectives:` of a model: what it promises; alerts follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from synth.config.base import Duration, Percent, Section
from synth.kit.quantities import milliseconds, percent


class Histogram(NamedTuple):
    """Whose histogram of latencies it is, and its edges in milliseconds."""

    owner: str
    edges: tuple[int, ...]


HISTOGRAMS = {
    "seldon": Histogram(
        "Seldon's", (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000)
    ),
    "kserve": Histogram(
        "Istio's",
        (1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000,
         600_000, 1_800_000, 3_600_000),
    ),
}  # fmt: skip
"""What measures latencies, by the serving engine; half a millisecond, Istio's first edge, cannot be
written.

Source: SeldonIO/seldon-core executor/api/metric/constants.go, DefBuckets, 1.17.1; envoyproxy/envoy
source/common/stats/histogram_impl.cc, defaultBuckets, 1.25 to 1.36.
"""

ObjectiveName = Literal["latency", "errors", "availability", "accuracyDrop", "inputDrift"]
ALERTS: dict[ObjectiveName, str] = {
    "latency": "ModelLatencyHigh",
    "errors": "ModelErrorsHigh",
    "availability": "ModelErrorBudgetBurn",
    "accuracyDrop": "ModelAccuracyLow",
    "inputDrift": "ModelInputDrifted",
}
"""What the alert of each objective is called."""
LEAST_AVAILABILITY = "95%"
"""Below it failing throughout would not use up the errors of 30 days fast enough for an alert."""


def missable(share: str) -> str:
    """A share that can be exceeded, as given. Raises ValueError."""
    if percent(share) >= 1:
        raise ValueError(f"{share} is never exceeded: must be below 100%")
    return share


def _spendable(availability: str) -> str:
    if not percent(LEAST_AVAILABILITY) <= percent(availability) < 1:
        raise ValueError(f"{availability} must be from {LEAST_AVAILABILITY} to below 100%")
    return availability


def _rising(latency: Latency | None) -> Latency | None:
    if latency and not latency.promised:
        *most, last = Latency.model_fields
        raise ValueError(f"promises nothing: write {', '.join(most)} or {last}, or take it out")
    for (low, sooner), (high, later) in pairwise(latency.promised.items() if latency else ()):
        if milliseconds(sooner) > milliseconds(later):
            raise ValueError(f"{low} {sooner} is above {high} {later}")
    return latency


def promises(objectives: Objectives | None, info: ValidationInfo) -> Objectives | None:
    """Objectives of a model that promise something which is measured, as given.

    Raises ValueError, or a ValidationError with every mistake at its place.
    """
    if objectives and not list(objectives.promised):
        *most, last = ALERTS
        raise ValueError(f"promises nothing: write {', '.join(most)} or {last}, or take it out")
    histogram = HISTOGRAMS.get(info.data.get("engine", ""))
    if objectives and objectives.latency and histogram:
        _measured(objectives.latency, histogram)
    return objectives


def _measured(latency: Latency, histogram: Histogram) -> None:
    # A quantile is never estimated above the last edge, so nothing ever exceeds that one.
    edges = histogram.edges[:-1]
    there = ", ".join(f"{edge}ms" for edge in edges)
    mistakes = [
        InitErrorDetails(
            type=PydanticCustomError(
                "edge",
                f"{duration} is no edge of {histogram.owner} latency histogram: take one of {there}",
            ),
            loc=("latency", quantile),
            input=duration,
        )
        for quantile, duration in latency.promised.items()
        if milliseconds(duration) not in edges
    ]
    if mistakes:
        raise ValidationError.from_exception_data("objectives", mistakes)


class Latency(Section):
    """How long requests may take; each must be an edge of the histogram of what serves the model."""

    p50: Duration | None = None
    """Half of the requests are faster."""
    p90: Duration | None = None
    """90 of 100 requests are faster."""
    p95: Duration | None = None
    """95 of 100 requests are faster."""
    p99: Duration | None = None
    """99 of 100 requests are faster."""

    @property
    def promised(self) -> dict[str, str]:
        """The quantiles that are written down, the lowest first, and their durations."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if value is not None}


class Objectives(Section):
    """What the model promises; alerts follow from it."""

    latency: Annotated[Latency | None, AfterValidator(_rising)] = None
    errors: Annotated[Percent, AfterValidator(missable)] | None = None
    """At most this share of the requests may fail, whoever's fault it is, within 5 minutes."""
    availability: (
        Annotated[Percent, AfterValidator(_spendable), Field(examples=["99.9%"])] | None
    ) = None
    """At least this share of the requests of 30 days does not fail by the server's own fault. Alerts
    follow from how fast the rest, the error budget, is used up."""
    accuracy_drop: Annotated[Percent, AfterValidator(missable)] | None = None
    """A version may be less accurate than it was when it was registered (provenance.metrics.accuracy)
    by this share of that; the evaluation program measures it."""
    input_drift: Annotated[float, Field(gt=0, examples=[0.2])] | None = None
    """The input may differ from the training data by this population stability index: 0.1 is
    little, above 0.25 much; the evaluation program measures it."""

    @property
    def promised(self) -> Iterator[ObjectiveName]:
        """The objectives that are written down."""
        values = (
            self.latency, self.errors, self.availability, self.accuracy_drop, self.input_drift,
        )  # fmt: skip
        yield from (name for name, value in zip(ALERTS, values, strict=True) if value is not None)


SENSIBLE = Objectives(latency=Latency(p95="500ms"), errors="1%", availability="99.5%")
"""What a model promises that says nothing, where the environment's policy has it promise."""
