"""Objects that are not of the form that their kind has, as an overlay may add them: a finding, and
never more.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.kit.objects import Body
from tests.rules.rendered import error, findings

KINDS = {
    "SeldonDeployment": "machinelearning.seldon.io/v1",
    "InferenceService": "serving.kserve.io/v1beta1",
    "WorkflowTemplate": "argoproj.io/v1alpha1",
    "CronWorkflow": "argoproj.io/v1alpha1",
    "Sensor": "argoproj.io/v1alpha1",
    "EventBus": "argoproj.io/v1alpha1",
    "Application": "argoproj.io/v1alpha1",
    "OpenTelemetryCollector": "opentelemetry.io/v1beta1",
    "Elasticsearch": "elasticsearch.k8s.elastic.co/v1",
    "Beat": "beat.k8s.elastic.co/v1beta1",
    "Kafka": "kafka.strimzi.io/v1beta2",
    "Profile": "kubeflow.org/v1",
    "PyTorchJob": "kubeflow.org/v1",
    "PipelineVersion": "pipelines.kubeflow.org/v2beta1",
    "ScaledObject": "keda.sh/v1alpha1",
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "LimitRange": "v1",
    "ResourceQuota": "v1",
    "Service": "v1",
}
KEYS = (
    "predictors", "graph", "componentSpecs", "template", "templates", "spec", "containers",
    "metadata", "resources", "predictor", "model", "nodeSets", "podTemplate", "workflowSpec",
    "triggers", "source", "destination", "syncPolicy", "managedNamespaceMetadata", "labels",
    "resourceQuotaSpec", "hard", "limits", "scaleTargetRef", "replicas", "dag", "tasks", "children",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.integers(-1, 2) | st.sampled_from(["x", "1", "*"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=8,
)


def odd(kind: str, spec: Any) -> Body:
    metadata = {"name": "odd", "namespace": "nlp"}
    return {"apiVersion": KINDS[kind], "kind": kind, "metadata": metadata, "spec": spec}


@given(st.sampled_from(sorted(KINDS)), VALUES)
def test_no_object_is_too_odd(kind: str, spec: Any) -> None:
    findings(odd(kind, spec))


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        # Argo Events' CRDs permit anything.
        ("Sensor", {"triggers": 1}),
        ("Sensor", {"template": {"container": 0}}),
        ("EventBus", {"jetstream": 1}),
        ("Deployment", None),
    ],
)
def test_what_no_rule_can_read_is_said(kind: str, spec: Any) -> None:
    group = KINDS[kind].rpartition("/")[0]
    assert findings(odd(kind, spec)) == [
        error(
            "SC004", f"{kind}.{group} nlp/odd",
            "is not of the form that its kind has: compare it with the reference of the kind",
        )
    ]  # fmt: skip


def test_the_others_are_looked_at_all_the_same() -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "wide", "namespace": "nlp"},
        "rules": [rule],
    }
    found = findings(odd("Sensor", {"template": 0}), odd("Kafka", "x"), role)
    assert [each.code for each in found] == ["SC005", "SC004", "RB001"]
