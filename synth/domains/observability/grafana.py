"""The same alerts for Grafana's own alerting, through its operator.

Source: grafana/grafana-operator api/v1beta1 (grafanaalertrulegroup_types.go,
grafanafolder_types.go) and examples/alertrulegroup, v5.24.0; grafana/grafana pkg/expr/threshold.go.
grafana-foundation-sdk's rule is that of Grafana's HTTP API: it always writes orgID, folderUID and
ruleGroup, which the operator's object does not know.
"""

from __future__ import annotations

from constructs import Construct

from synth.config.observability import Grafana
from synth.config.serving import Model
from synth.domains.observability.alerts import INTERVAL, PENDING, WINDOW, Alert, alerts, labels
from synth.kit.construct import Manifests
from synth.kit.durations import seconds
from synth.kit.names import bounded
from synth.kit.objects import Body, manifest

API = "grafana.integreatly.org/v1beta1"
UID_LENGTH = 40
"""How long a uid of Grafana may be."""
_EXPRESSION = "__expr__"
"""The data source of expressions over other queries."""


class AlertFolder(Manifests):
    """The folder of a team's alerts; rule groups in the same namespace find it by `name`."""

    def __init__(self, scope: Construct, team: str, grafana: Grafana) -> None:
        self.name = "models"
        folder = manifest(
            API,
            "GrafanaFolder",
            self.name,
            namespace=team,
            spec={
                **_instances(grafana),
                "uid": bounded(f"models_{team}", UID_LENGTH),
                "title": f"Models of {team}",
            },
        )
        super().__init__(scope, "grafana-folder", [folder], key="observability.grafana")


def rule_group(model: Model, grafana: Grafana, folder: AlertFolder, severity: str) -> Body:
    """The alerts of a model as a GrafanaAlertRuleGroup; Grafana's own policies tell people."""
    return manifest(
        API,
        "GrafanaAlertRuleGroup",
        model.name,
        namespace=model.team,
        spec={
            **_instances(grafana),
            "folderRef": folder.name,
            "interval": INTERVAL,
            "rules": [
                _rule(model, alert, labels(model, alert, severity), grafana)
                for alert in alerts(model)
            ],
        },
    )


def _instances(grafana: Grafana) -> Body:
    # Grafana itself lives in another namespace than the teams.
    return {
        "instanceSelector": {"matchLabels": grafana.instance_selector},
        "allowCrossNamespaceImport": True,
    }


def _rule(model: Model, alert: Alert, labels: dict[str, str], grafana: Grafana) -> Body:
    return {
        "uid": bounded(f"{model.team}_{model.name}_{alert.objective}", UID_LENGTH),
        "title": f"{model.name}: {alert.name}",
        "condition": "C",
        "for": PENDING,
        # The query gives nothing while there is too little traffic, and that is all right.
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": labels,
        "annotations": {
            "summary": alert.summary,
            # In Grafana `$value` is a sentence about all values.
            "description": alert.description.replace("$value", "$values.A.Value"),
        },
        "data": [_query("A", alert, grafana), _threshold("C", "A", alert)],
    }


def _query(ref: str, alert: Alert, grafana: Grafana) -> Body:
    return {
        "refId": ref,
        "datasourceUid": grafana.datasource_uid,
        "relativeTimeRange": {"from": seconds(WINDOW), "to": 0},
        "model": {
            "refId": ref,
            "datasource": {"type": "prometheus", "uid": grafana.datasource_uid},
            "editorMode": "code",
            "expr": alert.query,
            "instant": True,
            "range": False,
        },
    }


def _threshold(ref: str, of: str, alert: Alert) -> Body:
    return {
        "refId": ref,
        "datasourceUid": _EXPRESSION,
        "model": {
            "refId": ref,
            "type": "threshold",
            "datasource": {"type": _EXPRESSION, "uid": _EXPRESSION},
            "expression": of,
            "conditions": [{"evaluator": {"type": "gt", "params": [alert.threshold]}}],
        },
    }
