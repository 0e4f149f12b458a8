"""Objects that changes are made to."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from synth.kit.objects import Body, manifest


def predictor(name: str, version: int, traffic: int) -> Body:
    return {
        "name": name,
        "traffic": traffic,
        "replicas": 1,
        "annotations": {
            "kfsynth/version": str(version),
            "kfsynth/artifact": f"s3://m/{version}",
            "kfsynth/run": f"run{version}",
        },
        "graph": {
            "name": "classifier",
            "implementation": "MLFLOW_SERVER",
            "modelUri": f"s3://m/{version}",
            "envSecretRefName": "artifacts",
        },
        "componentSpecs": [
            {
                "spec": {
                    "containers": [
                        {
                            "name": "classifier",
                            "image": "registry.example.com/nlp/server:1.2",
                            "resources": {
                                "requests": {"cpu": "500m", "memory": "1Gi"},
                                "limits": {"memory": "1Gi"},
                            },
                        }
                    ]
                }
            }
        ],
    }


def model(*predictors: Body, name: str = "sentiment") -> Body:
    return manifest(
        "machinelearning.seldon.io/v1",
        "SeldonDeployment",
        name,
        namespace="nlp",
        spec={"protocol": "v2", "predictors": list(predictors)},
    )


CANARY = model(predictor("stable", 7, 90), predictor("canary", 8, 10))

DEPLOYMENT = manifest(
    "apps/v1",
    "Deployment",
    "web",
    namespace="nlp",
    labels={"app": "web"},
    spec={
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "serviceAccountName": "web",
                "containers": [
                    {
                        "name": "web",
                        "image": "registry.example.com/web:v1.2",
                        "args": ["--one", "--two"],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                        "ports": [
                            {"name": "http", "containerPort": 80},
                            {"containerPort": 81, "name": "m"},
                        ],
                        "resources": {"requests": {"cpu": "500m", "memory": "1024Mi"}},
                        "securityContext": {"runAsNonRoot": True},
                    }
                ],
            },
        },
    },
)
QUOTA = manifest(
    "kubeflow.org/v1beta1",
    "Profile",
    "nlp",
    spec={
        "owner": {"kind": "User", "name": "lead@example.com"},
        "resourceQuotaSpec": {"hard": {"cpu": "20", "memory": "64Gi"}},
    },
)
ROLE = manifest(
    "rbac.authorization.k8s.io/v1",
    "Role",
    "reader",
    namespace="nlp",
    rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
)
CRON = manifest(
    "argoproj.io/v1alpha1",
    "CronWorkflow",
    "training",
    namespace="nlp",
    spec={"schedule": "0 * * * *", "suspend": False},
)
RULES = manifest(
    "monitoring.coreos.com/v1",
    "PrometheusRule",
    "sentiment",
    namespace="nlp",
    spec={
        "groups": [
            {
                "name": "nlp.sentiment",
                "rules": [
                    {"alert": "Slow", "expr": 'latency{model="sentiment"} > 0.5', "for": "5m"},
                    {"alert": "Failing", "expr": "errors > 0.01", "for": "5m"},
                ],
            }
        ]
    },
)
POLICY = manifest(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    "web",
    namespace="nlp",
    spec={
        "podSelector": {"matchLabels": {"app": "web"}},
        "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "front"}}}]}],
    },
)
CRD = manifest(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "widgets.example.com",
    spec={
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {}}},
            {"name": "v1beta1", "served": True, "storage": False},
        ],
    },
)


def without(body: Body, *path: str) -> Body:
    """The object without what stands at a path."""
    copy = deepcopy(body)
    *rest, last = path
    _at(copy, rest).pop(last)
    return copy


def put(body: Body, value: Any, *path: str) -> Body:
    """The object with a value at a path, whose parts are keys, and names of entries of lists."""
    copy = deepcopy(body)
    *rest, last = path
    holder = _at(copy, rest)
    if isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value
    return copy


def _at(value: Any, path: list[str]) -> Any:
    for part in path:
        if isinstance(value, list):
            named = [each for each in value if part in (each.get("name"), each.get("alert"))]
            value = named[0] if named else value[int(part)]
        else:
            value = value.setdefault(part, {})
    return value
