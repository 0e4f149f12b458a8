"""Versions of Kubernetes' own APIs that a later Kubernetes has given up."""

from __future__ import annotations

import pytest

from synth.kit.objects import manifest
from tests.rules.rendered import findings, warning

SCHEMA = "FlowSchema.flowcontrol.apiserver.k8s.io exempt"


@pytest.mark.parametrize(
    ("api_version", "kubernetes", "said"),
    [
        ("v1beta2", "1.26", "Kubernetes 1.29 does not have: it has {0}v1 and {0}v1beta3"),
        ("v1beta3", "1.29", "Kubernetes 1.32 does not have: it has {0}v1"),
    ],
)
def test_a_version_that_will_be_gone(api_version: str, kubernetes: str, said: str) -> None:
    group = "flowcontrol.apiserver.k8s.io/"
    body = manifest(f"{group}{api_version}", "FlowSchema", "exempt")
    message = f"is {group}{api_version}, which {said.format(group)}"
    assert findings(body, kubernetes=kubernetes) == [warning("SC007", SCHEMA, message)]


def test_a_kind_that_will_be_gone() -> None:
    body = manifest("networking.k8s.io/v1alpha1", "ClusterCIDR", "all")
    said = warning(
        "SC007", "ClusterCIDR.networking.k8s.io all",
        "is networking.k8s.io/v1alpha1, which Kubernetes 1.29 does not have: nothing takes its place",
    )  # fmt: skip
    assert findings(body, kubernetes="1.26") == [said]


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("flowcontrol.apiserver.k8s.io/v1", "FlowSchema"), ("kubeflow.org/v1beta1", "Profile")],
)
def test_what_stays_or_is_nobodys_here(api_version: str, kind: str) -> None:
    body = manifest(api_version, kind, "exempt")
    assert findings(body, kubernetes="1.29") == []
