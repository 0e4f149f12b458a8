"""Examples of who is told, and prometheus-operator's and Alertmanager's own word on it."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cdk8s import App, Chart

from synth.config.observability import Observability
from synth.config.platform import Team
from synth.domains.observability import WhoIsTold
from synth.kit.objects import Body
from synth.render.collect import collect
from tests.events.programs import program

SLACK: dict[str, Any] = {
    "name": "nlp-slack",
    "slack": {"channel": "#nlp", "url": {"name": "slack", "key": "url"}},
}
ONCALL: dict[str, Any] = {
    "name": "oncall",
    "pagerduty": {"routingKey": {"name": "pagerduty", "key": "routing-key"}},
}
MAIL: dict[str, Any] = {
    "name": "mail",
    "email": {
        "to": ("platform@example.com", "ml@example.com"),
        "from": "alerts@example.com",
        "smarthost": "smtp.example.com:587",
        "username": "alerts",
        "password": {"name": "smtp", "key": "password"},
    },
}
HOOK: dict[str, Any] = {
    "name": "hook",
    "webhook": {"url": "https://example.com/alerts", "token": {"name": "hook", "key": "token"}},
}
WEEKEND: dict[str, Any] = {
    "name": "weekend",
    "weekdays": ("saturday", "sunday"),
    "times": ({"from": "08:00", "to": "24:00"},),
}
NOTIFICATIONS: dict[str, Any] = {
    "contactPoints": (SLACK, ONCALL, MAIL, HOOK),
    "routes": (
        {"contactPoint": "hook", "labels": {"component": "kafka"}, "continue": True},
        {"contactPoint": "oncall", "severity": "critical", "repeatInterval": "1h"},
        {"contactPoint": "mail", "labels": {"component": "mlflow"}, "muteTimes": ("weekend",)},
    ),
    "muteTimes": (WEEKEND,),
    "contactPoint": "mail",
}
OPERATOR: dict[str, Any] = {"instanceSelector": {"dashboards": "grafana"}}
FILES: dict[str, Any] = {"provisioning": {}}
SECRETS = {
    "slack": {"url": "https://hooks.slack.com/services/T/B/x"},
    "pagerduty": {"routing-key": "r0ut1ng"},
    "smtp": {"password": "p4ss"},
    "hook": {"token": "t0k3n"},
}
"""What is in the Secrets beside Prometheus."""
RETRAINING = {"alerts-webhook": {"token": "r3train"}}
"""And in the one of the team, which the route to its workflows refers to."""
BASE = {"route": {"receiver": "null"}, "receivers": [{"name": "null"}]}
"""What kube-prometheus-stack has Alertmanager do by itself, but for what is never for people."""


def made(
    notifications: dict[str, Any] = NOTIFICATIONS,
    *,
    teams: Iterable[dict[str, Any]] = ({"name": "nlp", "contactPoint": "nlp-slack"},),
    **observability: Any,
) -> list[Body]:
    """The objects that say who is told."""
    app = App()
    owned = tuple(Team.model_validate({"owner": "lead@example.com", **each}) for each in teams)
    whole = Observability.model_validate({**observability, "notifications": notifications})
    assert whole.notifications
    WhoIsTold(
        Chart(app, "notifications"),
        whole.notifications,
        whole.notifications.tree(owned),
        whole.prometheus,
        whole.grafana,
    )
    return [each.body for each in collect(app)]


@dataclass(frozen=True)
class Answer:
    """The file that Alertmanager gets, and the receivers of each alert in turn."""

    configuration: str
    receivers: list[list[str]]


def asked(
    alerts: Sequence[dict[str, str]],
    *objects: Body,
    strategy: str = "OnNamespaceExceptForAlertmanagerNamespace",
    secrets: dict[str, dict[str, str]] = SECRETS,
    base: Any = BASE,
) -> Answer:
    """What prometheus-operator makes of AlertmanagerConfigs, and whom Alertmanager tells."""
    question = {
        "base": json.dumps(base),
        "objects": objects,
        "secrets": [
            *(_secret("monitoring", name, keys) for name, keys in secrets.items()),
            *(_secret("nlp", name, keys) for name, keys in RETRAINING.items()),
        ],
        "strategy": strategy,
        "alerts": alerts,
    }
    done = subprocess.run(
        [program("alertmanager-config")],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Answer(**json.loads(done.stdout))


def _secret(namespace: str, name: str, keys: dict[str, str]) -> Body:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in keys.items()},
    }


def as_alertmanager(policy: Body, names: Iterable[str]) -> Body:
    """Grafana's tree as Alertmanager would have it, of whose routes Grafana's are a kind."""
    return {
        "route": _route({key: policy[key] for key in policy if key != "orgId"}),
        "receivers": [{"name": name} for name in names],
    }


def _route(policy: Body) -> Body:
    route = {key: value for key, value in policy.items() if key != "object_matchers"}
    matchers = policy.get("object_matchers", [])
    if matchers:
        route["matchers"] = [f"{name}{sign}{json.dumps(value)}" for name, sign, value in matchers]
    if "routes" in route:
        route["routes"] = [_route(each) for each in route["routes"]]
    return route
