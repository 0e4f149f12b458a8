"""`objectives:` of a model: what it promises; alerts follow from it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from synth.config.base import Duration, Percent, Section
from synth.kit.quantities import milliseconds, percent

BUCKETS = (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000)
"""The edges of Seldon's latency histogram in milliseconds.

Source: SeldonIO/seldon-core executor/api/metric/server.go, 1.17.1.
"""


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
    if objectives and not (objectives.latency or objectives.errors):
        raise ValueError("promises nothing: write latency or errors, or take it out")
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
