"""`models:`: what is served, in which versions, to how much of the traffic."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from synth.config.base import Duration, Image, Name, Percent, Resources, Section, TeamName
from synth.kit.quantities import milliseconds, percent

BUCKETS = (5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000)
"""The edges of Seldon's latency histogram in milliseconds.

Source: SeldonIO/seldon-core executor/api/metric/server.go, 1.17.1.
"""


def _uri(artifact: str) -> str:
    if re.match(r"(models|mlflow-artifacts|runs):", artifact):
        raise ValueError(
            f"{artifact!r} is known to MLflow only: write where the files are, s3://bucket/path"
        )
    if not re.match(r"(s3|gs|pvc)://[^/]+", artifact):
        raise ValueError(f"{artifact!r} is not a URI such as s3://bucket/path, gs://… or pvc://…")
    return artifact


def _sum(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    total = sum(variant.traffic for variant in variants)
    if total != 100:
        raise ValueError(f"traffic sums to {total}, must be 100")
    return variants


def _edge(duration: str) -> str:
    # A quantile is never estimated above the last edge, so nothing ever exceeds that one.
    if milliseconds(duration) not in BUCKETS[:-1]:
        edges = ", ".join(f"{edge}ms" for edge in BUCKETS[:-1])
        raise ValueError(
            f"{duration} is no edge of Seldon's latency histogram: take one of {edges}"
        )
    return duration


def _missable(share: str) -> str:
    if percent(share) >= 1:
        raise ValueError(f"{share} is never exceeded: must be below 100%")
    return share


def _promises(objectives: Objectives | None) -> Objectives | None:
    if objectives and not (objectives.latency or objectives.errors):
        raise ValueError("promises nothing: write latency or errors, or take it out")
    return objectives


class Variant(Section):
    """One version of a model that takes a share of the traffic; a predictor."""

    name: Name
    """The predictor's name: stable, canary."""
    version: Annotated[int, Field(ge=1)]
    """The version in the model registry."""
    artifact: Annotated[str, AfterValidator(_uri)]
    """Where the model's files are, as the storage initializer reads it."""
    traffic: Annotated[int, Field(ge=0, le=100)]
    """Its share of the requests in percent; 0 parks it."""


class Server(Section):
    """The model server."""

    implementation: Literal["MLFLOW_SERVER", "SKLEARN_SERVER", "XGBOOST_SERVER"] = "MLFLOW_SERVER"
    """Seldon's prepackaged server."""
    image: Image | None = None
    """An image instead of the prepackaged one, which is too old for MLflow 3."""


class Autoscaling(Section):
    """A HorizontalPodAutoscaler per variant."""

    min_replicas: Annotated[int, Field(ge=1)] = 1
    max_replicas: Annotated[int, Field(ge=1)]
    cpu: Percent = "70%"
    """The CPU use, in percent of the request, that it keeps to."""


class Latency(Section):
    """How long requests may take."""

    p95: Annotated[Duration, AfterValidator(_edge)]
    """95 of 100 requests are faster."""


class Objectives(Section):
    """What the model promises; alerts follow from it."""

    latency: Latency | None = None
    errors: Annotated[Percent, AfterValidator(_missable)] | None = None
    """At most this share of the requests may fail."""


class Model(Section):
    """A served model: a SeldonDeployment in its team's namespace."""

    name: Name
    team: TeamName
    engine: Literal["seldon"] = "seldon"
    server: Server = Server()
    storage_secret: Name | None = None
    """A Secret with the RCLONE_CONFIG_* variables that the storage initializer reads."""
    variants: Annotated[tuple[Variant, ...], Field(min_length=1), AfterValidator(_sum)]
    resources: Resources = Resources()
    """Requests and limits of the model server."""
    autoscaling: Autoscaling | None = None
    objectives: Annotated[Objectives | None, AfterValidator(_promises)] = None
