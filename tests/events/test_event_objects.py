"""What Argo Events and Alertmanager are given, as the objects that they know."""

from __future__ import annotations

from typing import Any

import pytest

from synth.config.workflows import Workflow
from synth.domains.workflows import reference
from synth.kit.objects import Body
from tests.events.examples import made, model
from tests.schemas import complaints
from tests.workflows.examples import WORKFLOW

BUS, SOURCE, SENSOR = "EventBus/default", "EventSource/alerts", "Sensor/retraining"
CONFIG = "AlertmanagerConfig/retraining"
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}


def test_every_object_is_what_its_crd_says_and_lies_with_the_team() -> None:
    objects = made()
    assert sorted(objects) == [
        CONFIG,
        BUS,
        SOURCE,
        "NetworkPolicy/alerts-eventsource",
        "Role/retraining",
        "RoleBinding/retraining",
        SENSOR,
        "ServiceAccount/alerts",
        "ServiceAccount/retraining",
    ]
    for body in objects.values():
        assert body["metadata"]["namespace"] == "nlp"
        if body["apiVersion"] == "argoproj.io/v1alpha1":
            assert complaints("argo-events-1.9.10.yaml", body) == []
    assert complaints("prometheus-operator-0.93.0.yaml", objects[CONFIG]) == []


def test_the_bus_is_pinned_and_has_as_many_copies_as_servers() -> None:
    small = made()[BUS]["spec"]["jetstream"]
    assert (small["version"], small["replicas"], small["streamConfig"]) == (
        "2.10.29",
        1,
        "replicas: 1\nmaxAge: 1h\n",
    )
    assert "persistence" not in small
    large = made(bus={"version": "2.9.16", "replicas": 5, "persistence": {"storageClass": "fast"}})[
        BUS
    ]["spec"]["jetstream"]
    assert (large["version"], large["replicas"], large["streamConfig"]) == (
        "2.9.16",
        5,
        "replicas: 3\nmaxAge: 1h\n",
    )
    assert large["persistence"] == {"volumeSize": "1Gi", "storageClassName": "fast"}


def test_the_source_takes_alerts_with_the_token_that_alertmanager_shows() -> None:
    objects = made(token={"name": "hooks", "key": "bearer"})
    secret = {"name": "hooks", "key": "bearer"}
    assert objects[SOURCE]["spec"]["webhook"] == {
        "alert": {"port": "12000", "endpoint": "/alerts", "method": "POST", "authSecret": secret}
    }
    [receiver] = objects[CONFIG]["spec"]["receivers"]
    assert receiver["webhookConfigs"] == [
        {
            "url": "http://alerts-eventsource-svc.nlp.svc.cluster.local:12000/alerts",
            "sendResolved": False,
            "httpConfig": {"authorization": {"type": "Bearer", "credentials": secret}},
        }
    ]
    assert receiver["name"] == objects[CONFIG]["spec"]["route"]["receiver"]


def test_alertmanager_sends_what_says_that_it_starts_a_workflow() -> None:
    config = made()[CONFIG]
    assert config["metadata"]["labels"] == {"release": "kube-prometheus-stack"}
    assert config["spec"]["route"]["matchers"] == [
        {"name": "team", "matchType": "=", "value": "nlp"},
        {"name": "retraining", "matchType": "!=", "value": ""},
    ]


def test_only_the_namespace_of_prometheus_reaches_the_source() -> None:
    objects = made()
    [rule] = objects["NetworkPolicy/alerts-eventsource"]["spec"]["ingress"]
    selector = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
    assert rule == {
        "from": [{"namespaceSelector": selector}],
        "ports": [{"protocol": "TCP", "port": each} for each in (12000, 7777)],
    }
    pods = objects["NetworkPolicy/alerts-eventsource"]["spec"]["podSelector"]
    assert pods == {"matchLabels": {"eventsource-name": "alerts"}}
    [port] = objects[SOURCE]["spec"]["service"]["ports"]
    assert (port["port"], port["targetPort"]) == (12000, 12000)


def test_the_sensor_may_create_workflows_and_the_source_nothing() -> None:
    objects = made()
    assert objects["Role/retraining"]["rules"] == [
        {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["create"]}
    ]
    [subject] = objects["RoleBinding/retraining"]["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": "retraining", "namespace": "nlp"}
    assert objects[SENSOR]["spec"]["template"]["serviceAccountName"] == "retraining"
    assert objects[SOURCE]["spec"]["template"]["serviceAccountName"] == "alerts"
    assert objects["ServiceAccount/alerts"]["automountServiceAccountToken"] is False


def containers(body: Body) -> list[Any]:
    spec = body["spec"]
    if body["kind"] != "EventBus":
        return [spec["template"]["container"]]
    names = ("containerTemplate", "reloaderContainerTemplate", "metricsContainerTemplate")
    return [spec["jetstream"][name] for name in names]


@pytest.mark.parametrize("name", [BUS, SOURCE, SENSOR])
def test_pods_have_no_sidecar_and_fit_a_quota_and_the_level_restricted(name: str) -> None:
    body = made()[name]
    spec = body["spec"].get("template") or body["spec"]["jetstream"]
    assert spec["metadata"] == {"labels": {"sidecar.istio.io/inject": "false"}}
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 9731,
        "runAsGroup": 9731,
        "fsGroup": 9731,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for container in containers(body):
        assert container["securityContext"] == RESTRICTED
        resources = container["resources"]
        assert resources["requests"].keys() == {"cpu", "memory"}
        assert resources["limits"] == {"memory": resources["requests"]["memory"]}


def test_one_sensor_has_a_trigger_for_each_model() -> None:
    topics = model(name="2nd-topics", retraining={"workflow": "topics-training"})
    spec = made(model(), topics)[SENSOR]["spec"]
    names = ["model-sentiment", "model-2nd-topics"]
    assert [each["name"] for each in spec["dependencies"]] == names
    assert [each["template"]["conditions"] for each in spec["triggers"]] == names
    started = [each["template"]["k8s"]["source"]["resource"] for each in spec["triggers"]]
    assert [each["spec"]["workflowTemplateRef"]["name"] for each in started] == [
        "sentiment-training",
        "topics-training",
    ]


@pytest.mark.parametrize(
    ("parameters", "given"),
    [
        ({}, ["model", "reason"]),
        ({"model": None}, ["reason"]),
        ({"reason": None}, ["model"]),
        ({"model": "name", "reason": "why"}, ["name", "why"]),
        ({"model": None, "reason": None}, []),
    ],
)
def test_the_workflow_gets_what_it_has_parameters_for(
    parameters: dict[str, Any], given: list[str]
) -> None:
    retraining = {"workflow": "sentiment-training", "parameters": parameters}
    [trigger] = made(model(retraining=retraining))[SENSOR]["spec"]["triggers"]
    k8s = trigger["template"]["k8s"]
    arguments = k8s["source"]["resource"]["spec"]["arguments"]["parameters"]
    assert [each["name"] for each in arguments] == given
    filled = [each["dest"] for each in k8s["parameters"]]
    last = [f"spec.arguments.parameters.{len(given) - 1}.value"]
    assert filled == ["metadata.name", *(last if parameters.get("reason", "reason") else [])]


@pytest.mark.parametrize("argo", ["3.3.10", "3.5.14", "3.7.18"])
def test_what_is_started_is_a_workflow(argo: str) -> None:
    training = Workflow.model_validate({**WORKFLOW, "clusterScope": True, "mutex": "training"})
    run = reference(training, argo)
    [trigger] = made(runs={training.name: run})[SENSOR]["spec"]["triggers"]
    body = trigger["template"]["k8s"]["source"]["resource"]
    assert complaints(f"argo-workflows-{argo}.yaml", body) == []
    assert run.items() <= body["spec"].items()
    assert run["workflowTemplateRef"] == {"name": "sentiment-training", "clusterScope": True}


@pytest.mark.parametrize("length", [9, 63])
def test_a_run_s_name_is_a_label_and_each_model_has_its_own(length: int) -> None:
    models = [model(name="m" * (length - 1) + end) for end in "ab"]
    triggers = made(*models)[SENSOR]["spec"]["triggers"]
    names = [each["template"]["k8s"]["source"]["resource"]["metadata"]["name"] for each in triggers]
    assert len(set(names)) == 2
    assert all(name.endswith("-") and len(name) + len("20060102-1504") <= 63 for name in names)
