"""From a firing alert to the Workflow that it starts, through a real Alertmanager and Argo Events'
own code.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cdk8s import App, Chart

from synth.config.observability import Observability
from synth.config.serving import Model
from synth.domains.observability import TeamMonitoring
from synth.kit.objects import Body
from synth.render.collect import collect
from tests.events.alertmanager import EVERYTHING, TOKEN, Alerts, running
from tests.events.examples import MODEL, made, model
from tests.events.judge import NOON, outcomes, problems

pytestmark = pytest.mark.events

TOPICS: dict[str, Any] = {"name": "topics", "retraining": {"workflow": "topics-training"}}
PROMISES = {**MODEL["objectives"], "latency": {"p95": "500ms"}}
MODELS = (model(objectives=PROMISES), model(**TOPICS))
TEAM = made(*MODELS).values()
REASON = "Version 7 is 8% less accurate than when it was registered, the objective is at most 5%."
SENTIMENT = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {
        "name": "sentiment-retraining-20261125-1200",
        "namespace": "nlp",
        "labels": {"app.kubernetes.io/name": "sentiment-training"},
    },
    "spec": {
        "workflowTemplateRef": {"name": "sentiment-training"},
        "arguments": {
            "parameters": [
                {"name": "model", "value": "sentiment"},
                {"name": "reason", "value": REASON},
            ]
        },
    },
}


def rules(of: Model) -> dict[str, Body]:
    """A model's alerts as Prometheus is told them, by name."""
    app = App()
    TeamMonitoring(Chart(app, "observability"), of.team, [of], Observability())
    [rule] = [each.body for each in collect(app) if each.body["kind"] == "PrometheusRule"]
    its = rule["spec"]["groups"][0]["rules"]
    return {each["alert"]: each for each in its if "alert" in each}


def alert(name: str, of: Model = MODELS[0], **labels: str) -> Body:
    """An alert as Prometheus sends it when the rule fires for version 7 with a drop of 8 %."""
    rule = rules(of)[name]
    own = {"alertname": name, "namespace": of.team, "version": "7"}
    text = rule["annotations"]["description"]
    text = text.replace("{{ $labels.version }}", "7")
    text = text.replace("{{ humanizePercentage $value }}", "8%")
    annotations = {**rule["annotations"], "description": text}
    return {"labels": {**own, **rule["labels"], **labels}, "annotations": annotations}


LOW = alert("ModelAccuracyLow")
OTHER_MODEL = alert("ModelAccuracyLow", MODELS[1])
OTHER_ALERT = alert("ModelLatencyHigh")


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerts]:
    with running(made(*MODELS)["AlertmanagerConfig/retraining"], tmp_path) as it:
        yield it


def has(status: str, *wanted: Body) -> Callable[[Any], bool]:
    """Whether a payload says that of these alerts."""

    def check(body: Any) -> bool:
        said = [each["labels"] for each in body["alerts"] if each["status"] == status]
        return all(each["labels"] in said for each in wanted)

    return check


def test_a_firing_alert_starts_the_model_s_workflow_with_the_reason(alerts: Alerts) -> None:
    alerts.raise_(LOW)
    body = alerts.until("alerts", has("firing", LOW))
    [outcome] = outcomes(TEAM, [body])
    assert outcome.created == {"model-sentiment": SENTIMENT}
    assert outcome.errors == {}
    assert {token for path, token, _ in alerts.received if path == "alerts"} == {f"Bearer {TOKEN}"}


def test_nothing_but_alerts_that_start_workflows_is_sent(alerts: Alerts) -> None:
    elsewhere = alert("ModelAccuracyLow", namespace="ads")
    alerts.raise_(OTHER_ALERT, elsewhere, LOW)
    alerts.until("alerts", has("firing", LOW))
    alerts.until(EVERYTHING, has("firing", OTHER_ALERT, elsewhere))
    sent = [each["labels"] for body in alerts.bodies("alerts") for each in body["alerts"]]
    assert sent == [LOW["labels"]]


def test_of_a_mixed_payload_the_firing_alerts_count(alerts: Alerts) -> None:
    alerts.raise_(OTHER_ALERT, LOW, OTHER_MODEL)
    firing = alerts.until(EVERYTHING, has("firing", OTHER_ALERT, LOW, OTHER_MODEL))
    alerts.raise_(LOW, resolved=True)
    mixed = alerts.until(EVERYTHING, has("resolved", LOW))
    alerts.raise_(OTHER_ALERT, OTHER_MODEL, resolved=True)
    resolved = alerts.until(EVERYTHING, has("resolved", OTHER_ALERT, OTHER_MODEL))
    assert [body["status"] for body in (firing, mixed, resolved)] == [
        "firing",
        "firing",
        "resolved",
    ]
    started = [sorted(each.created) for each in outcomes(TEAM, [firing, mixed, resolved])]
    assert started == [["model-sentiment", "model-topics"], ["model-topics"], []]


@pytest.mark.parametrize("other", [OTHER_ALERT, OTHER_MODEL], ids=["alert", "model"])
def test_another_alert_or_model_starts_nothing_of_this_model(alerts: Alerts, other: Body) -> None:
    alerts.raise_(other)
    [outcome] = outcomes(TEAM, [alerts.until(EVERYTHING, has("firing", other))])
    assert "model-sentiment" not in outcome.created
    assert outcome.errors == {}


def payload(*given: Body, status: str = "firing") -> Body:
    """A payload in the form that Grafana documents for its webhook."""
    return {
        "receiver": "retraining",
        "status": status,
        "orgId": 1,
        "alerts": [
            {
                "status": status,
                "startsAt": NOON,
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "https://grafana.example.com/alerting/grafana/a/view",
                "fingerprint": "c6eadffa33fcdf37",
                "silenceURL": "https://grafana.example.com/alerting/silence/new",
                "dashboardURL": "",
                "panelURL": "",
                "values": {"A": 0.08, "C": 1},
                **each,
            }
            for each in given
        ],
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "https://grafana.example.com/",
        "version": "1",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "title": "[FIRING:1]",
        "state": "alerting",
        "message": "**Firing**",
    }


def test_grafana_s_form_does_as_well() -> None:
    low = alert("ModelAccuracyLow", alertname="sentiment: ModelAccuracyLow", grafana_folder="nlp")
    bodies = [
        payload(OTHER_ALERT, low),
        payload(low, status="resolved"),
        payload(OTHER_ALERT),
        payload(OTHER_MODEL),
    ]
    found = outcomes(TEAM, bodies)
    assert [sorted(each.created) for each in found] == [
        ["model-sentiment"],
        [],
        [],
        ["model-topics"],
    ]
    assert found[0].created["model-sentiment"] == SENTIMENT
    assert not any(each.errors for each in found)


def test_another_team_s_alert_starts_nothing() -> None:
    [outcome] = outcomes(TEAM, [payload(alert("ModelAccuracyLow", team="ads"))])
    assert outcome.created == {}


def test_an_alert_without_a_description_still_has_a_reason() -> None:
    [outcome] = outcomes(TEAM, [payload({**LOW, "annotations": {}})])
    arguments = outcome.created["model-sentiment"]["spec"]["arguments"]["parameters"]
    assert arguments[1] == {"name": "reason", "value": "an alert without a description"}


def test_what_is_no_alert_starts_nothing() -> None:
    bodies: list[Any] = [{}, {"alerts": []}, {"alerts": "firing"}, {"alerts": [{}]}, [], "firing"]
    assert [each.created for each in outcomes(TEAM, bodies)] == [{}] * len(bodies)


@pytest.mark.parametrize(
    ("every", "times"),
    [
        ("6h", {"06:00:00": "0600", "11:59:59": "0600", "12:00:00": "1200", "23:59:59": "1800"}),
        ("1h", {"06:00:00": "0600", "06:59:59": "0600", "07:00:00": "0700"}),
        ("90m", {"06:00:00": "0600", "07:29:59": "0600", "07:30:00": "0730"}),
        ("1m", {"06:00:59": "0600", "06:01:00": "0601"}),
        ("1d", {"00:00:00": "0000", "23:59:59": "0000"}),
    ],
)
def test_alerts_in_one_span_of_the_clock_have_one_workflow(
    every: str, times: dict[str, str]
) -> None:
    """A second Workflow of a name is what the API server refuses."""
    retraining = {"workflow": "sentiment-training", "atMostEvery": every}
    team = made(model(retraining=retraining)).values()
    for time, stamp in times.items():
        [outcome] = outcomes(team, [payload(LOW)], f"2026-11-25T{time}Z")
        name = outcome.created["model-sentiment"]["metadata"]["name"]
        assert name == f"sentiment-retraining-20261125-{stamp}", time


def test_the_time_of_a_span_is_utc() -> None:
    [outcome] = outcomes(TEAM, [payload(LOW)], "2026-11-25T01:00:00+05:30")
    assert outcome.created["model-sentiment"]["metadata"]["name"].endswith("-20261124-1800")


@pytest.mark.parametrize(
    "events", [{}, {"bus": {"replicas": 3, "persistence": {"storageClass": "fast"}}}]
)
def test_argo_events_has_nothing_against_the_objects(events: dict[str, Any]) -> None:
    assert problems(made(*MODELS, **events).values()) == []


def set_(path: str, value: Any) -> Callable[[list[Body]], None]:
    def change(objects: list[Body]) -> None:
        kind, *keys, last = path.split(".")
        at: Any = next(each for each in objects if each["kind"] == kind)
        for key in keys:
            at = at[int(key) if key.isdigit() else key]
        at[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_("EventBus.spec.jetstream.size", 1), 'EventBus: json: unknown field "size"'),
        (
            set_("EventBus.spec.jetstream.replicas", 2),
            "EventBus: invalid spec: a jetstream eventbus requires 1 replica or >= 3 replicas",
        ),
        (
            set_("EventSource.spec.webhook.alert.port", ""),
            "EventSource: port can't be empty",
        ),
        (
            set_("EventSource.spec.template.sidecar", False),
            'EventSource: json: unknown field "sidecar"',
        ),
        (
            set_("Sensor.spec.dependencies.0.filters.data.0.comparator", "=="),
            "Sensor: comparator == not supported",
        ),
        (
            set_("Sensor.spec.triggers.0.template.k8s.parameters.0.dest", ""),
            "Sensor: trigger for template model-sentiment is invalid, resource parameter index: 0. "
            "err: parameter destination can't be empty",
        ),
    ],
)
def test_the_judge_sees_what_argo_events_refuses(
    change: Callable[[list[Body]], None], said: str
) -> None:
    objects = copy.deepcopy(list(TEAM))
    change(objects)
    found = problems(objects)
    assert said in found
