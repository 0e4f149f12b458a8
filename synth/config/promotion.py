"""What a new version must pass, and in which steps it takes over: `gate:` and `policy.promotion:`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config.base import Duration, NonEmpty, Percent, Section

GateName = Literal["metrics", "live"]
"""`metrics` compares what the registry knows of two versions, `live` how they do in Prometheus."""


def _rising(steps: tuple[int, ...]) -> tuple[int, ...]:
    if list(steps) != sorted(set(steps)) or not steps or steps[-1] != 100:
        raise ValueError(f"{list(steps)} must rise and end with 100")
    return steps


def _one_side(metric: MetricGate) -> MetricGate:
    given = [metric.drop, metric.rise, metric.least, metric.most]
    if all(each is None for each in given):
        raise ValueError("limits nothing: write drop or rise, least or most")
    return metric


class MetricGate(Section):
    """How much worse a metric of the candidate may be than the stable version's."""

    drop: Percent | None = None
    """It may be lower by this share of the stable version's value: accuracy."""
    rise: Percent | None = None
    """It may be higher by this share: loss."""
    least: float | None = None
    """It may not be lower, whatever the stable version has."""
    most: float | None = None
    """It may not be higher, whatever the stable version has."""


class LiveGate(Section):
    """How canary and stable are compared while both serve."""

    window: Duration = "30m"
    """Over which time."""
    min_requests: Annotated[int, Field(ge=1)] = 200
    """So many requests each must have had in it; fewer say nothing."""
    latency: Percent = "20%"
    """The canary's 95th percentile may be higher by this share of the stable one's."""
    errors: Percent = "1%"
    """The canary's share of failed requests may be higher by this many percentage points."""


class Gate(Section):
    """What a version must pass before it gets more traffic or goes to the next environment."""

    metrics: dict[NonEmpty, Annotated[MetricGate, AfterValidator(_one_side)]] = {}
    """By the metric's name in MLflow; these metrics are also written down with a version."""
    live: LiveGate = LiveGate()


class Gates(Section):
    """The gates that CI runs for each kind of step."""

    canary: tuple[GateName, ...] = ()
    """Before a canary's traffic is raised."""
    promote: tuple[Literal["metrics"], ...] = ()
    """Before another version comes in; it has no traffic yet."""


class Promotion(Section):
    """How versions come into an environment and take over."""

    steps: Annotated[tuple[Annotated[int, Field(ge=1, le=100)], ...], AfterValidator(_rising)] = (
        10, 25, 50, 100,
    )  # fmt: skip
    """The shares of traffic, in percent, that a canary may have, one after the other."""
    max_canary: Annotated[int, Field(ge=1, le=100)] = 100
    """The largest share that a canary may come in with."""
    gates: Gates = Gates()
    merge: Literal["review", "automatic"] = "review"
    """Who merges what `synth propose` proposes: people, or the git host as soon as its own rules
    (required checks and approvals) let it."""
