"""The models' metrics and alerts, and who is told of all alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.app.workload import Inputs, Workload
from synth.config.environment import Environment
from synth.config.notifications import Notifications, Route
from synth.config.observability import Grafana, Observability, Prometheus
from synth.config.serving import Model

if TYPE_CHECKING:
    from cdk8s import Chart


def _observability_inputs(environment: Environment) -> Inputs:
    if not (environment.observability and environment.models):
        return {}
    return {"models": environment.models, "observability": environment.observability}


def _observability(chart: Chart, *, models: Sequence[Model], observability: Observability) -> None:
    from synth.domains.observability import TeamMonitoring

    for team in sorted({model.team for model in models}):
        its = [model for model in models if model.team == team]
        TeamMonitoring(chart, team, its, observability)


OBSERVABILITY = Workload(
    11,
    _observability_inputs,
    _observability,
    frozenset(
        {
            "AuthorizationPolicy.security.istio.io",
            "ConfigMap",
            "GrafanaAlertRuleGroup.grafana.integreatly.org",
            "GrafanaFolder.grafana.integreatly.org",
            "PodMonitor.monitoring.coreos.com",
            "PrometheusRule.monitoring.coreos.com",
        }
    ),
)


def _notification_inputs(environment: Environment) -> Inputs:
    observability = environment.observability
    notifications = observability.notifications if observability else None
    if not (observability and notifications) or notifications.via == "elsewhere":
        return {}
    return {
        "notifications": notifications,
        "routes": notifications.tree(environment.teams),
        "prometheus": observability.prometheus,
        "grafana": observability.grafana,
    }


def _notifications(
    chart: Chart,
    *,
    notifications: Notifications,
    routes: Sequence[Route],
    prometheus: Prometheus,
    grafana: Grafana | None,
) -> None:
    from synth.domains.observability import WhoIsTold

    WhoIsTold(chart, notifications, routes, prometheus, grafana)


NOTIFICATIONS = Workload(
    11,
    _notification_inputs,
    _notifications,
    frozenset(
        {
            "AlertmanagerConfig.monitoring.coreos.com",
            "ConfigMap",
            "GrafanaContactPoint.grafana.integreatly.org",
            "GrafanaMuteTiming.grafana.integreatly.org",
            "GrafanaNotificationPolicy.grafana.integreatly.org",
        }
    ),
)
