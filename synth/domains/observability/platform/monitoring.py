"""The alerts as objects of a team or of the platform, and the monitors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from constructs import Construct

from synth.config.observability import Observability
from synth.domains.observability.alert import Alert
from synth.domains.observability.grafana import AlertFolder
from synth.domains.observability.platform.scraping import Target, scraping
from synth.domains.observability.rules import rules
from synth.kit.construct import Manifests

NAME = "platform.alerts"
"""What the objects are called; a model's are called like it, and no model has a dot in its name."""


class TeamAlerts(Construct):
    """What a team is told, in its namespace, for Prometheus and, where there is a Grafana, for it
    as well; nothing where there are no alerts.
    """

    def __init__(
        self, scope: Construct, team: str, alerts: Sequence[Alert], observability: Observability
    ) -> None:
        super().__init__(scope, team)
        _rules(self, team, f"Workflows and streams of {team}", alerts, observability)


class PlatformMonitoring(Construct):
    """What the people behind the platform are told, and how Prometheus comes by all metrics that
    the platform's and the teams' alerts are about; `isolated` are the namespaces where NetworkPolicies
    shut every pod off.
    """

    def __init__(
        self,
        scope: Construct,
        alerts: Sequence[Alert],
        targets: Iterable[Target],
        observability: Observability,
        *,
        isolated: Collection[str],
    ) -> None:
        super().__init__(scope, "platform")
        prometheus = observability.prometheus
        _rules(self, prometheus.namespace, "Platform", alerts, observability)
        for target in targets:
            Manifests(
                self,
                f"{target.namespace}.{target.name}",
                scraping(target, prometheus, isolated),
                key="observability.platform",
            )


def _rules(
    scope: Construct,
    namespace: str,
    title: str,
    alerts: Sequence[Alert],
    observability: Observability,
) -> None:
    if not alerts:
        return
    folder = None
    if observability.grafana:
        folder = AlertFolder(scope, namespace, observability.grafana, name="platform", title=title)
    objects = rules(NAME, namespace, alerts, observability, folder=folder)
    Manifests(scope, "alerts", objects, key="observability.platform")
