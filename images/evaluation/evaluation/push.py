"""The figures as gauges of a Pushgateway.

The alerts that kfsynth makes of a model's objectives look for these names and labels. A push
replaces what was pushed for the same namespace, model and version, and `push_time_seconds`, which
the Pushgateway adds, says when.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, push_to_gateway

from evaluation.accuracy import Accuracy

ACCURACY, JUDGED, ACCURACY_JOB = (
    "model_accuracy_ratio",
    "model_judged_predictions",
    "model-accuracy",
)
DRIFT, DRIFT_INPUTS, DRIFT_JOB = (
    "model_input_drift_psi",
    "model_input_drift_inputs",
    "model-input-drift",
)


def push_accuracy(gateway: str, group: Mapping[str, str], version: str, it: Accuracy) -> None:
    """Raises OSError where the Pushgateway does not take it."""
    registry = CollectorRegistry()
    ratio = Gauge(ACCURACY, "Share of judged predictions that were right", registry=registry)
    ratio.set(it.ratio)
    judged = Gauge(JUDGED, "Predictions whose truth is known", registry=registry)
    judged.set(it.judged)
    push_to_gateway(gateway, ACCURACY_JOB, registry, {**group, "version": version})


def push_drift(
    gateway: str, group: Mapping[str, str], features: Mapping[str, float], inputs: int
) -> None:
    """Raises OSError where the Pushgateway does not take it."""
    registry = CollectorRegistry()
    index = Gauge(
        DRIFT,
        "Population stability index against the training data",
        ["feature"],
        registry=registry,
    )
    for feature, value in features.items():
        index.labels(feature).set(value)
    Gauge(DRIFT_INPUTS, "Inputs that it was taken over", registry=registry).set(inputs)
    push_to_gateway(gateway, DRIFT_JOB, registry, dict(group))
