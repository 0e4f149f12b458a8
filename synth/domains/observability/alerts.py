"""A model's objectives as alerts that Prometheus and Grafana evaluate alike.

Source of the metric, its labels and buckets: SeldonIO/seldon-core executor/api/metric
(constants.go, server.go), 1.17.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from synth.catalog.metrics import FAILED, PREDICTIONS, SELDON_REQUESTS
from synth.config.serving import Model
from synth.kit.quantities import milliseconds, percent

WINDOW = "5m"
"""What rates are taken over."""
PENDING = "5m"
"""How long an objective is missed before anyone is told: a single failure leaves WINDOW first."""
INTERVAL = "1m"
"""How often alerts are evaluated."""
LEAST_RATE = 0.05
"""Requests per second (15 in WINDOW) below which quantiles and shares are accidents."""

_BY = "namespace, deployment_name, predictor_name"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert on each variant of a model, which fires while `query` is above `threshold`.

    `description` is a template of Prometheus (https://prometheus.io/docs/prometheus/latest/
    configuration/template_reference/) that knows `$labels` and `$value`.
    """

    objective: str
    name: str
    query: str
    threshold: float
    summary: str
    description: str


def alerts(model: Model) -> Iterator[Alert]:
    """One alert per objective of the model; seconds and shares of one are their units."""
    objectives = model.objectives
    if objectives and objectives.latency:
        p95 = objectives.latency.p95
        yield Alert(
            objective="latency",
            name="ModelLatencyHigh",
            query=_when_busy(
                model, f"histogram_quantile(0.95, sum by (le, {_BY}) ({_rate(model, 'bucket')}))"
            ),
            threshold=milliseconds(p95) / 1000,
            summary=f"Model {model.name} answers slower than promised",
            description="The variant {{ $labels.predictor_name }} answers 95 of 100 requests "
            f"within {{{{ humanizeDuration $value }}}}, the objective is {p95}.",
        )
    if objectives and objectives.errors:
        yield Alert(
            objective="errors",
            name="ModelErrorsHigh",
            query=_when_busy(model, f"{_requests(model, FAILED)} / {_requests(model)}"),
            threshold=float(percent(objectives.errors)),
            summary=f"Model {model.name} fails more often than promised",
            description="The variant {{ $labels.predictor_name }} fails "
            "{{ humanizePercentage $value }} of its requests, "
            f"the objective is at most {objectives.errors}.",
        )


def labels(model: Model, severity: str) -> dict[str, str]:
    """What routes the alerts of a model to people."""
    return {"severity": severity, "team": model.team, "model": model.name}


def _when_busy(model: Model, value: str) -> str:
    return f"{value}\nand\n{_requests(model)} >= {LEAST_RATE}"


def _requests(model: Model, *matchers: str) -> str:
    return f"sum by ({_BY}) ({_rate(model, 'count', *matchers)})"


def _rate(model: Model, series: str, *matchers: str) -> str:
    """Requests per second."""
    chosen = (
        f'namespace="{model.team}"',
        f'deployment_name="{model.name}"',
        PREDICTIONS,
        *matchers,
    )
    return f"rate({SELDON_REQUESTS}_{series}{{{', '.join(chosen)}}}[{WINDOW}])"
