"""What the rules say of a Kubeflow install."""

from __future__ import annotations

from typing import Any

import pytest

from synth.catalog.kubeflow import RELEASES, load_release
from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.kubeflow import check_kubeflow


def findings(
    argocd: str = "3.2",
    policy: dict[str, Any] | None = None,
    registry: str | None = None,
    severity: str = "error",
    kubernetes: str = "1.26",
    **kubeflow: Any,
) -> list[Finding]:
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": kubernetes},
            "gitops": {
                "repoURL": "https://git.example.com/ml/platform.git",
                "argocd": {"version": argocd},
            },
            "policy": policy or {},
            "registry": registry,
            "kubeflow": {"release": "1.8.1", **kubeflow},
        }
    )
    return [each for each in check_kubeflow(environment) if each.severity == severity]


@pytest.mark.parametrize("release", RELEASES)
def test_all_components_together_lack_nothing(release: str) -> None:
    switches = dict.fromkeys(load_release(release).components, True)
    assert findings(release=release, components=switches) == []


@pytest.mark.parametrize(
    ("release", "off", "needy"),
    [
        ("1.8.1", "cert-manager", ["admission-webhook", "katib", "kserve", "kubeflow-issuer",
                                   "pipelines", "pvcviewer-controller", "seldon"]),
        ("26.03", "profiles", ["user-namespace"]),
    ],
)  # fmt: skip
def test_what_others_need_cannot_be_switched_off(release: str, off: str, needy: list[str]) -> None:
    switches = {**dict.fromkeys(load_release(release).components, True), off: False}
    assert sorted(findings(release=release, components=switches)) == [
        Finding(
            "KF002", "error", f"kubeflow.components.{off}",
            f"{name} needs {off}: switch it on, or {name} off",
        )
        for name in needy
    ]  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("off", ["cert-manager", "istio-crds", "kubeflow-namespace"])
def test_every_component_that_needs_what_is_off_is_named(release: str, off: str) -> None:
    parts = load_release(release).components
    switches = {**dict.fromkeys(parts, True), off: False}
    expected = [
        Finding(
            "KF002", "error", f"kubeflow.components.{off}",
            f"{part.name} needs {off}: switch it on, or {part.name} off",
        )
        for part in parts.values()
        if off in part.requires
    ]  # fmt: skip
    assert expected
    assert findings(release=release, components=switches) == expected


def test_well_known_passwords_can_be_refused() -> None:
    refuse = {"refuseDefaultCredentials": True}
    assert findings(policy=refuse, defaultCredentials="external") == []
    assert findings(defaultCredentials="upstream") == []
    assert findings(policy=refuse, defaultCredentials="upstream") == [
        Finding(
            "KF003", "error", "kubeflow.defaultCredentials",
            "upstream's well-known passwords are refused here (policy.refuseDefaultCredentials): "
            "say external",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_argo_cd_3_2_builds_every_component_right(release: str) -> None:
    switches = dict.fromkeys(load_release(release).components, True)
    assert findings("3.2", release=release, components=switches) == []


def test_what_argo_cd_builds_wrong_is_refused_by_reference() -> None:
    wrong = Finding(
        "KF007", "error", "kubeflow.source",
        "Argo CD 3.5 builds with Kustomize 5.8.1, which gets user-namespace of Kubeflow 1.10 wrong: "
        "say source: hydrated, or switch user-namespace off",
    )  # fmt: skip
    assert findings("3.5", release="1.10") == [wrong]
    assert findings("3.5", release="1.10", components={"user-namespace": False}) == []
    assert findings("3.5", release="1.10", source="hydrated") == []
    assert findings("3.5", release="26.03") == []


def test_a_release_that_pulls_by_tag_warns_and_names_what() -> None:
    assert findings(release="26.03", severity="warning", kubernetes="1.34") == [
        Finding(
            "KF004", "warning", "kubeflow.release",
            "Kubeflow 26.03 itself pulls by tag: "
            "https://github.com/argoproj/argo-workflows/manifests?ref=v3.7.3, "
            "https://github.com/kubernetes-sigs/jobset/releases/download/v0.10.1/manifests.yaml; "
            "source: hydrated pins everything",
        )
    ]  # fmt: skip
    assert findings(release="26.03", source="hydrated", severity="warning", kubernetes="1.34") == []
    assert findings(release="1.10", severity="warning", kubernetes="1.32") == []


def test_where_the_mirror_is_demanded_every_image_must_come_from_it() -> None:
    demanded = {"requireMirror": True}
    assert findings(policy=demanded) == [
        Finding(
            "KF005", "error", "policy.requireMirror", "the environment names no registry: add one"
        )
    ]
    assert findings(policy=demanded, registry="mirror.example.com") == [
        Finding(
            "KF006", "error", "policy.requireMirror",
            "27 images inside ConfigMaps cannot be rewritten in reference mode "
            "(docker.io/istio/proxyv2:1.17.5, …): "
            "say kubeflow.source: hydrated",
        )
    ]  # fmt: skip
    assert findings(policy=demanded, registry="mirror.example.com", source="hydrated") == []


@pytest.mark.parametrize(
    ("release", "kubernetes", "documented"),
    [("1.8.1", "1.24", "1.25 to 1.26"), ("1.8.1", "1.27", "1.25 to 1.26"),
     ("1.10", "1.34", "1.31 to 1.33"), ("1.10", "1.32", "")],
)  # fmt: skip
def test_a_kubernetes_that_a_release_is_not_documented_for(
    release: str, kubernetes: str, documented: str
) -> None:
    found = findings(severity="warning", kubernetes=kubernetes, release=release)
    said = Finding(
        "KF010", "warning", "cluster.kubernetes",
        f"Kubeflow {release} is documented for Kubernetes {documented}, and the cluster has "
        f"{kubernetes}",
    )  # fmt: skip
    assert [each for each in found if each.code == "KF010"] == ([said] if documented else [])
