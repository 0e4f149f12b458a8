"""Alerts for Prometheus, through its operator.

Source: prometheus-operator pkg/apis/monitoring/v1/prometheusrule_types.go, v0.93.0.
"""

from __future__ import annotations

from synth.config.observability import Prometheus
from synth.config.serving import Model
from synth.domains.observability.alerts import INTERVAL, PENDING, Alert, alerts, labels
from synth.kit.objects import Body, manifest


def prometheus_rule(model: Model, prometheus: Prometheus, severity: str) -> Body:
    """The alerts of a model as a PrometheusRule; Alertmanager tells people."""
    group = {
        "name": f"{model.team}.{model.name}",
        "interval": INTERVAL,
        "rules": [_rule(alert, labels(model, alert, severity)) for alert in alerts(model)],
    }
    return manifest(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        model.name,
        namespace=model.team,
        labels=prometheus.labels,
        spec={"groups": [group]},
    )


def _rule(alert: Alert, labels: dict[str, str]) -> Body:
    return {
        "alert": alert.name,
        "expr": f"(\n{alert.query}\n) > {alert.threshold:g}",
        "for": PENDING,
        "labels": labels,
        "annotations": {"summary": alert.summary, "description": alert.description},
    }
