"""What is scraped and who is told, as the objects that the operators know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synth.config.workflows import Workflow
from synth.kit.objects import Body
from tests.monitoring.examples import (
    GRAFANA,
    LABELS,
    PLATFORM,
    TEAM,
    Objects,
    environment,
    monitoring,
    names,
    rules,
)
from tests.schemas import complaints
from tests.workflows import examples

WATCHED = f"""\
  grafana: {{instanceSelector: {GRAFANA["instanceSelector"]}}}
  prometheus: {{labels: {LABELS}}}
"""
RETRAINED = "    objectives: ->     retraining: {workflow: sentiment-training}\n    objectives:"


def made(folder: Path, **replaced: str) -> Objects:
    return monitoring(environment(folder, WATCHED, **replaced))


def test_every_object_is_what_its_crd_says(tmp_path: Path) -> None:
    for (kind, _, _), body in made(tmp_path).items():
        if body["apiVersion"].startswith("grafana"):
            assert complaints("grafana-operator-5.24.0.yaml", body) == []
        elif body["apiVersion"].startswith("monitoring"):
            assert complaints("prometheus-operator-0.93.0.yaml", body) == []
        else:
            assert kind == "AuthorizationPolicy"


def test_a_team_is_told_in_its_namespace_and_the_platform_beside_prometheus(
    tmp_path: Path,
) -> None:
    objects = made(tmp_path)
    assert names(objects, "PrometheusRule") == ["monitoring/platform.alerts", "nlp/platform.alerts"]
    for kind in ("PrometheusRule", "GrafanaAlertRuleGroup"):
        team, platform = objects[(kind, *TEAM)], objects[(kind, *PLATFORM)]
        assert _alerts(team) == [
            "WorkflowNotSucceeding",
            "PipelineRegistrationFailed",
            "PipelineRunsFailing",
            "StreamLagging",
            "StreamDeadLetters",
            "TeamQuotaNearlyUsed",
        ]
        assert _alerts(platform) == [
            "MlflowUnreachable",
            "CertificateExpiring",
            "CertificateNotReady",
            "ApplicationOutOfSync",
            "ApplicationUnhealthy",
        ]
    folders = {key[1]: body["spec"] for key, body in objects.items() if key[0] == "GrafanaFolder"}
    assert {where: (each["uid"], each["title"]) for where, each in folders.items()} == {
        "nlp": ("platform_nlp", "Workflows and streams of nlp"),
        "monitoring": ("platform_monitoring", "Platform"),
    }


def _alerts(body: Body) -> list[str]:
    if body["kind"] == "PrometheusRule":
        return [rule["alert"] for rule in body["spec"]["groups"][0]["rules"]]
    return [rule["title"].partition(": ")[2] for rule in body["spec"]["rules"]]


def test_an_alert_says_whose_it_is_and_what_it_is_about(tmp_path: Path) -> None:
    said = {name: rule["labels"] for name, rule in rules(made(tmp_path)).items()}
    team = {"severity": "warning", "team": "nlp", "namespace": "nlp"}
    assert said == {
        "WorkflowNotSucceeding": {**team, "workflow": "sentiment-training"},
        "PipelineRegistrationFailed": {**team, "pipeline": "sentiment"},
        "PipelineRunsFailing": team,
        "StreamLagging": {**team, "stream": "comments"},
        "StreamDeadLetters": {**team, "stream": "comments"},
        "TeamQuotaNearlyUsed": team,
        "MlflowUnreachable": {"severity": "warning", "component": "mlflow"},
        "CertificateExpiring": {"severity": "warning", "component": "cert-manager"},
        "CertificateNotReady": {"severity": "warning", "component": "cert-manager"},
        "ApplicationOutOfSync": {"severity": "warning", "component": "argo-cd"},
        "ApplicationUnhealthy": {"severity": "warning", "component": "argo-cd"},
    }


WITHOUT: dict[str, set[str]] = {
    'quota: {cpu: "20"} -> quota: {}': {"TeamQuotaNearlyUsed"},
    "      metricsPath: /metrics\n -> \n": {"StreamDeadLetters"},
    "    deadLetters: {name: comments-aside}\n -> \n": {"StreamDeadLetters"},
    '    schedule: "0 * * * *"\n -> \n': {"WorkflowNotSucceeding"},
    '"0 * * * *" -> "0 * * * *"\n    suspend: true': {"WorkflowNotSucceeding"},
    '"0 * * * *" -> "0 * * * *"\n    when: "true"': {"WorkflowNotSucceeding"},
    '"0 * * * *" -> "0 * * * *"\n    stopStrategy: {expression: "true"}': {"WorkflowNotSucceeding"},
    'release: "1.8.1", -> release: "1.8.1", pipelinesStore: kubernetes,': {
        "PipelineRegistrationFailed"
    },
    "seldon: true -> seldon: true, pipelines: false": {
        "PipelineRunsFailing",
        "WorkflowNotSucceeding",
    },
    "seldon: true -> seldon: true, cert-manager: false": {
        "CertificateExpiring",
        "CertificateNotReady",
    },
    "mlflow:\n -> mlflow:\n  metrics: false\n": {"MlflowUnreachable"},
    "cluster: {kubernetes -> cluster: {server: https://k8s.example.com, kubernetes": {
        "ApplicationOutOfSync",
        "ApplicationUnhealthy",
    },
    "platform: {} -> platform: {argocd: false}": {"ApplicationOutOfSync", "ApplicationUnhealthy"},
}


@pytest.mark.parametrize("change", WITHOUT)
def test_nobody_is_told_of_what_is_not_there(change: str, tmp_path: Path) -> None:
    everything = set(rules(made(tmp_path / "all")))
    assert everything - set(rules(made(tmp_path / "some", change=change))) == WITHOUT[change]


def test_an_argo_cd_elsewhere_is_watched_where_its_metrics_come_here(tmp_path: Path) -> None:
    objects = made(
        tmp_path,
        elsewhere="cluster: {kubernetes -> cluster: {server: https://k8s.example.com, kubernetes",
        said="platform: {} -> platform: {argocd: true}",
    )
    assert {"ApplicationOutOfSync", "ApplicationUnhealthy"} < set(rules(objects))
    assert ("ServiceMonitor", "monitoring", "argocd.argo-cd") not in objects


def test_the_lag_of_a_cluster_of_others_is_watched_where_the_stream_says_how_much(
    tmp_path: Path,
) -> None:
    elsewhere = "cluster: {name: events}, -> bootstrapServers: [kafka.example.com:9092],"
    assert "StreamLagging" not in rules(made(tmp_path / "a", elsewhere=elsewhere))
    said = "source: { -> maxLag: 50\n    source: {"
    rule = rules(made(tmp_path / "b", elsewhere=elsewhere, said=said))["StreamLagging"]
    assert rule["expr"].splitlines()[1:] == [
        'sum(kafka_consumergroup_lag{consumergroup="comments-processor", topic="comments"})',
        ") > 50",
    ]


def test_without_platform_nothing_is_watched_and_nothing_counts(tmp_path: Path) -> None:
    given = environment(tmp_path, off="observability:\n  platform: {} -> observability: {}")
    assert monitoring(given) == {}
    [kafka] = [body for body in monitoring(given, "kafka").values() if body["kind"] == "Kafka"]
    assert "kafkaExporter" not in kafka["spec"]


def test_a_cluster_of_ours_shows_how_far_groups_are_behind(tmp_path: Path) -> None:
    kafka = monitoring(environment(tmp_path), "kafka")["Kafka", "kafka", "events"]
    assert set(kafka["spec"]["kafkaExporter"]) == {"resources"}
    assert complaints("strimzi-0.45.1.yaml", kafka) == []


MONITORS: dict[str, tuple[dict[str, str], list[str], dict[str, Any]]] = {
    "kubeflow.workflow-controller": (
        {"app": "workflow-controller"},
        ["kubeflow"],
        {"port": "metrics"},
    ),
    "kubeflow.ml-pipeline": ({"app": "ml-pipeline"}, ["kubeflow"], {"port": "http"}),
    "cert-manager.cert-manager": (
        {
            "app.kubernetes.io/name": "cert-manager",
            "app.kubernetes.io/component": "controller",
        },
        ["cert-manager"],
        {"port": "http-metrics", "honorLabels": True},
    ),
    "nlp.eventsources": ({"controller": "eventsource-controller"}, ["nlp"], {"port": "metrics"}),
    "nlp.sensors": ({"controller": "sensor-controller"}, ["nlp"], {"port": "metrics"}),
    "kafka.events-kafka-exporter": (
        {"strimzi.io/cluster": "events", "strimzi.io/name": "events-kafka-exporter"},
        ["kafka"],
        {"port": "tcp-prometheus"},
    ),
    "argocd.argo-cd": (
        {"app.kubernetes.io/name": "argocd-metrics"},
        ["argocd"],
        {"port": "metrics", "honorLabels": True},
    ),
    "mlflow.mlflow": (
        {"app.kubernetes.io/name": "mlflow", "app.kubernetes.io/component": "tracking-server"},
        ["mlflow"],
        {"port": "http"},
    ),
}


def test_prometheus_finds_what_the_alerts_are_about(tmp_path: Path) -> None:
    objects = made(tmp_path, retrained=RETRAINED)
    found = {}
    for (kind, namespace, name), body in objects.items():
        if kind in ("PodMonitor", "ServiceMonitor"):
            assert (namespace, body["metadata"]["labels"]) == ("monitoring", LABELS)
            spec = body["spec"]
            key = "endpoints" if kind == "ServiceMonitor" else "podMetricsEndpoints"
            [endpoint] = spec[key]
            where = spec["namespaceSelector"]["matchNames"]
            found[name] = (spec["selector"]["matchLabels"], where, endpoint)
    assert found == MONITORS
    exporter = objects["PodMonitor", "monitoring", "kafka.events-kafka-exporter"]["spec"]
    assert exporter["podTargetLabels"] == ["strimzi.io/cluster"]


def test_a_cert_manager_of_the_environment_s_own_is_watched_where_it_runs(tmp_path: Path) -> None:
    objects = made(
        tmp_path,
        off="seldon: true -> seldon: true, cert-manager: false",
        own="addons: { -> addons: {certManager: {namespace: certificates}, ",
    )
    assert {"CertificateExpiring", "CertificateNotReady"} <= rules(objects).keys()
    monitor = objects["PodMonitor", "monitoring", "certificates.cert-manager"]["spec"]
    labels, _, endpoint = MONITORS["cert-manager.cert-manager"]
    assert monitor["selector"]["matchLabels"] == labels
    assert monitor["namespaceSelector"]["matchNames"] == ["certificates"]
    assert monitor["podMetricsEndpoints"] == [endpoint]


def test_what_is_scraped_by_its_service_is_there_under_these_labels(tmp_path: Path) -> None:
    service = monitoring(environment(tmp_path), "mlflow")["Service", "mlflow", "mlflow"]
    selector, [namespace], endpoint = MONITORS["mlflow.mlflow"]
    assert selector.items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["namespace"] == namespace
    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]


ARGO = "kubeflow.workflow-controller"


@pytest.mark.parametrize(
    ("release", "encrypted"), [("1.8.1", False), ("1.10", False), ("1.11", True), ("26.03", True)]
)
def test_argo_s_controller_encrypts_since_3_6(
    release: str, encrypted: bool, tmp_path: Path
) -> None:
    old = 'release: "1.8.1", components: {seldon: true} -> '
    objects = made(tmp_path, release=f'{old}release: "{release}", components: {{}}')
    [endpoint] = objects["PodMonitor", "monitoring", ARGO]["spec"]["podMetricsEndpoints"]
    tls = {"scheme": "https", "tlsConfig": {"insecureSkipVerify": True}}
    assert endpoint == {"port": "metrics", **(tls if encrypted else {})}


def test_an_argo_that_kubeflow_does_not_bring_is_found_where_it_is(tmp_path: Path) -> None:
    objects = made(
        tmp_path,
        off="seldon: true -> seldon: true, pipelines: false",
        addon="addons: { -> addons: {argoWorkflows: {}, ",
        gone="pipelines:\n  - {name: sentiment, team: nlp, source: pipelines/sentiment/pipeline.py}\n -> \n",
        steps="{name: train, kind: pipeline, pipeline: sentiment} -> {name: train, image: python:3.11.9-slim, command: [python]}",
    )
    spec = objects["PodMonitor", "monitoring", "argo.workflow-controller"]["spec"]
    assert spec["selector"] == {"matchLabels": {"app.kubernetes.io/name": "workflow-controller"}}
    assert names(objects, "AuthorizationPolicy") == []


@pytest.mark.parametrize(
    ("release", "let_in"),
    [
        ("1.8.1", []),
        ("1.9.1", ["kubeflow/ml-pipeline-metrics", "kubeflow/workflow-controller-metrics"]),
        ("1.11", ["kubeflow/ml-pipeline-metrics", "kubeflow/workflow-controller-metrics"]),
        (
            "26.03",
            [
                "cert-manager/cert-manager-metrics",
                "kubeflow/ml-pipeline-metrics",
                "kubeflow/workflow-controller-metrics",
            ],
        ),
    ],
)
def test_prometheus_is_let_in_where_upstream_s_network_policies_shut_it_out(
    release: str, let_in: list[str], tmp_path: Path
) -> None:
    old = 'release: "1.8.1", components: {seldon: true} -> '
    objects = made(tmp_path, release=f'{old}release: "{release}", components: {{}}')
    assert names(objects, "NetworkPolicy") == let_in
    if let_in:
        policy = objects["NetworkPolicy", "kubeflow", "ml-pipeline-metrics"]
        monitoring = {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}
        assert policy["spec"] == {
            "podSelector": {"matchLabels": {"app": "ml-pipeline"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": monitoring}],
                    "ports": [{"protocol": "TCP", "port": 8888}],
                }
            ],
        }


def test_the_mesh_lets_prometheus_read_what_argo_shows_and_nothing_else(tmp_path: Path) -> None:
    objects = made(tmp_path)
    assert names(objects, "AuthorizationPolicy") == ["kubeflow/workflow-controller-metrics"]
    policy = objects["AuthorizationPolicy", "kubeflow", "workflow-controller-metrics"]
    assert policy["spec"] == {
        "action": "ALLOW",
        "selector": {"matchLabels": {"app": "workflow-controller"}},
        "rules": [{"to": [{"operation": {"ports": ["9090"]}}]}],
    }


@pytest.mark.parametrize("argo", ["3.3.10", "3.5.14", "3.7.18"])
def test_a_scheduled_run_that_succeeds_says_when_it_was_created(argo: str) -> None:
    body = cron_workflow(argo, watched=True)
    assert complaints(f"argo-workflows-{argo}.yaml", body) == []
    [metric] = body["spec"]["workflowSpec"]["metrics"]["prometheus"]
    assert metric == {
        "name": "workflow_succeeded_created_seconds",
        "help": "When the last run that succeeded was created",
        "labels": [
            {"key": "team", "value": "nlp"},
            {"key": "workflow", "value": "sentiment-training"},
        ],
        "when": "{{workflow.status}} == Succeeded",
        "gauge": {"realtime": False, "value": "{{workflow.creationTimestamp.s}}"},
    }
    assert "metrics" not in cron_workflow(argo, watched=False)["spec"]["workflowSpec"]


def cron_workflow(argo: str, *, watched: bool) -> Body:
    workflow = Workflow.model_validate(examples.WORKFLOW)
    bodies = examples.objects(workflow, argo, watched=watched)
    [body] = [each for each in bodies if each["kind"] == "CronWorkflow"]
    return body
