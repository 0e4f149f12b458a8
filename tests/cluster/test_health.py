"""The health checks of argocd/settings, run by Argo CD itself on the statuses that objects can have."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from synth.catalog.health import CHECKS
from synth.render.documents import dump
from tests.repository import ROOT

SETTINGS = ROOT / "argocd/settings/argocd/configmap-argocd-cm.yaml"
CRD = "CustomResourceDefinition"
CASES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("argoproj.io/v1alpha1", "Application", {}, "Progressing", ""),
    (
        "argoproj.io/v1alpha1", "Application",
        {"status": {"health": {"status": "Degraded", "message": "a pod fails"}}},
        "Degraded", "a pod fails",
    ),
    (
        "argoproj.io/v1alpha1", "Application",
        {"status": {"health": {"status": "Missing"}}}, "Missing", "",
    ),
    (
        "argoproj.io/v1alpha1", "Application",
        {
            "status": {
                "health": {"status": "Healthy"},
                "operationState": {"phase": "Running", "message": "waiting for a hook"},
            }
        },
        "Progressing", "waiting for a hook",
    ),
    (
        "argoproj.io/v1alpha1", "Application",
        {"status": {"health": {"status": "Healthy"}, "operationState": {"phase": "Failed"}}},
        "Healthy", "",
    ),
    (
        "argoproj.io/v1alpha1", "Application",
        {"status": {"health": {"status": "Healthy"}}}, "Healthy", "",
    ),
    (
        "machinelearning.seldon.io/v1", "SeldonDeployment",
        {}, "Progressing", "waiting for the operator",
    ),
    (
        "machinelearning.seldon.io/v1", "SeldonDeployment",
        {"status": {"state": "Creating"}}, "Progressing", "",
    ),
    (
        "machinelearning.seldon.io/v1", "SeldonDeployment",
        {"status": {"state": "Failed", "description": "no model there"}},
        "Degraded", "no model there",
    ),
    (
        "machinelearning.seldon.io/v1", "SeldonDeployment",
        {"status": {"state": "Available"}}, "Healthy", "",
    ),
    ("kubeflow.org/v1", "Profile", {}, "Progressing", "waiting for the profile controller"),
    (
        "kubeflow.org/v1", "Profile",
        {"status": {"conditions": [{"type": "Failed", "message": "owned by another"}]}},
        "Degraded", "owned by another",
    ),
    (
        "kubeflow.org/v1", "Profile",
        {"metadata": {"finalizers": ["profile-finalizer"]}}, "Healthy", "",
    ),
    (
        "kubeflow.org/v1beta1", "Profile",
        {"metadata": {"finalizers": ["someone-elses"]}},
        "Progressing", "waiting for the profile controller",
    ),
    (
        "sources.knative.dev/v1beta1", "KafkaSource",
        {}, "Progressing", "waiting for Knative's Kafka source",
    ),
    (
        "sources.knative.dev/v1beta1", "KafkaSource",
        {"status": {"conditions": [{"type": "Ready", "status": "Unknown", "message": "no sink"}]}},
        "Progressing", "no sink",
    ),
    (
        "sources.knative.dev/v1beta1", "KafkaSource",
        {
            "status": {
                "conditions": [
                    {"type": "SinkProvided", "status": "True"},
                    {"type": "Ready", "status": "False", "message": "no such topic"},
                ]
            }
        },
        "Degraded", "no such topic",
    ),
    (
        "sources.knative.dev/v1", "KafkaSource",
        {
            "metadata": {"generation": 3},
            "status": {
                "observedGeneration": 2,
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        },
        "Progressing", "waiting for Knative's Kafka source",
    ),
    (
        "sources.knative.dev/v1", "KafkaSource",
        {
            "metadata": {"generation": 3},
            "status": {
                "observedGeneration": 3,
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        },
        "Healthy", "",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaAlertRuleGroup",
        {}, "Progressing", "waiting for the Grafana operator",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaAlertRuleGroup",
        {
            "status": {
                "conditions": [
                    {"type": "NoMatchingInstance", "status": "True", "message": "no Grafana"}
                ]
            }
        },
        "Degraded", "no Grafana",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaAlertRuleGroup",
        {
            "status": {
                "conditions": [
                    {"type": "AlertGroupSynchronized", "status": "False", "message": "refused"}
                ]
            }
        },
        "Degraded", "refused",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaAlertRuleGroup",
        {"status": {"conditions": [{"type": "AlertGroupSynchronized", "status": "True"}]}},
        "Healthy", "",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaContactPoint",
        {
            "metadata": {"generation": 2},
            "status": {
                "conditions": [
                    {
                        "type": "ContactPointSynchronized",
                        "status": "True",
                        "observedGeneration": 2,
                        "message": "applied to 1 instances",
                    }
                ]
            },
        },
        "Healthy", "applied to 1 instances",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaContactPoint",
        {
            "metadata": {"generation": 2},
            "status": {
                "conditions": [
                    {
                        "type": "InvalidSpec",
                        "status": "True",
                        "observedGeneration": 2,
                        "message": "no such Secret",
                    }
                ]
            },
        },
        "Degraded", "no such Secret",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaNotificationPolicy",
        {
            "metadata": {"generation": 3},
            "status": {
                "conditions": [
                    {
                        "type": "NotificationPolicySynchronized",
                        "status": "True",
                        "observedGeneration": 2,
                    }
                ]
            },
        },
        "Progressing", "waiting for the Grafana operator",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaNotificationPolicy",
        {"status": {"conditions": [{"type": "NotificationPolicySynchronized", "status": "True"}]}},
        "Healthy", "",
    ),
    (
        "grafana.integreatly.org/v1beta1", "GrafanaMuteTiming",
        {"status": {"conditions": [{"type": "MuteTimingSynchronized", "status": "True"}]}},
        "Healthy", "",
    ),
    ("argoproj.io/v1alpha1", "Sensor", {}, "Progressing", "waiting for Argo Events"),
    (
        "argoproj.io/v1alpha1", "EventSource",
        {
            "status": {
                "conditions": [
                    {
                        "type": "Deployed",
                        "status": "False",
                        "reason": "EventBusNotReady",
                        "message": "EventBus not ready.",
                    },
                    {"type": "SourcesProvided", "status": "True"},
                ]
            }
        },
        "Progressing", "EventBus not ready.",
    ),
    (
        "argoproj.io/v1alpha1", "Sensor",
        {
            "status": {
                "conditions": [
                    {"type": "DependenciesProvided", "status": "True"},
                    {"type": "Deployed", "status": "Unknown"},
                    {
                        "type": "TriggersProvided",
                        "status": "False",
                        "reason": "InvalidTriggers",
                        "message": "invalid comparator",
                    },
                ]
            }
        },
        "Degraded", "invalid comparator",
    ),
    (
        "argoproj.io/v1alpha1", "EventSource",
        {
            "status": {
                "conditions": [
                    {"type": "Deployed", "status": "True"},
                    {"type": "SourcesProvided", "status": "True"},
                ]
            }
        },
        "Healthy", "",
    ),
    (
        "opentelemetry.io/v1beta1", "OpenTelemetryCollector",
        {}, "Progressing", "waiting for the OpenTelemetry operator",
    ),
    (
        "opentelemetry.io/v1beta1", "OpenTelemetryCollector",
        {"status": {"scale": {"replicas": 1, "statusReplicas": "0/1"}}}, "Progressing", "0/1 ready",
    ),
    (
        "opentelemetry.io/v1beta1", "OpenTelemetryCollector",
        {"status": {"scale": {"replicas": 2, "statusReplicas": "2/2"}}}, "Healthy", "2/2 ready",
    ),
    ("kibana.k8s.elastic.co/v1", "Kibana", {}, "Progressing", "waiting for ECK"),
    (
        "kibana.k8s.elastic.co/v1", "Kibana",
        {"status": {"health": "red"}}, "Progressing", "no pod is available",
    ),
    ("kibana.k8s.elastic.co/v1", "Kibana", {"status": {"health": "green"}}, "Healthy", ""),
    (
        "kibana.k8s.elastic.co/v1", "Kibana",
        {"metadata": {"generation": 2}, "status": {"observedGeneration": 1, "health": "green"}},
        "Progressing", "waiting for ECK",
    ),
    ("apiextensions.k8s.io/v1", CRD, {}, "Healthy", ""),
    (
        "apiextensions.k8s.io/v1", CRD,
        {
            "status": {
                "conditions": [
                    {"type": "NamesAccepted", "status": "True"},
                    {"type": "Established", "status": "False", "message": "installing"},
                ]
            }
        },
        "Healthy", "",
    ),
    (
        "apiextensions.k8s.io/v1", CRD,
        {
            "status": {
                "conditions": [
                    {"type": "NamesAccepted", "status": "True"},
                    {"type": "Established", "status": "True"},
                ]
            }
        },
        "Healthy", "",
    ),
    (
        "apiextensions.k8s.io/v1", CRD,
        {
            "status": {
                "conditions": [
                    {"type": "Established", "status": "True"},
                    {"type": "NamesAccepted", "status": "False", "message": "taken"},
                ]
            }
        },
        "Degraded", "taken",
    ),
    (
        "apiextensions.k8s.io/v1", CRD,
        {
            "status": {
                "conditions": [
                    {"type": "NonStructuralSchema", "status": "True", "message": "no type"},
                    {"type": "Established", "status": "True"},
                ]
            }
        },
        "Degraded", "no type",
    ),
    (
        "apiextensions.k8s.io/v1", CRD,
        {
            "status": {
                "conditions": [
                    {"type": "Established", "status": "True"},
                    {"type": "Terminating", "status": "True"},
                ]
            }
        },
        "Progressing", "terminating",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("api_version", "kind", "content", "status", "message"), CASES)
def test_argo_cd_sees_what_an_object_says(
    api_version: str,
    kind: str,
    content: dict[str, Any],
    status: str,
    message: str,
    argocd_command: Path,
    tmp_path: Path,
) -> None:
    metadata = {"name": "any", "namespace": "any", **content.get("metadata", {})}
    body = {"apiVersion": api_version, "kind": kind, **content, "metadata": metadata}
    path = tmp_path / "object.yaml"
    path.write_text(dump(body))
    assert health(argocd_command, path) == (status, message)


def test_every_check_has_cases() -> None:
    covered = {f"{case[0].partition('/')[0]}_{case[1]}" for case in CASES}
    assert covered == CHECKS.keys()


def health(argocd: Path, path: Path) -> tuple[str, str]:
    """What Argo CD says of the object in a file."""
    command: list[str | Path] = [argocd, "admin", "settings", "resource-overrides", "health", path]
    done = subprocess.run(
        [*command, "--argocd-cm-path", SETTINGS], check=True, capture_output=True, text=True
    )
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    return said["STATUS"], said.get("MESSAGE", "")
