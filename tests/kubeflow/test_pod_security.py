"""Upstream's pods, against the Pod Security levels of upstream's own namespaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.kit.objects import Body, identity
from synth.render.documents import load_all
from synth.rules.pod_security.evaluation import Level, violations
from synth.rules.pod_security.kinds import CLUSTER_WIDE, READERS
from tests.kubeflow.releases import Upstream
from tests.rules.pod_security.judge import about, judged, ours
from tests.shared import shared

ENFORCE = "pod-security.kubernetes.io/enforce"
NOT_READ = {
    # Patches of the pods that these operators make, which are not read.
    "Alertmanager.monitoring.coreos.com", "Prometheus.monitoring.coreos.com",
    "PrometheusAgent.monitoring.coreos.com", "ThanosRuler.monitoring.coreos.com",
    "Grafana.grafana.integreatly.org", "TrainJob.trainer.kubeflow.org",
    # What Argo's controller hands to its agents.
    "WorkflowTaskSet.argoproj.io",
}  # fmt: skip


def with_pods(bodies: Iterable[Body]) -> set[str]:
    """The kinds whose schema has containers of a pod somewhere."""
    return {
        f"{body['spec']['names']['kind']}.{body['spec']['group']}"
        for body in bodies
        if body["kind"] == "CustomResourceDefinition"
        for version in body["spec"]["versions"]
        if holds_containers(version.get("schema"))
    }


def holds_containers(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(holds_containers, schema))
    if not isinstance(schema, dict):
        return False
    here = (schema.get("properties") or {}).get("containers")
    return (isinstance(here, dict) and here.get("type") == "array") or any(
        map(holds_containers, schema.values())
    )


def levels(bodies: list[Body]) -> dict[str, Level]:
    """The level of each namespace that has one."""
    return {
        body["metadata"]["name"]: body["metadata"]["labels"][ENFORCE]
        for body in bodies
        if body["kind"] == "Namespace" and ENFORCE in body["metadata"].get("labels", {})
    }


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_upstreams_namespaces_take_upstreams_pods(upstream: Upstream) -> None:
    bodies, version = upstream.example(), upstream.release.kubernetes[-1]
    found = levels(bodies)
    assert bool(found) == (upstream.release.name not in {"1.8.0", "1.8.1", "1.9.1"})
    for body in bodies:
        at = identity(body)
        if at.group_kind not in CLUSTER_WIDE:
            level = found.get(at.namespace, "privileged")
            assert list(violations(body, level, version)) == [], at


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_upstreams_pods_are_judged_as_kubernetes_does(upstream: Upstream) -> None:
    questions = about(upstream.example(), upstream.release.kubernetes[-1])
    assert len(questions) > 100
    verdicts = judged(questions, strict=False)
    assert [ours(question) for question in questions] == verdicts
    assert any(verdicts)


@pytest.mark.parametrize("upstream", RELEASES, indirect=True)
def test_every_kind_of_upstreams_that_holds_pods_is_read(upstream: Upstream) -> None:
    kinds = with_pods(upstream.example())
    assert "Notebook.kubeflow.org" in kinds
    assert kinds - READERS.keys() <= NOT_READ


def test_every_kind_of_add_ons_that_holds_pods_is_read_or_known() -> None:
    files = sorted((shared() / "crds").glob("*.yaml"))
    kinds = with_pods(body for file in files for body in load_all(file.read_text()))
    assert "Elasticsearch.elasticsearch.k8s.elastic.co" in kinds
    assert kinds - READERS.keys() == NOT_READ - {"TrainJob.trainer.kubeflow.org"}
