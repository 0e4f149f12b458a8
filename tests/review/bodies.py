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


SERVICE = manifest(
    "v1", "Service", "web", namespace="nlp", spec={"clusterIP": "10.0.0.1", "ports": [{"port": 80}]}
)
CLAIM = manifest(
    "v1",
    "PersistentVolumeClaim",
    "data",
    namespace="nlp",
    spec={
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "a",
        "resources": {"requests": {"storage": "10Gi"}},
    },
)
STATEFUL = manifest(
    "apps/v1",
    "StatefulSet",
    "db",
    namespace="nlp",
    spec={"serviceName": "db", "replicas": 1, "template": {}},
)
BINDING = manifest(
    "rbac.authorization.k8s.io/v1",
    "RoleBinding",
    "readers",
    namespace="nlp",
    roleRef={"kind": "Role", "name": "reader"},
    subjects=[{"kind": "ServiceAccount", "name": "web", "namespace": "nlp"}],
)
NAMESPACE = manifest(
    "v1", "Namespace", "nlp", labels={"pod-security.kubernetes.io/enforce": "restricted"}
)
CONFIG = manifest(
    "v1", "ConfigMap", "web", namespace="nlp", data={"a.conf": "one\ntwo\nthree\n", "b": "1"}
)
SECRET = manifest("v1", "Secret", "web", namespace="nlp", data={"password": "aaaa"})
BUDGET = manifest(
    "policy/v1", "PodDisruptionBudget", "web", namespace="nlp", spec={"minAvailable": 1}
)
TOPIC = manifest(
    "kafka.strimzi.io/v1beta2",
    "KafkaTopic",
    "comments",
    namespace="kafka",
    spec={"partitions": 6, "config": {"retention.ms": 604800000}},
)
ACCOUNT = manifest("v1", "ServiceAccount", "web", namespace="nlp")
SOURCE = manifest(
    "sources.knative.dev/v1beta1",
    "KafkaSource",
    "comments",
    namespace="nlp",
    spec={"consumerGroup": "a"},
)
APPLICATION = manifest(
    "argoproj.io/v1alpha1",
    "Application",
    "prod-models",
    namespace="argocd",
    spec={"destination": {"server": "https://a"}, "source": {"targetRevision": "1.0"}},
)
JOB = manifest(
    "batch/v1",
    "Job",
    "once",
    namespace="nlp",
    spec={"template": {"spec": {"containers": [{"name": "a", "image": "r.io/a:1"}]}}},
)
KSERVE = manifest(
    "serving.kserve.io/v1beta1",
    "InferenceService",
    "sentiment",
    namespace="nlp",
    spec={"predictor": {"canaryTrafficPercent": 10}},
)
INITS = manifest(
    "v1",
    "Pod",
    "web",
    namespace="nlp",
    spec={
        "initContainers": [{"name": "a", "image": "r.io/a:1"}, {"name": "b", "image": "r.io/b:1"}]
    },
)
ADMIN = manifest(
    "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding",
    "everything",
    roleRef={"kind": "ClusterRole", "name": "cluster-admin"},
    subjects=[{"kind": "User", "name": "eve"}],
)
PEER = manifest(
    "security.istio.io/v1beta1",
    "PeerAuthentication",
    "default",
    namespace="nlp",
    spec={"mtls": {"mode": "STRICT"}},
)
ALLOW = manifest(
    "security.istio.io/v1beta1",
    "AuthorizationPolicy",
    "web",
    namespace="nlp",
    spec={"action": "ALLOW", "rules": [{"from": [{"source": {"namespaces": ["nlp"]}}]}]},
)


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


HOOK = put(JOB, {"argocd.argoproj.io/hook": "Sync"}, "metadata", "annotations")
WEB = ("spec", "template", "spec", "containers", "web")
"""Where a Deployment has its container."""
