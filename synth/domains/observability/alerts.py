"""A model's objectives as alerts that Prometheus and Grafana evaluate alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial

from synth.catalog.metrics import (
    ACCURACY,
    ACCURACY_JOB,
    DRIFT,
    DRIFT_INPUTS,
    DRIFT_JOB,
    JUDGED,
    PUSHED,
)
from synth.config.objectives import ALERTS, Latency, ObjectiveName
from synth.config.provenance import registered_accuracy
from synth.config.retraining import RETRAINING_LABEL
from synth.config.serving import Model
from synth.domains.observability.alert import Alert, Record
from synth.domains.observability.budget import BURNS, WINDOWS
from synth.domains.observability.pushed import pushed
from synth.domains.observability.requests import ModelRequests
from synth.kit.durations import seconds
from synth.kit.quantities import milliseconds, percent

PENDING = "5m"
"""How long an objective is missed before anyone is told: a single failure leaves the window first."""
LEAST_JUDGED = 200
"""Predictions or inputs below which an accuracy or a drift says nothing: the standard error of an
accuracy of 90% over 200 is 2%."""
FRESH = "3h"
"""How old a pushed figure may be: the Pushgateway shows it for ever, and one hourly run may fail."""
_URGENT = {"info": "warning", "warning": "critical", "critical": "critical"}
"""The severity of a budget that is used up within days, by that of other alerts."""

_MODEL = "namespace, model"
_VERSION = "namespace, model, version"


def alerts(model: Model, severity: str) -> Iterator[Alert]:
    """The alerts that follow from the model's objectives; seconds and shares of one are their units."""
    objectives = model.objectives
    of = partial(_alert, model, severity)
    if objectives and objectives.latency:
        yield from _latency(model, severity, objectives.latency)
    if objectives and objectives.errors:
        requests = ModelRequests(model)
        yield of(
            "errors",
            query=requests.errors,
            threshold=float(percent(objectives.errors)),
            summary=f"Model {model.name} fails more often than promised",
            description=f"{_who(requests)} fails "
            "{{ humanizePercentage $value }} of its requests, "
            f"the objective is at most {objectives.errors}.",
        )
    if objectives and objectives.availability:
        yield from _availability(model, severity, objectives.availability)
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


def records(model: Model) -> Iterator[Record]:
    """What Prometheus keeps for these alerts, in the order in which one reads another."""
    objectives = model.objectives
    if objectives and (objectives.latency or objectives.errors or objectives.availability):
        yield from ModelRequests(model).records(WINDOWS if objectives.availability else ())


def _latency(model: Model, severity: str, latency: Latency) -> Iterator[Alert]:
    requests = ModelRequests(model)
    for name, promised in latency.promised.items():
        share = name.removeprefix("p")
        yield _alert(
            model,
            severity,
            "latency",
            key=name,
            subject=name,
            query=requests.latency(f"0.{share}"),
            threshold=milliseconds(promised) / 1000,
            labels={"quantile": name},
            summary=f"Model {model.name} answers slower than promised",
            description=f"{_who(requests)} answers {share} of 100 requests "
            f"within {{{{ humanizeDuration $value }}}}, the objective is {promised}.",
        )


def _availability(model: Model, severity: str, availability: str) -> Iterator[Alert]:
    requests = ModelRequests(model)
    budget = 1 - percent(availability)
    for burn in BURNS:
        threshold = float(budget * Fraction(str(burn.factor)))
        yield _alert(
            model,
            _URGENT[severity] if burn.urgent else severity,
            "availability",
            key=burn.long,
            subject=f"within {burn.long}",
            query=f"{requests.faults(burn.long)}\nand\n"
            f"{requests.faults(burn.short)} > {threshold:g}",
            threshold=threshold,
            pending=burn.pending,
            labels={"long": burn.long, "short": burn.short},
            summary=f"Model {model.name} uses up its error budget of 30 days within {burn.lasts}",
            description=f"{_who(requests)} fails {{{{ humanizePercentage $value }}}} of its "
            f"requests of {burn.long} by its own fault, the objective is an availability of "
            f"{availability}.",
        )


def _who(requests: ModelRequests) -> str:
    """The variant or version that an alert is about, as a template."""
    kind = "Version" if requests.variant == "version" else "The variant"
    return f"{kind} {{{{ $labels.{requests.variant} }}}}"


def _alert(
    model: Model,
    severity: str,
    objective: ObjectiveName,
    *,
    query: str,
    threshold: float,
    summary: str,
    description: str,
    key: str = "",
    subject: str = "",
    pending: str = PENDING,
    labels: Mapping[str, str] = {},
) -> Alert:
    """The alert of an objective; `key` and `subject` tell several of one objective apart."""
    own = {"severity": severity, "team": model.team, "model": model.name, **labels}
    if model.retraining and objective in model.retrained_on:
        own[RETRAINING_LABEL] = model.retraining.workflow
    return Alert(
        key="_".join(part for part in (model.name, objective, key) if part),
        subject=f"{model.name} {subject}".strip(),
        name=ALERTS[objective],
        query=query,
        threshold=threshold,
        pending=pending,
        labels=own,
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
    return pushed(metric, by, namespace=model.team, model=model.name, **labels)
