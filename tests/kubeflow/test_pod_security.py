"""Upstream's pods, against the Pod Security levels of upstream's own namespaces."""

from __future__ import annotations

import pytest

from synth.catalog.kubeflow import RELEASES
from synth.kit.objects import Body, identity
from synth.rules.pod_security.evaluation import Level, violations
from synth.rules.pod_security.kinds import CLUSTER_WIDE
from tests.kubeflow.releases import Upstream
from tests.rules.pod_security.judge import about, judged, ours

ENFORCE = "pod-security.kubernetes.io/enforce"


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
