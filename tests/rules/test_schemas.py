"""Kubernetes' own kinds against the schemas of the cluster's version."""

from __future__ import annotations

from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES, load_release
from synth.kit.objects import Body, manifest
from synth.rules.findings import Finding
from tests.rules.rendered import SMALL, error, findings


def job(api_version: str = "batch/v1", kind: str = "Job", **spec: Any) -> Body:
    image = "registry.example.com/mlflow:1.0.0"
    container = {"name": "migrate", "image": image, "resources": SMALL}
    pod = {"restartPolicy": "Never", "containers": [container]}
    return manifest(
        api_version, kind, "migrate", namespace="nlp", spec={"template": {"spec": pod}, **spec}
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"backoffLimit": "3"},
            'spec.backoffLimit must be an integer, not "3"',
        ),
        (
            {"backofLimit": 3},
            "spec has no field backofLimit: write backoffLimit",
        ),
        (
            {"template": {"spec": {"restartPolicy": "Never"}}},
            "spec.template.spec lacks containers: add it",
        ),
    ],
)
def test_what_does_not_fit_its_kind(wrong: dict[str, Any], message: str) -> None:
    assert findings(job(**wrong)) == [
        error("SC001", "Job.batch nlp/migrate", f"does not fit its kind: {message}")
    ]
    assert findings(job(backoffLimit=3)) == []


@pytest.mark.parametrize(
    ("api_version", "kind", "kubernetes", "message"),
    [
        ("batch/v1", "Jop", "1.26", "batch/v1 has no Jop, but Job"),
        ("batch/v1", "Migration", "1.26", "batch/v1 has no Migration"),
        ("batch/v1beta1", "CronJob", "1.26", "there CronJob is in batch/v1, not in batch/v1beta1"),
        (
            "policy/v1beta1", "PodSecurityPolicy", "1.26",
            "policy/v1beta1 has no PodSecurityPolicy",
        ),
    ],
)  # fmt: skip
def test_a_kind_that_is_not_there(
    api_version: str, kind: str, kubernetes: str, message: str
) -> None:
    group = api_version.partition("/")[0]
    assert findings(job(api_version, kind), kubernetes=kubernetes) == [
        error(
            "SC002", f"{kind}.{group} nlp/migrate",
            f"is of no kind of Kubernetes {kubernetes}: {message}",
        )
    ]  # fmt: skip


def test_what_the_cluster_has_decides() -> None:
    policy = manifest(
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "images", spec={}
    )
    assert findings(policy, kubernetes="1.30") == []
    assert [each.code for each in findings(policy, kubernetes="1.26")] == ["SC002"]


@pytest.mark.parametrize("release", RELEASES)
def test_every_version_that_a_release_runs_on_is_known(release: str) -> None:
    for version in load_release(release).kubernetes:
        assert [e.code for e in findings(job(backoffLimit="3"), kubernetes=version)] == ["SC001"]


def test_a_version_without_schemas_is_said() -> None:
    assert findings(job(backoffLimit="3"), kubernetes="1.19") == [
        Finding(
            "SC003", "warning", "cluster.kubernetes",
            "no schemas of Kubernetes 1.19 are at hand: no object was held to its kind's",
        )
    ]  # fmt: skip
