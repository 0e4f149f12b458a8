"""What a team's models need to be watched, as the objects that the operators know."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cdk8s import App, Chart

from synth.config.observability import Observability
from synth.config.serving import Model
from synth.domains.observability import TeamMonitoring
from synth.domains.serving import KServeModel
from synth.kit.objects import Body
from synth.render.collect import collect
from tests.schemas import complaints

MODEL: dict[str, Any] = {
    "name": "sentiment",
    "team": "nlp",
    "variants": ({"name": "stable", "version": 7, "artifact": "s3://models/7", "traffic": 100},),
    "objectives": {"latency": {"p95": "500ms"}, "errors": "1%"},
}
OBSERVABILITY: dict[str, Any] = {
    "prometheus": {"labels": {"release": "kube-prometheus-stack"}},
    "grafana": {"instanceSelector": {"dashboards": "grafana"}},
}


def made(*models: dict[str, Any], **changes: Any) -> dict[tuple[str, str], Body]:
    app = App()
    TeamMonitoring(
        Chart(app, "observability"),
        "nlp",
        [Model.model_validate({**MODEL, **each}) for each in models or ({},)],
        Observability.model_validate({**OBSERVABILITY, **changes}),
    )
    return {(each.body["kind"], each.body["metadata"]["name"]): each.body for each in collect(app)}


RULE = ("PrometheusRule", "sentiment")
GROUP = ("GrafanaAlertRuleGroup", "sentiment")
FOLDER = ("GrafanaFolder", "models")
MONITOR = ("PodMonitor", "seldon-metrics")
POLICY = ("AuthorizationPolicy", "seldon-metrics")


def test_every_object_is_what_its_crd_says_and_lies_with_the_team() -> None:
    objects = made()
    assert set(objects) == {RULE, GROUP, FOLDER, MONITOR, POLICY}
    for (kind, _), body in objects.items():
        assert body["metadata"]["namespace"] == "nlp"
        if kind.startswith("Grafana"):
            assert complaints("grafana-operator-5.24.0.yaml", body) == []
        elif kind != "AuthorizationPolicy":
            assert complaints("prometheus-operator-0.93.0.yaml", body) == []


def test_prometheus_finds_what_carries_its_labels() -> None:
    labelled = {key for key, body in made().items() if body["metadata"].get("labels")}
    assert labelled == {RULE, MONITOR}
    assert made()[RULE]["metadata"]["labels"] == {"release": "kube-prometheus-stack"}
    assert "labels" not in made(prometheus={})[RULE]["metadata"]


def test_prometheus_may_read_the_metrics_of_the_pods_that_it_finds_and_nothing_else() -> None:
    objects = made()
    pods = {"matchLabels": {"app.kubernetes.io/managed-by": "seldon-core"}}
    assert objects[MONITOR]["spec"] == {
        "selector": pods,
        "podMetricsEndpoints": [{"port": "metrics", "path": "/prometheus"}],
    }
    gateway = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
    operation = {"methods": ["GET"], "paths": ["/prometheus"], "ports": ["8000", "6000"]}
    assert objects[POLICY]["spec"] == {
        "action": "ALLOW",
        "selector": pods,
        "rules": [
            {"from": [{"source": {"notPrincipals": [gateway]}}], "to": [{"operation": operation}]}
        ],
    }


def test_a_model_that_promises_nothing_is_scraped_only() -> None:
    assert set(made({"objectives": None})) == {MONITOR, POLICY}


def test_without_a_grafana_prometheus_watches_alone() -> None:
    assert set(made(grafana=None)) == {RULE, MONITOR, POLICY}


def test_only_what_is_promised_is_watched() -> None:
    objects = made({"objectives": {"errors": "0.5%"}})
    [record, rule] = objects[RULE]["spec"]["groups"][0]["rules"]
    assert record["record"] == "namespace_deployment_name_predictor_name:requests:rate5m"
    assert (rule["alert"], rule["expr"].rpartition("\n")[2]) == ("ModelErrorsHigh", ") > 0.005")
    [alert] = objects[GROUP]["spec"]["rules"]
    assert alert["title"] == "sentiment: ModelErrorsHigh"


def test_an_alert_says_whom_it_is_for() -> None:
    objects = made(severity="critical")
    rules = [*objects[RULE]["spec"]["groups"][0]["rules"], *objects[GROUP]["spec"]["rules"]]
    wanted = {"severity": "critical", "team": "nlp", "model": "sentiment"}
    slow = {**wanted, "quantile": "p95"}
    assert [rule["labels"] for rule in rules if "record" not in rule] == [slow, wanted] * 2


@pytest.mark.parametrize(
    ("severity", "severities"),
    [
        ("info", ["warning", "warning", "info", "info"]),
        ("warning", ["critical", "critical", "warning", "warning"]),
        ("critical", ["critical"] * 4),
    ],
)
def test_a_budget_that_is_used_up_within_days_is_more_urgent(
    severity: str, severities: list[str]
) -> None:
    rules = made({"objectives": {"availability": "99.9%"}}, severity=severity)[GROUP]
    found = [(rule["title"], rule["labels"]["severity"]) for rule in rules["spec"]["rules"]]
    titles = [f"sentiment within {long}: ModelErrorBudgetBurn" for long in ("1h", "6h", "1d", "3d")]
    assert found == list(zip(titles, severities, strict=True))


def recorded(**objectives: Any) -> list[str]:
    rules = made({"objectives": objectives})[RULE]["spec"]["groups"][0]["rules"]
    records = [rule["record"].partition(":")[2] for rule in rules if "record" in rule]
    texts = [rule["expr"] for rule in rules]
    assert all(any(f":{record}{{" in text for text in texts) for record in records)
    return records


def test_only_what_an_alert_reads_is_recorded() -> None:
    assert recorded(inputDrift=0.2) == []
    assert recorded(latency={"p99": "1s"}) == ["requests:rate5m"]
    assert recorded(errors="1%") == ["requests:rate5m"]
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
    shares = [f"request_faults_per_requests:ratio_rate{window}" for window in windows]
    assert recorded(availability="99.9%") == ["requests:rate5m", *shares]


def test_prometheus_finds_the_sidecars_of_kserve_s_pods_and_knows_what_they_serve() -> None:
    objects = made({"engine": "kserve", "objectives": None})
    assert set(objects) == {("PodMonitor", "kserve-metrics")}
    [monitor] = objects.values()
    assert complaints("prometheus-operator-0.93.0.yaml", monitor) == []
    assert monitor["metadata"]["labels"] == {"release": "kube-prometheus-stack"}
    assert monitor["spec"]["selector"] == {
        "matchLabels": {"component": "predictor"},
        "matchExpressions": [{"key": "serving.kserve.io/inferenceservice", "operator": "Exists"}],
    }
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http-envoy-prom", "/stats/prometheus")
    label = "__meta_kubernetes_pod_label_serving_kserve_io_inferenceservice"
    annotation = "__meta_kubernetes_pod_annotation_kfsynth_version"
    assert endpoint["relabelings"] == [
        {"sourceLabels": [label], "targetLabel": "model"},
        {"sourceLabels": [annotation], "targetLabel": "version"},
    ]
    [kept] = endpoint["metricRelabelings"]
    assert re.fullmatch(kept["regex"], "istio_request_duration_milliseconds_bucket")
    assert not re.fullmatch(kept["regex"], "istio_requests_total")


def test_the_pods_say_which_version_they_serve() -> None:
    app = App()
    model = Model.model_validate({**MODEL, "engine": "kserve"})
    KServeModel(Chart(app, "models"), model, kserve="0.13.0", mirror=str)
    [service] = [each.body for each in collect(app) if "Inference" in each.body["kind"]]
    assert service["spec"]["predictor"]["annotations"]["kfsynth/version"] == "7"


def test_a_team_is_scraped_by_the_engines_that_it_has() -> None:
    kserve = {"name": "topics", "engine": "kserve", "objectives": None}
    both = made({"objectives": None}, kserve)
    assert set(both) == {MONITOR, POLICY, ("PodMonitor", "kserve-metrics")}


def test_a_rule_group_lies_in_its_team_s_folder() -> None:
    objects = made()
    assert objects[GROUP]["spec"]["folderRef"] == objects[FOLDER]["metadata"]["name"]
    assert objects[FOLDER]["spec"] == {
        "instanceSelector": {"matchLabels": {"dashboards": "grafana"}},
        "allowCrossNamespaceImport": True,
        "uid": "models_nlp",
        "title": "Models of nlp",
    }


@pytest.mark.parametrize("length", [9, 63])
def test_uids_are_what_grafana_takes_and_no_two_are_alike(length: int) -> None:
    names = ["m" * (length - 1) + end for end in "ab"]
    objects = made(*({"name": name} for name in names))
    groups = [body for (kind, _), body in objects.items() if kind == "GrafanaAlertRuleGroup"]
    uids = [rule["uid"] for group in groups for rule in group["spec"]["rules"]]
    assert len(set(uids)) == 4
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid) for uid in uids)


def test_the_query_s_model_which_no_crd_describes() -> None:
    [latency, _] = made(
        grafana={"instanceSelector": {"dashboards": "grafana"}, "datasourceUid": "thanos"}
    )[GROUP]["spec"]["rules"]
    query, threshold = latency["data"]
    assert (query["datasourceUid"], threshold["datasourceUid"]) == ("thanos", "__expr__")
    assert {**query["model"], "expr": ""} == {
        "refId": "A",
        "datasource": {"type": "prometheus", "uid": "thanos"},
        "editorMode": "code",
        "expr": "",
        "instant": True,
        "range": False,
    }
    assert threshold["model"] == {
        "refId": "C",
        "type": "threshold",
        "datasource": {"type": "__expr__", "uid": "__expr__"},
        "expression": "A",
        "conditions": [{"evaluator": {"type": "gt", "params": [0.5]}}],
    }
    assert latency["condition"] == "C"
