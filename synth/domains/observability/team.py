"""What a team's models need to be watched."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from synth.config.observability import Observability
from synth.config.serving import Model
from synth.domains.observability.alerts import alerts, records
from synth.domains.observability.grafana import AlertFolder
from synth.domains.observability.metrics import KServeMetrics, SeldonMetrics
from synth.domains.observability.rules import rules
from synth.kit.construct import Manifests


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
        watched = [
            (model, its) for model in models if (its := [*alerts(model, observability.severity)])
        ]
        engines = {model.engine for model in models}
        if "seldon" in engines:
            SeldonMetrics(self, team, observability.prometheus)
        if "kserve" in engines:
            KServeMetrics(self, team, observability.prometheus)
        folder = None
        if observability.grafana and watched:
            folder = AlertFolder(
                self, team, observability.grafana, name="models", title=f"Models of {team}"
            )
        for model, its in watched:
            Manifests(
                self,
                f"alerts.{model.name}",
                rules(
                    model.name,
                    model.team,
                    its,
                    observability,
                    folder=folder,
                    records=records(model),
                ),
                key=f"models.{model.name}.objectives",
            )
