"""Objects whose pods the namespace that they are in refuses."""

from __future__ import annotations

from typing import Any

from synth.kit.objects import Body, Identity, manifest
from synth.rules.findings import Finding
from tests.rules.rendered import SMALL, UPSTREAM, error, findings

ENFORCE = "pod-security.kubernetes.io/enforce"
PROFILE = Identity("kubeflow.org", "Profile", "", "nlp")


def job(namespace: str = "nlp", **spec: Any) -> Body:
    image = "registry.example.com/mlflow:1.0.0"
    container = {"name": "migrate", "image": image, "resources": SMALL}
    pod = {"restartPolicy": "Never", "containers": [container], **spec}
    return manifest(
        "batch/v1", "Job", "migrate", namespace=namespace,
        spec={"template": {"metadata": {"labels": {"sidecar.istio.io/inject": "false"}}, "spec": pod}},
    )  # fmt: skip


def namespace(**labels: str) -> Body:
    return manifest("v1", "Namespace", "mlflow", labels=labels)


def refused(where: str, level: str, what: str) -> Finding:
    return error(
        "PS001", f"Job.batch {where}/migrate",
        f"makes pods that namespace {where} refuses, which is {level}: {what}; take that out, or use "
        "another namespace",
    )  # fmt: skip


HOST = "host namespaces (hostNetwork=true)"


def test_a_pod_that_its_namespace_refuses() -> None:
    baseline = namespace(**{ENFORCE: "baseline"})
    assert findings(baseline, job("mlflow", hostNetwork=True)) == [
        refused("mlflow", "baseline", HOST)
    ]
    assert findings(baseline, job("mlflow")) == []
    assert findings(namespace(), job("mlflow", hostNetwork=True)) == []
    assert findings(namespace(**{ENFORCE: "privileged"}), job("mlflow", hostNetwork=True)) == []


def test_the_version_that_a_namespace_pins_counts() -> None:
    sysctl = {"sysctls": [{"name": "net.ipv4.tcp_keepalive_time", "value": "60"}]}
    labels = {ENFORCE: "baseline", f"{ENFORCE}-version": "v1.26"}
    wrong = "forbidden sysctls (net.ipv4.tcp_keepalive_time)"
    body = job("mlflow", securityContext=sysctl)
    assert findings(namespace(**labels), body, kubernetes="1.30") == [
        refused("mlflow", "baseline", wrong)
    ]
    labels[f"{ENFORCE}-version"] = "latest"
    assert findings(namespace(**labels), body, kubernetes="1.30") == []


def test_a_namespace_that_argo_cd_makes_for_a_chart() -> None:
    application = manifest(
        "argoproj.io/v1alpha1", "Application", "prod-eck-operator", namespace="argocd",
        spec={
            "project": "prod",
            "destination": {"namespace": "mlflow"},
            "syncPolicy": {"managedNamespaceMetadata": {"labels": {ENFORCE: "baseline"}}},
        },
    )  # fmt: skip
    assert findings(application, job("mlflow", hostNetwork=True)) == [
        refused("mlflow", "baseline", HOST)
    ]


def test_the_level_of_teams_is_that_of_the_release() -> None:
    body = job(hostNetwork=True)
    assert findings(body, known=[PROFILE]) == []
    assert findings(body, known=[PROFILE], kubeflow="1.8.1") == []
    recent = findings(body, known=[PROFILE], kubeflow="1.10", kubernetes="1.32")
    assert recent == [refused("nlp", "baseline", HOST)]
    newest = findings(body, known=[PROFILE], kubeflow="26.03", kubernetes="1.34")
    assert newest == recent


def test_before_the_plugin_a_sidecar_needs_more_than_baseline() -> None:
    meshed = namespace(**{ENFORCE: "baseline", "istio-injection": "enabled"})
    body = job("mlflow")
    del body["spec"]["template"]["metadata"]
    what = 'non-default capabilities (container "istio-init" must not include "NET_ADMIN", "NET_RAW" in securityContext.capabilities.add)'
    assert findings(meshed, body) == [refused("mlflow", "baseline", what)]
    assert findings(meshed, body, kubeflow="1.10", kubernetes="1.32") == []
    assert findings(meshed, job("mlflow")) == []


def test_what_upstream_wrote_is_a_warning() -> None:
    found = findings(
        namespace(**{ENFORCE: "baseline"}), job("mlflow", hostPID=True), origin=UPSTREAM
    )
    assert [(each.code, each.severity) for each in found] == [("PS001", "warning")]
