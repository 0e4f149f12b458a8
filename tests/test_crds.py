"""Every custom resource of the committed example, against its project's CRD."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.kit.objects import Body, group_of
from synth.render.documents import load_all
from tests.schemas import complaints

ROOT = Path(__file__).parents[1]
CRDS = {
    "argoproj.io": "argo-cd-3.5.1.yaml",
    "beat.k8s.elastic.co": "eck-2.12.1.yaml",
    "elasticsearch.k8s.elastic.co": "eck-2.12.1.yaml",
    "external-secrets.io": "external-secrets.yaml",
    "kafka.strimzi.io": "strimzi-0.45.1.yaml",
    "kibana.k8s.elastic.co": "eck-2.12.1.yaml",
    "opentelemetry.io": "opentelemetry-operator-0.158.0.yaml",
    # The CRD of 1.10 keeps unknown fields; the full one knows v1beta1 as well.
    "sources.knative.dev": "knative-kafka-1.23.0.yaml",
    "machinelearning.seldon.io": "seldon-1.17.1.yaml",
    "monitoring.coreos.com": "prometheus-operator-0.93.0.yaml",
    "grafana.integreatly.org": "grafana-operator-5.24.0.yaml",
}
OF_KINDS = {
    "CronWorkflow": "argo-workflows-3.3.10.yaml",
    "WorkflowTemplate": "argo-workflows-3.3.10.yaml",
    # These keep unknown fields: make test-events has Argo Events itself read them.
    "EventBus": "argo-events-1.9.10.yaml",
    "EventSource": "argo-events-1.9.10.yaml",
    "Sensor": "argo-events-1.9.10.yaml",
}
# No CRD of these is at hand; Kustomize's own, built-in kinds, and what Kubeflow's tests cover.
WITHOUT = {
    "",
    "apps",
    "batch",
    "policy",
    "rbac.authorization.k8s.io",
    "networking.k8s.io",
    "serving.knative.dev",
    "kustomize.config.k8s.io",
    "kubeflow.org",
    "security.istio.io",
}


def crds(body: Body) -> str:
    return OF_KINDS.get(body["kind"]) or CRDS[group_of(body["apiVersion"])]


def objects() -> list[tuple[str, Body]]:
    return [
        (str(path.relative_to(ROOT)), body)
        for top in ("dist", "argocd")
        for path in sorted((ROOT / top).rglob("*.yaml"))
        if "overlays" not in path.parts
        for body in load_all(path.read_text())
    ]


def test_every_object_is_what_its_crd_says() -> None:
    wrong = {}
    for path, body in objects():
        group = group_of(body["apiVersion"])
        if group not in WITHOUT and (found := complaints(crds(body), body)):
            wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"predictor": []},
            "spec: Additional properties are not allowed ('predictor' was unexpected)",
        ),
        ({"replicas": "2"}, 'spec/replicas: "2" is not of type "integer"'),
    ],
)
def test_the_judge_sees_unknown_fields_and_wrong_types(change: Body, said: str) -> None:
    body = next(body for _, body in objects() if body["kind"] == "SeldonDeployment")
    crd = "seldon-1.17.1.yaml"
    assert complaints(crd, {**body, "spec": {**body["spec"], **change}}) == [said]


def test_nothing_carries_secret_data_a_latest_tag_or_a_wildcard_permission() -> None:
    for path, body in objects():
        assert body["kind"] != "Secret", path
        text = (ROOT / path).read_text()
        assert ":latest" not in text, path
        for rules in (body.get("rules"), (body.get("spec") or {}).get("clusterResourceWhitelist")):
            assert "'*'" not in str(rules), path
