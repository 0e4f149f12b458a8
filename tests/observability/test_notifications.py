"""Who is told, as Alertmanager, Grafana's operator and Grafana's files have it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.domains.observability.provisioning import literal
from synth.kit.objects import Body
from tests.observability.test_objects import made as alerts_made
from tests.observability.told import FILES, MAIL, NOTIFICATIONS, OPERATOR, SECRETS, made
from tests.schemas import complaints

GRAFANA = {**NOTIFICATIONS, "via": "grafana"}


def alertmanager() -> Body:
    [body] = made()
    return body


def from_operator() -> list[Body]:
    return made(GRAFANA, grafana=OPERATOR)


def file(notifications: dict[str, Any] = GRAFANA) -> Any:
    [body] = made(notifications, grafana=FILES)
    [(name, text)] = body["data"].items()
    assert name == "notifications.json"
    return json.loads(text)


def test_every_object_is_what_its_crd_says_and_lies_with_prometheus() -> None:
    assert complaints("prometheus-operator-0.93.0.yaml", alertmanager()) == []
    kinds = []
    for body in from_operator():
        kinds.append((body["kind"], body["metadata"]["name"]))
        assert complaints("grafana-operator-5.24.0.yaml", body) == []
        assert body["spec"]["instanceSelector"] == {"matchLabels": {"dashboards": "grafana"}}
    assert kinds == [
        ("GrafanaContactPoint", "nlp-slack"),
        ("GrafanaContactPoint", "oncall"),
        ("GrafanaContactPoint", "mail"),
        ("GrafanaContactPoint", "hook"),
        ("GrafanaMuteTiming", "weekend"),
        ("GrafanaNotificationPolicy", "notifications"),
    ]
    namespaces = [body["metadata"]["namespace"] for body in (alertmanager(), *from_operator())]
    assert set(namespaces) == {"monitoring"}


def test_alertmanager_finds_what_carries_prometheus_labels() -> None:
    labels = {"release": "kube-prometheus-stack"}
    [body] = made(prometheus={"namespace": "metrics", "labels": labels})
    assert (body["metadata"]["labels"], body["metadata"]["namespace"]) == (labels, "metrics")
    assert "labels" not in alertmanager()["metadata"]


def test_one_of_the_two_sends() -> None:
    kinds = {body["kind"] for body in made(grafana=OPERATOR)}
    assert kinds == {"AlertmanagerConfig"}
    assert "AlertmanagerConfig" not in {body["kind"] for body in from_operator()}


def test_no_secret_is_in_any_object() -> None:
    everything = json.dumps([alertmanager(), from_operator(), file()])
    values = [value for keys in SECRETS.values() for value in keys.values()]
    assert not [value for value in values if value in everything]


def test_routes_are_asked_in_their_order_and_teams_after_them() -> None:
    route = alertmanager()["spec"]["route"]
    assert route["receiver"] == "mail"
    assert route["routes"] == [
        {
            "receiver": "hook",
            "matchers": [{"name": "component", "matchType": "=", "value": "kafka"}],
            "continue": True,
        },
        {
            "receiver": "oncall",
            "matchers": [{"name": "severity", "matchType": "=", "value": "critical"}],
            "repeatInterval": "1h",
        },
        {
            "receiver": "mail",
            "matchers": [{"name": "component", "matchType": "=", "value": "mlflow"}],
            "muteTimeIntervals": ["weekend"],
        },
        {
            "receiver": "nlp-slack",
            "matchers": [{"name": "team", "matchType": "=", "value": "nlp"}],
        },
        {"receiver": "mail"},
    ]


def test_both_senders_group_alike() -> None:
    route = alertmanager()["spec"]["route"]
    given = (
        route["groupBy"],
        route["groupWait"],
        route["groupInterval"],
        route["repeatInterval"],
    )
    assert given == (["alertname", "team"], "30s", "5m", "4h")
    policy = from_operator()[-1]["spec"]["route"]
    assert given == (
        policy["group_by"],
        policy["group_wait"],
        policy["group_interval"],
        policy["repeat_interval"],
    )
    assert policy["routes"][1]["repeat_interval"] == "1h"


def test_alertmanager_s_receivers() -> None:
    slack, oncall, mail, hook = alertmanager()["spec"]["receivers"]
    [slack], [oncall] = slack["slackConfigs"], oncall["pagerdutyConfigs"]
    [mail], [hook] = mail["emailConfigs"], hook["webhookConfigs"]
    assert {**slack, "text": ""} == {
        "apiURL": {"name": "slack", "key": "url"},
        "channel": "#nlp",
        "text": "",
        "sendResolved": True,
    }
    assert oncall == {
        "routingKey": {"name": "pagerduty", "key": "routing-key"},
        "severity": "{{ or .CommonLabels.severity `error` }}",
        "sendResolved": True,
    }
    assert mail == {
        "to": "platform@example.com, ml@example.com",
        "from": "alerts@example.com",
        "smarthost": "smtp.example.com:587",
        "authUsername": "alerts",
        "authPassword": {"name": "smtp", "key": "password"},
        "sendResolved": True,
    }
    token = {"type": "Bearer", "credentials": {"name": "hook", "key": "token"}}
    assert hook == {
        "url": "https://example.com/alerts",
        "httpConfig": {"authorization": token},
        "sendResolved": True,
    }


def test_a_server_that_asks_for_no_password_gets_none() -> None:
    email = {key: MAIL["email"][key] for key in ("to", "from", "smarthost")}
    [body] = made({"contactPoints": ({"name": "mail", "email": email},)}, teams=())
    [mail] = body["spec"]["receivers"][0]["emailConfigs"]
    assert not {"authUsername", "authPassword"} & mail.keys()


def test_whom_nobody_else_takes_nobody_is_told_of() -> None:
    [body] = made({"contactPoints": (MAIL,)}, teams=())
    assert body["spec"]["route"]["receiver"] == "no one"
    assert body["spec"]["receivers"][-1] == {"name": "no one"}


SETTINGS: dict[str, tuple[str, dict[str, Any], dict[str, tuple[str, str]]]] = {
    "nlp-slack": ("slack", {"recipient": "#nlp"}, {"url": ("slack", "url")}),
    "oncall": (
        "pagerduty",
        {"severity": "{{ or .CommonLabels.severity `error` }}"},
        {"integrationKey": ("pagerduty", "routing-key")},
    ),
    "mail": (
        "email",
        {"addresses": "platform@example.com;ml@example.com", "singleEmail": True},
        {},
    ),
    "hook": (
        "webhook",
        {
            "url": "https://example.com/alerts",
            "httpMethod": "POST",
            "authorization_scheme": "Bearer",
        },
        {"authorization_credentials": ("hook", "token")},
    ),
}
"""Type, settings and secrets of Grafana's receivers, by contact point."""


def test_grafana_s_operator_reads_secrets_beside_its_objects() -> None:
    for body in from_operator()[:4]:
        type, settings, secrets = SETTINGS[body["spec"]["name"]]
        [receiver] = body["spec"]["receivers"]
        assert (receiver["type"], receiver["settings"]) == (type, settings)
        read = {
            each["targetPath"]: tuple(each["valueFrom"]["secretKeyRef"].values())
            for each in receiver.get("valuesFrom", [])
        }
        assert read == secrets


def test_grafana_itself_reads_secrets_from_its_files() -> None:
    for point in file()["contactPoints"]:
        type, settings, secrets = SETTINGS[point["name"]]
        [receiver] = point["receivers"]
        read = {
            path: f"$__file{{/etc/secrets/{name}/{key}}}" for path, (name, key) in secrets.items()
        }
        assert (receiver["type"], receiver["settings"]) == (type, {**settings, **read})


def test_the_file_says_what_the_operator_s_objects_say() -> None:
    content, objects = file(), from_operator()
    assert content.keys() == {"apiVersion", "contactPoints", "muteTimes", "policies"}
    assert content["apiVersion"] == 1
    [policy] = content["policies"]
    assert policy == {"orgId": 1, **objects[-1]["spec"]["route"]}
    [time] = content["muteTimes"]
    assert time == {
        "orgId": 1,
        "name": "weekend",
        "time_intervals": objects[4]["spec"]["time_intervals"],
    }
    uids = [point["receivers"][0]["uid"] for point in content["contactPoints"]]
    assert uids == [body["spec"]["receivers"][0]["uid"] for body in objects[:4]]
    assert len(set(uids)) == 4


def test_a_contact_point_may_tell_in_several_ways() -> None:
    both = {
        "name": "both",
        "slack": NOTIFICATIONS["contactPoints"][0]["slack"],
        "email": MAIL["email"],
    }
    whole = {"contactPoints": (both,), "contactPoint": "both"}
    [body] = made(whole, teams=())
    assert body["spec"]["receivers"][0].keys() == {"name", "slackConfigs", "emailConfigs"}
    [point] = file({**whole, "via": "grafana"} | {"routes": ()})["contactPoints"]
    assert [each["uid"] for each in point["receivers"]] == ["both_slack", "both_email"]


def test_grafana_takes_a_dollar_for_a_dollar() -> None:
    hook = {"name": "hook", "webhook": {"url": "https://example.com/$a/${b}"}}
    whole = {
        "via": "grafana",
        "contactPoints": (hook,),
        "routes": ({"contactPoint": "hook", "labels": {"component": "$c"}},),
        "contactPoint": "hook",
    }
    [body] = made(whole, teams=(), grafana=FILES)
    content = json.loads(body["data"]["notifications.json"])
    [receiver] = content["contactPoints"][0]["receivers"]
    assert receiver["settings"]["url"] == "https://example.com/$$a/$${b}"
    assert content["policies"][0]["routes"][0]["object_matchers"] == [["component", "=", "$$c"]]
    point, policy = made(whole, teams=(), grafana=OPERATOR)
    assert point["spec"]["receivers"][0]["settings"]["url"] == "https://example.com/$a/${b}"
    assert policy["spec"]["route"]["routes"][0]["object_matchers"] == [["component", "=", "$c"]]


@given(st.text(alphabet="$a{}_ 1"))
def test_nothing_in_a_value_is_a_variable_to_grafana(text: str) -> None:
    parts = literal(text).split("$$")  # Grafana looks for variables in each of these
    assert not any("$" in part for part in parts)
    assert "$".join(parts) == text


def test_mute_times_are_alike_for_both() -> None:
    times = alertmanager()["spec"]["muteTimeIntervals"]
    assert times == [
        {
            "name": "weekend",
            "timeIntervals": [
                {
                    "weekdays": ["saturday", "sunday"],
                    "times": [{"startTime": "08:00", "endTime": "24:00"}],
                }
            ],
        }
    ]
    [timing] = [body for body in from_operator() if body["kind"] == "GrafanaMuteTiming"]
    assert timing["spec"]["time_intervals"] == [
        {
            "weekdays": ["saturday", "sunday"],
            "times": [{"start_time": "08:00", "end_time": "24:00"}],
        }
    ]


def test_a_map_is_found_by_the_sidecar() -> None:
    [default] = made(GRAFANA, grafana=FILES)
    assert default["metadata"] == {
        "name": "notifications",
        "namespace": "monitoring",
        "labels": {"grafana_alert": "1"},
    }
    own = {"provisioning": {"namespace": "grafana", "labels": {"alerts": "yes"}}}
    [body] = made(GRAFANA, grafana=own)
    assert (body["metadata"]["namespace"], body["metadata"]["labels"]) == (
        "grafana",
        {"alerts": "yes"},
    )


def test_a_file_has_the_rules_that_the_operator_has() -> None:
    objects = alerts_made(grafana=FILES)
    assert not [kind for kind, _ in objects if kind.startswith("Grafana")]
    body = objects["ConfigMap", "alerts.nlp.sentiment"]
    assert body["metadata"]["labels"] == {"grafana_alert": "1"}
    assert body["metadata"]["namespace"] == "monitoring"
    content = json.loads(body["data"]["alerts.nlp.sentiment.json"])
    [group] = content["groups"]
    operator = alerts_made()["GrafanaAlertRuleGroup", "sentiment"]["spec"]
    assert content == {"apiVersion": 1, "groups": [group]}
    assert group == {
        "orgId": 1,
        "name": "sentiment",
        "folder": "Models of nlp",
        "interval": operator["interval"],
        "rules": operator["rules"],
    }


def test_files_of_all_teams_and_models_have_names_of_their_own() -> None:
    # All lie in one folder of Grafana's.
    names = [
        name
        for team in ("a", "a-b")
        for model in ("b-c", "c")
        for kind, name in alerts_made({"name": model, "team": team}, grafana=FILES)
        if kind == "ConfigMap"
    ]
    assert len(set(names)) == len(names) == 4


@pytest.mark.parametrize("length", [1, 63])
def test_uids_are_what_grafana_takes(length: int) -> None:
    points = tuple({**MAIL, "name": "m" * (length - 1) + end} for end in "ab")
    whole = {"via": "grafana", "contactPoints": points, "contactPoint": points[0]["name"]}
    content = json.loads(made(whole, teams=(), grafana=FILES)[0]["data"]["notifications.json"])
    uids = [point["receivers"][0]["uid"] for point in content["contactPoints"]]
    assert len(set(uids)) == 2
    assert all(len(uid) <= 40 for uid in uids)
