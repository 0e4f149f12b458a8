"""What a team's models need to be watched."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from synth.config.observability import Observability
from synth.config.serving import Model
from synth.domains.observability.grafana import AlertFolder, GrafanaAlerts
from synth.domains.observability.metrics import SeldonMetrics
from synth.domains.observability.prometheus import PrometheusAlerts


class TeamMonitoring(Construct):
    """Metrics of a team's models, and the alerts that follow from their objectives.

    Everything lies in the team's namespace: kube-prometheus-stack reads monitors and rules from
    all namespaces, an operator that enforces a rule's namespace enforces the right one, and the
    AppProject need not permit the namespace of Prometheus or Grafana.
    """

    def __init__(
        self, scope: Construct, team: str, models: Sequence[Model], observability: Observability
    ) -> None:
        super().__init__(scope, team)
        watched = [model for model in models if model.objectives]
        prometheus, grafana = observability.prometheus, observability.grafana
        SeldonMetrics(self, team, prometheus)
        for model in watched:
            PrometheusAlerts(self, model, prometheus, severity=observability.severity)
        if grafana and watched:
            folder = AlertFolder(self, team, grafana)
            for model in watched:
                GrafanaAlerts(self, model, grafana, folder=folder, severity=observability.severity)
