"""Which panel of which dashboard shows what an alert is about.

Source: grafana/grafana pkg/services/ngalert/notifier (links to a panel: /d/<uid>?viewPanel=<id>),
pkg/services/ngalert/models/alert_rule.go (the annotations of a rule) and docs/sources/dashboards/
variables (var-<name>), 11.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from synth.config.observability import Grafana
from synth.domains.observability.alert import Alert
from synth.kit.names import bounded

UID_LENGTH = 40
"""How long a uid of Grafana may be."""
PLATFORM = "platform"
"""The uid of the platform's dashboard."""
Kind = Literal["serving", "training", "streams"]
"""The dashboards that a team has."""

# Panels by their numbers: of `serving`,
LATENCY: Mapping[str, int] = {"p50": 21, "p90": 22, "p95": 23, "p99": 24}
ERRORS = 31
# of `training`,
ACCURACY = 11
DRIFT = 13
SUCCESS = 21
RUNS = 31
# of `streams`,
LAG = 12
PUT_ASIDE = 14
# and of the platform's.
APPLICATIONS = 11
CERTIFICATES = 21
QUOTAS = 31
MLFLOW = 41


@dataclass(frozen=True, slots=True)
class Link:
    """A panel, by the uid of its dashboard and its number there; `choice` is what the dashboard's
    variable is set to, as `model=sentiment`, and empty where it has none.
    """

    dashboard: str
    panel: int
    choice: str = ""

    def url(self, grafana: str) -> str:
        """Its address in the Grafana whose own address this is."""
        chosen = f"var-{self.choice}&" if self.choice else ""
        return f"{grafana.rstrip('/')}/d/{self.dashboard}?{chosen}viewPanel={self.panel}"


def uid(kind: Kind, team: str) -> str:
    """The uid of a team's dashboard, which never changes."""
    return bounded(f"{kind}_{team}", UID_LENGTH)


_PANELS: Mapping[str, tuple[Kind | None, int, str]] = {
    "ModelLatencyHigh": ("serving", LATENCY["p95"], "model"),
    "ModelErrorsHigh": ("serving", ERRORS, "model"),
    "ModelErrorBudgetBurn": ("serving", ERRORS, "model"),
    "ModelAccuracyLow": ("training", ACCURACY, ""),
    "ModelInputDrifted": ("training", DRIFT, ""),
    "WorkflowNotSucceeding": ("training", SUCCESS, "workflow"),
    "PipelineRegistrationFailed": ("training", RUNS, ""),
    "PipelineRunsFailing": ("training", RUNS, ""),
    "StreamLagging": ("streams", LAG, "stream"),
    "StreamDeadLetters": ("streams", PUT_ASIDE, "stream"),
    "TeamQuotaNearlyUsed": (None, QUOTAS, ""),
    "MlflowUnreachable": (None, MLFLOW, ""),
    "CertificateExpiring": (None, CERTIFICATES, ""),
    "CertificateNotReady": (None, CERTIFICATES, ""),
    "ApplicationOutOfSync": (None, APPLICATIONS, ""),
    "ApplicationUnhealthy": (None, APPLICATIONS, ""),
}
"""By an alert's name the dashboard of its team, or else the platform's, the panel there, and the label
that says what to choose."""


def link(alert: Alert) -> Link | None:
    """The panel that shows what the alert is about, where there is one."""
    if alert.name not in _PANELS:
        return None
    kind, panel, label = _PANELS[alert.name]
    # There is an alert and a panel for each quantile that a model promises.
    panel = LATENCY.get(alert.labels.get("quantile", ""), panel)
    choice = f"{label}={alert.labels[label]}" if label else ""
    return Link(uid(kind, alert.labels["team"]) if kind else PLATFORM, panel, choice)


def linked(alerts: Iterable[Alert], grafana: Grafana | None) -> tuple[Alert, ...]:
    """The alerts, each with the address of its panel where people open this Grafana at one."""
    return tuple(
        alert.annotated(dashboard_url=shown.url(grafana.url))
        if grafana and grafana.url and (shown := link(alert))
        else alert
        for alert in alerts
    )


def panel_annotations(alert: Alert) -> dict[str, str]:
    """What Grafana itself knows an alert's panel by."""
    shown = link(alert)
    if shown is None:
        return {}
    return {"__dashboardUid__": shown.dashboard, "__panelId__": str(shown.panel)}
