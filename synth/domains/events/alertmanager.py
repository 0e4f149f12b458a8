"""Alertmanager's side: which alerts it sends to a team's EventSource.

Source: prometheus-operator pkg/apis/monitoring/v1alpha1/alertmanager_config_types.go, v0.93.0. The
operator puts these routes before the others with `continue`, so that people are told as before, and
adds a matcher for the object's own namespace.
"""

from __future__ import annotations

from synth.config.observability import Prometheus
from synth.config.retraining import RETRAINING_LABEL
from synth.domains.events.source import AlertSource
from synth.kit.objects import Body, manifest

NAME = "retraining"
REPEAT = "1h"
"""How often an alert that goes on is sent again: a retraining that did not help is not the last."""


def alertmanager_config(team: str, source: AlertSource, prometheus: Prometheus) -> Body:
    """A route for the alerts that retrain a model, and the webhook with its token."""
    return manifest(
        "monitoring.coreos.com/v1alpha1",
        "AlertmanagerConfig",
        NAME,
        namespace=team,
        labels=prometheus.labels,
        spec={
            "route": {
                "receiver": NAME,
                "matchers": [
                    {"name": "team", "matchType": "=", "value": team},
                    {"name": RETRAINING_LABEL, "matchType": "!=", "value": ""},
                ],
                "groupBy": ["alertname", "model"],
                "groupWait": "30s",
                "groupInterval": "5m",
                "repeatInterval": REPEAT,
            },
            "receivers": [{"name": NAME, "webhookConfigs": [_webhook(source)]}],
        },
    )


def _webhook(source: AlertSource) -> Body:
    token = {"name": source.token.name, "key": source.token.key}
    return {
        "url": source.url,
        # A resolved alert retrains nothing.
        "sendResolved": False,
        "httpConfig": {"authorization": {"type": "Bearer", "credentials": token}},
    }
