"""A model's objectives as alerts that Prometheus and Grafana evaluate alike.

Source of the metric, its labels and buckets: SeldonIO/seldon-core executor/api/metric
(constants.go, server.go), 1.17.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from synth.catalog.metrics import (
    ACCURACY,
    ACCURACY_JOB,
    DRIFT,
    DRIFT_INPUTS,
    DRIFT_JOB,
    FAILED,
    JUDGED,
    PREDICTIONS,
    PUSHED,
    SELDON_REQUESTS,
)
from synth.config.objectives import ALERTS, ObjectiveName
from synth.config.provenance import registered_accuracy
from synth.config.retraining import RETRAINING_LABEL
from synth.config.serving import Model
from synth.domains.observability.alert import Alert
from synth.kit.durations import seconds
from synth.kit.quantities import milliseconds, percent

WINDOW = "5m"
"""What rates are taken over."""
PENDING = "5m"
"""How long an objective is missed before anyone is told: a single failure leaves WINDOW first."""
LEAST_RATE = 0.05
"""Requests per second (15 in WINDOW) below which quantiles and shares are accidents."""
LEAST_JUDGED = 200
"""Predictions or inputs below which an accuracy or a drift says nothing: the standard error of an
accuracy of 90% over 200 is 2%."""
FRESH = "3h"
"""How old a pushed figure may be: the Pushgateway shows it for ever, and one hourly run may fail."""

_BY = "namespace, deployment_name, predictor_name"
_MODEL = "namespace, model"
_VERSION = "namespace, model, version"


def alerts(model: Model, severity: str) -> Iterator[Alert]:
    """One alert per objective of the model; seconds and shares of one are their units."""
    objectives = model.objectives
    of = partial(_alert, model, severity)
    if objectives and objectives.latency:
        p95 = objectives.latency.p95
        yield of(
            "latency",
            query=_when_busy(
                model, f"histogram_quantile(0.95, sum by (le, {_BY}) ({_rate(model, 'bucket')}))"
            ),
            threshold=milliseconds(p95) / 1000,
            summary=f"Model {model.name} answers slower than promised",
            description="The variant {{ $labels.predictor_name }} answers 95 of 100 requests "
            f"within {{{{ humanizeDuration $value }}}}, the objective is {p95}.",
        )
    if objectives and objectives.errors:
        yield of(
            "errors",
            query=_when_busy(model, f"{_requests(model, FAILED)} / {_requests(model)}"),
            threshold=float(percent(objectives.errors)),
            summary=f"Model {model.name} fails more often than promised",
            description="The variant {{ $labels.predictor_name }} fails "
            "{{ humanizePercentage $value }} of its requests, "
            f"the objective is at most {objectives.errors}.",
        )
    if objectives and objectives.accuracy_drop and (drops := _accuracy_drops(model)):
        yield of(
            "accuracyDrop",
            query=_when_measured(model, _VERSION, drops, JUDGED, ACCURACY_JOB),
            threshold=float(percent(objectives.accuracy_drop)),
            summary=f"Model {model.name} is less accurate than it was",
            description="Version {{ $labels.version }} is {{ humanizePercentage $value }} less "
            "accurate than when it was registered, "
            f"the objective is at most {objectives.accuracy_drop}.",
        )
    if objectives and objectives.input_drift:
        yield of(
            "inputDrift",
            query=_when_measured(
                model, _MODEL, _pushed(model, _MODEL, DRIFT), DRIFT_INPUTS, DRIFT_JOB
            ),
            threshold=objectives.input_drift,
            summary=f"Model {model.name} is asked other things than it learned from",
            description="The input differs from the training data by a population stability index "
            f'of {{{{ printf "%.2f" $value }}}}, the objective is at most {objectives.input_drift:g}.',
        )


def _alert(
    model: Model,
    severity: str,
    objective: ObjectiveName,
    *,
    query: str,
    threshold: float,
    summary: str,
    description: str,
) -> Alert:
    labels = {"severity": severity, "team": model.team, "model": model.name}
    if model.retraining and objective in model.retrained_on:
        labels[RETRAINING_LABEL] = model.retraining.workflow
    return Alert(
        key=f"{model.name}_{objective}",
        subject=model.name,
        name=ALERTS[objective],
        query=query,
        threshold=threshold,
        pending=PENDING,
        labels=labels,
        summary=summary,
        description=description,
    )


def _accuracy_drops(model: Model) -> str:
    """By which share of it each version is below the accuracy that it was registered with.

    Each version is held to its own, which stands in git: a gauge of it would go missing with
    whoever pushes it, and a new version would be held to the old one's.
    """
    registered = {each.version: registered_accuracy(each.provenance) for each in model.variants}
    return "\nor\n".join(
        f"1 - {_pushed(model, _VERSION, ACCURACY, version=str(version))} / {accuracy!r}"
        for version, accuracy in sorted(registered.items())
        if accuracy
    )


def _when_measured(model: Model, by: str, value: str, count: str, job: str) -> str:
    """The value, where it was taken over enough and not too long ago."""
    enough = f"{_pushed(model, by, count)} >= {LEAST_JUDGED}"
    fresh = f"time() - {_pushed(model, by, PUSHED, job=job)} < {seconds(FRESH)}"
    return f"({value})\nand\n{enough}\nand\n{fresh}"


def _pushed(model: Model, by: str, metric: str, **labels: str) -> str:
    """A pushed gauge without the labels of the Pushgateway that happens to show it."""
    matchers = {**labels, "namespace": model.team, "model": model.name}
    chosen = ", ".join(f'{key}="{value}"' for key, value in sorted(matchers.items()))
    return f"max by ({by}) ({metric}{{{chosen}}})"


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
