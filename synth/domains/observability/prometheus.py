"""Alerts for Prometheus and what they read, through its operator.

Source: prometheus-operator pkg/apis/monitoring/v1/prometheusrule_types.go, v0.93.0.
"""

from __future__ import annotations

from collections.abc import Iterable

from synth.config.observability import Prometheus
from synth.domains.observability.alert import INTERVAL, Alert, Record
from synth.kit.objects import Body, manifest


def prometheus_rule(
    name: str,
    namespace: str,
    alerts: Iterable[Alert],
    prometheus: Prometheus,
    records: Iterable[Record] = (),
) -> Body:
    """The alerts, and what they read, as a PrometheusRule; Alertmanager tells people.

    Rules of a group are evaluated one after the other, each with what those before it recorded.
    """
    group = {
        "name": f"{namespace}.{name}",
        "interval": INTERVAL,
        "rules": [*map(_recording, records), *map(_alerting, alerts)],
    }
    return manifest(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        name,
        namespace=namespace,
        labels=prometheus.labels,
        spec={"groups": [group]},
    )


def _recording(record: Record) -> Body:
    return {"record": record.name, "expr": record.query}


def _alerting(alert: Alert) -> Body:
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
