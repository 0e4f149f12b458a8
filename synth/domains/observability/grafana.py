"""The same alerts for Grafana's own alerting, through its operator or as a file.

Source: grafana/grafana-operator api/v1beta1 (grafanaalertrulegroup_types.go,
grafanafolder_types.go) and examples/alertrulegroup, v5.24.0; grafana/grafana pkg/expr/threshold.go.
A file's groups and rules: pkg/services/provisioning/alerting/rules_types.go, where a rule is what it
is for the operator. grafana-foundation-sdk's rule is that of Grafana's HTTP API: it always writes
orgID, folderUID and ruleGroup, which the operator's object does not know.
"""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from synth.config.observability import Grafana
from synth.domains.observability.alert import INTERVAL, Alert
from synth.domains.observability.links import UID_LENGTH, panel_annotations
from synth.domains.observability.provisioning import ORGANISATION, config_map
from synth.kit.construct import Manifests
from synth.kit.durations import seconds
from synth.kit.names import bounded
from synth.kit.objects import Body, manifest

API = "grafana.integreatly.org/v1beta1"
_EXPRESSION = "__expr__"
"""The data source of expressions over other queries."""


class AlertFolder(Manifests):
    """A folder of alerts; rule groups in the same namespace find it by `name`, files by `title`, from
    which Grafana makes it.
    """

    def __init__(
        self, scope: Construct, namespace: str, grafana: Grafana, *, name: str, title: str
    ) -> None:
        self.name = name
        self.title = title
        self.grafana = grafana
        uid = bounded(f"{name}_{namespace}", UID_LENGTH)
        folder = grafana_folder(name, namespace, grafana, uid=uid, title=title)
        objects = [] if grafana.provisioning else [folder]
        super().__init__(scope, "grafana-folder", objects, key="observability.grafana")


def grafana_folder(name: str, namespace: str, grafana: Grafana, *, uid: str, title: str) -> Body:
    """A folder of Grafana's, which objects of the same namespace find by `name`."""
    return manifest(
        API,
        "GrafanaFolder",
        name,
        namespace=namespace,
        spec={**instances(grafana), "uid": uid, "title": title},
    )


def rule_group(name: str, namespace: str, alerts: Iterable[Alert], folder: AlertFolder) -> Body:
    """The alerts as a GrafanaAlertRuleGroup, or as a file in a ConfigMap; Grafana's own policies
    tell people.
    """
    grafana = folder.grafana
    rules = [_rule(namespace, alert, grafana) for alert in alerts]
    if grafana.provisioning:
        group = {
            "orgId": ORGANISATION,
            "name": name,
            "folder": folder.title,
            "interval": INTERVAL,
            "rules": rules,
        }
        file = f"alerts.{namespace}.{name}"
        return config_map(file, {"groups": [group]}, grafana.provisioning)
    return manifest(
        API,
        "GrafanaAlertRuleGroup",
        name,
        namespace=namespace,
        spec={
            **instances(grafana),
            "folderRef": folder.name,
            "interval": INTERVAL,
            "rules": rules,
        },
    )


def instances(grafana: Grafana) -> Body:
    """Which Grafana an object is for."""
    # Grafana itself lives in another namespace than the teams.
    return {
        "instanceSelector": {"matchLabels": grafana.instance_selector},
        "allowCrossNamespaceImport": True,
    }


def _rule(namespace: str, alert: Alert, grafana: Grafana) -> Body:
    return {
        "uid": bounded(f"{namespace}_{alert.key}", UID_LENGTH),
        "title": f"{alert.subject}: {alert.name}",
        "condition": "C",
        "for": alert.pending,
        # The query gives nothing while there is too little traffic, and that is all right.
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": dict(alert.labels),
        "annotations": {
            "summary": alert.summary,
            # In Grafana `$value` is a sentence about all values.
            "description": alert.description.replace("$value", "$values.A.Value"),
            **alert.annotations,
            **panel_annotations(alert),
        },
        "data": [_query("A", alert, grafana), _threshold("C", "A", alert)],
    }


def _query(ref: str, alert: Alert, grafana: Grafana) -> Body:
    return {
        "refId": ref,
        "datasourceUid": grafana.datasource_uid,
        # The query looks back for itself.
        "relativeTimeRange": {"from": seconds(alert.pending), "to": 0},
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
