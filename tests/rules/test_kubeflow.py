"""What the rules say of a Kubeflow install."""

from __future__ import annotations

from typing import Any

import pytest

from synth.catalog.kubeflow import KNATIVE_KUBERNETES, RELEASES, load_release
from synth.config.environment import Environment
from synth.rules.findings import Finding
from synth.rules.kubeflow import check_kubeflow


def findings(
    argocd: str = "3.2",
    policy: dict[str, Any] | None = None,
    severity: str = "error",
    kubernetes: str | None = None,
    addons: dict[str, Any] | None = None,
    release: str = "1.8.1",
    **kubeflow: Any,
) -> list[Finding]:
    """On the newest Kubernetes that the release is documented for, unless another is given."""
    environment = Environment.model_validate(
        {
            "name": "only",
            "cluster": {"kubernetes": kubernetes or load_release(release).kubernetes[-1]},
            "gitops": {
                "repoURL": "https://git.example.com/ml/platform.git",
                "argocd": {"version": argocd},
            },
            "policy": policy or {},
            "addons": addons or {},
            "kubeflow": {"release": release, **kubeflow},
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


@pytest.mark.parametrize("release", RELEASES)
def test_knative_starts_wherever_a_release_is_documented_for(release: str) -> None:
    oldest = load_release(release).kubernetes[0]
    assert "KF011" not in {each.code for each in findings(release=release, kubernetes=oldest)}


@pytest.mark.parametrize("release", RELEASES)
def test_a_kubernetes_that_knative_refuses(release: str) -> None:
    oldest = KNATIVE_KUBERNETES[release]
    before = f"1.{int(oldest.removeprefix('1.')) - 1}"
    assert findings(release=release, kubernetes=oldest) == []
    assert findings(release=release, kubernetes=before) == [
        Finding(
            "KF011", "error", "cluster.kubernetes",
            f"the programs of Knative Serving in Kubeflow {release} refuse to start on a Kubernetes "
            f"before {oldest}, and the cluster has {before}: switch knative-serving and what needs it "
            "off, or take another release",
        )
    ]  # fmt: skip
    needy = [
        part.name
        for part in load_release(release).components.values()
        if "knative-serving" in part.requires
    ]
    off = dict.fromkeys(["knative-serving", *needy], False)
    found = findings(release=release, kubernetes=before, components=off)
    assert "KF011" not in {each.code for each in found}


def test_the_issuer_of_kubeflows_certificates_must_be_somewhere() -> None:
    def told(release: str, off: str) -> list[Finding]:
        found = findings(
            release=release,
            severity="warning",
            components={off: False},
            addons={"certManager": {}} if off == "cert-manager" else {},
        )
        return [each for each in found if each.code == "KF012"]

    def said(component: str) -> Finding:
        return Finding(
            "KF012", "warning", f"kubeflow.components.{component}",
            "the ClusterIssuer kubeflow-self-signing-issuer, which Kubeflow's Certificates name, "
            f"comes with {component}, which is off: the cluster must have one of that name",
        )  # fmt: skip

    assert told("26.03", "cert-manager") == [said("cert-manager")]
    assert told("1.8.1", "kubeflow-issuer") == [said("kubeflow-issuer")]
    assert told("1.8.1", "cert-manager") == []


def test_an_add_on_is_a_cert_manager_too() -> None:
    off = {"cert-manager": False}
    assert findings(components=off, addons={"certManager": {}}) == []
    assert {each.code for each in findings(components=off)} == {"KF002"}
