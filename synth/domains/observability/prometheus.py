"""Alerts for Prometheus, through its operator.

Source: prometheus-operator pkg/apis/monitoring/v1/prometheusrule_types.go, v0.93.0.
"""

from __future__ import annotations

from collections.abc import Iterable

from synth.config.observability import Prometheus
from synth.domains.observability.alert import INTERVAL, Alert
from synth.kit.objects import Body, manifest


def prometheus_rule(
    name: str, namespace: str, alerts: Iterable[Alert], prometheus: Prometheus
) -> Body:
    """The alerts as a PrometheusRule; Alertmanager tells people."""
    group = {
        "name": f"{namespace}.{name}",
        "interval": INTERVAL,
        "rules": [_rule(alert) for alert in alerts],
    }
    return manifest(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        name,
        namespace=namespace,
        labels=prometheus.labels,
        spec={"groups": [group]},
    )


def _rule(alert: Alert) -> Body:
    return {
        "alert": alert.name,
        "expr": f"(\n{alert.query}\n) > {alert.threshold:g}",
        "for": alert.pending,
        "labels": dict(alert.labels),
        "annotations": {
            "summary": alert.summary,
            "description": alert.description,
            **alert.annotations,
        },
    }
