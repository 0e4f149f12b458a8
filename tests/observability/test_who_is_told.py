"""Whom a real Alertmanager tells of an alert, once prometheus-operator's own code has configured it.

Grafana's policies are routes of Alertmanager's, which its own alerting is made of, and are judged as
such.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.config.environment import Environment
from synth.kit.objects import Body
from synth.rules.notifications import check_notifications
from tests.events.alertmanager import Alerts, configured
from tests.events.examples import made as events_made
from tests.observability.told import (
    FILES,
    MAIL,
    NOTIFICATIONS,
    OPERATOR,
    SECRETS,
    as_alertmanager,
    asked,
    made,
)

pytestmark = pytest.mark.events

MODEL = {"team": "nlp", "model": "sentiment", "namespace": "nlp"}
KAFKA = {"component": "kafka", "namespace": "kafka"}
CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "a team's own": ({**MODEL, "severity": "warning"}, ["nlp-slack"]),
    "critical before the team": ({**MODEL, "severity": "critical"}, ["oncall"]),
    "a team without a contact point": ({"team": "ads", "severity": "info"}, ["mail"]),
    "the platform's": ({"component": "argocd", "severity": "warning"}, ["mail"]),
    "continued": ({**KAFKA, "severity": "warning"}, ["hook", "mail"]),
    "continued to another route": ({**KAFKA, "severity": "critical"}, ["hook", "oncall"]),
    "muted at times": ({"component": "mlflow", "severity": "warning"}, ["mail"]),
}
"""Alerts, and who is told of them."""
LABELS = [labels for labels, _ in CASES.values()]
TOLD = [told for _, told in CASES.values()]
GRAFANA = {**NOTIFICATIONS, "via": "grafana"}


def told(*objects: Body, strategy: str = "OnNamespaceExceptForAlertmanagerNamespace") -> Any:
    """The contact points that are told of each of the cases; routes of Alertmanager's own come
    after ours.
    """
    answer = asked(LABELS, *objects, strategy=strategy)
    return [
        [name.removeprefix("monitoring/notifications/") for name in names if name != "null"]
        for names in answer.receivers
    ]


@pytest.mark.parametrize("strategy", ["OnNamespaceExceptForAlertmanagerNamespace", "None"])
def test_alertmanager_tells_whom_it_should(strategy: str) -> None:
    assert told(*made(), strategy=strategy) == TOLD


def test_by_default_the_operator_keeps_the_routes_to_the_namespace_they_lie_in() -> None:
    """Why docs/notifications.md asks for another strategy."""
    assert told(*made(), strategy="OnNamespace") == [[]] * len(CASES)


def test_what_always_fires_tells_nobody() -> None:
    watchdog = {"alertname": "Watchdog", "severity": "none"}
    assert asked([watchdog], *made()).receivers == [["null"]]


def test_alertmanager_s_own_routes_go_on() -> None:
    own = {
        "route": {"receiver": "null", "routes": [{"receiver": "own"}]},
        "receivers": [{"name": "null"}, {"name": "own"}],
    }
    [first, *_] = asked(LABELS, *made(), base=own).receivers
    assert first == ["monitoring/notifications/nlp-slack", "own"]


def grafana_trees() -> Iterator[Body]:
    *_, policy = made(GRAFANA, grafana=OPERATOR)
    yield policy["spec"]["route"]
    [file] = made(GRAFANA, grafana=FILES)
    [tree] = json.loads(file["data"]["notifications.json"])["policies"]
    yield tree


@pytest.mark.parametrize("tree", list(grafana_trees()), ids=["operator", "file"])
def test_grafana_tells_the_same(tree: Body) -> None:
    names = [point["name"] for point in NOTIFICATIONS["contactPoints"]]
    base = as_alertmanager(tree, names)
    base["time_intervals"] = [{"name": "weekend", "time_intervals": [{"weekdays": ["saturday"]}]}]
    assert asked(LABELS, base=base).receivers == TOLD


def test_a_retraining_starts_beside_the_message() -> None:
    retraining = events_made()["AlertmanagerConfig/retraining"]
    alert = {**MODEL, "severity": "warning", "retraining": "sentiment-training"}
    for strategy in ("OnNamespaceExceptForAlertmanagerNamespace", "None"):
        answer = asked([alert], *made(), retraining, strategy=strategy)
        assert answer.receivers == [
            ["monitoring/notifications/nlp-slack", "nlp/retraining/retraining"]
        ]


def test_secrets_reach_alertmanager_and_nothing_else_does() -> None:
    text = asked([], *made()).configuration
    receivers = {each["name"]: each for each in yaml.safe_load(text)["receivers"]}
    own = "monitoring/notifications/"
    [slack] = receivers[f"{own}nlp-slack"]["slack_configs"]
    [oncall] = receivers[f"{own}oncall"]["pagerduty_configs"]
    [mail] = receivers[f"{own}mail"]["email_configs"]
    [hook] = receivers[f"{own}hook"]["webhook_configs"]
    assert slack["api_url"] == SECRETS["slack"]["url"]
    assert oncall["routing_key"] == SECRETS["pagerduty"]["routing-key"]
    assert (mail["auth_username"], mail["auth_password"]) == ("alerts", "p4ss")
    assert hook["http_config"]["authorization"] == {"type": "Bearer", "credentials": "t0k3n"}


FREE = {
    "severity": ["critical", "warning", "info"],
    "team": ["nlp", "ads", "other"],
    "model": ["sentiment", "topics", "other"],
}
"""Labels of alerts; the last team and model stand for all that no route names."""
EVERY = [dict(zip(FREE, values, strict=True)) for values in itertools.product(*FREE.values())]


@st.composite
def routes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Routes with any conditions, each to a contact point of its own."""
    made = []
    for index in range(draw(st.integers(1, 5))):
        route: dict[str, Any] = {"contactPoint": f"r{index}", "continue": draw(st.booleans())}
        if severity := draw(st.sampled_from([None, *FREE["severity"]])):
            route["severity"] = severity
        if team := draw(st.sampled_from([None, "nlp", "ads"])):
            route["team"] = team
        if model := draw(st.sampled_from([None, "sentiment", "topics"])):
            route["labels"] = {"model": model}
        made.append(route)
    return made


@settings(max_examples=60, deadline=None)
@given(routes())
def test_a_route_is_refused_just_where_alertmanager_never_takes_it(
    routes: list[dict[str, Any]],
) -> None:
    points = tuple({**MAIL, "name": f"r{index}"} for index in range(len(routes)))
    notifications = {"contactPoints": points, "routes": tuple(routes)}
    environment = Environment.model_validate(
        {
            "name": "dev",
            "cluster": {"server": "https://kubernetes.default.svc", "kubernetes": "1.26"},
            "gitops": {"repoURL": "https://git.example.com/ml/platform.git"},
            "observability": {"notifications": notifications},
        }
    )
    refused = {finding.key.rpartition(".")[2] for finding in check_notifications(environment)}
    [body] = made(notifications, teams=())
    taken = {name for names in asked(EVERY, body).receivers for name in names}
    never = {i for i in range(len(routes)) if f"monitoring/notifications/r{i}" not in taken}
    assert refused == {str(index) for index in never}


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    """An Alertmanager whose Slack and webhook are here."""
    soon = {"groupWait": "1s", "groupInterval": "1s", "repeatInterval": "1h"}

    def file(address: str) -> str:
        hook = {**NOTIFICATIONS["contactPoints"][3]["webhook"], "url": f"{address}/hook"}
        points = (
            NOTIFICATIONS["contactPoints"][0],
            {"name": "hook", "webhook": hook},
        )
        notifications = {**soon, "contactPoints": points, "contactPoint": "hook"}
        secrets = {**SECRETS, "slack": {"url": f"{address}/slack"}}
        return asked([], *made(notifications), secrets=secrets).configuration

    with configured(file, tmp_path) as running:
        yield running


LOW = {
    "labels": {"alertname": "ModelAccuracyLow", "severity": "warning", **MODEL},
    "annotations": {
        "summary": "Model sentiment is less accurate than it was",
        "description": "Version 7 is 8% less accurate.",
        "runbook_url": "https://example.com/ModelAccuracyLow.md",
        "dashboard_url": "https://grafana.example.com/d/serving_nlp",
    },
}
AWAY = {
    "labels": {"alertname": "MlflowAway", "severity": "warning", "component": "mlflow"},
    "annotations": {"summary": "MLflow is away", "description": "Nobody answers."},
}


def test_people_read_what_is_wrong_and_where_to_look(alerts: Alerts) -> None:
    alerts.raise_(LOW, AWAY)
    message = alerts.until("slack", lambda body: True)
    assert message["channel"] == "#nlp"
    [attachment] = message["attachments"]
    assert attachment["text"] == (
        "Model sentiment is less accurate than it was\n"
        "Version 7 is 8% less accurate.\n"
        "<https://example.com/ModelAccuracyLow.md|Runbook>\n"
        "<https://grafana.example.com/d/serving_nlp|Dashboard>\n\n"
    )
    request = alerts.until("hook", lambda body: True)
    assert [each["labels"] for each in request["alerts"]] == [AWAY["labels"]]
    assert {token for path, token, _ in alerts.received if path == "hook"} == {"Bearer t0k3n"}


def test_people_are_told_when_it_is_over(alerts: Alerts) -> None:
    alerts.raise_(AWAY)
    alerts.until("hook", lambda body: body["status"] == "firing")
    alerts.raise_(AWAY, resolved=True)
    alerts.until("hook", lambda body: body["status"] == "resolved")
