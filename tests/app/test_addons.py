"""Seldon's operator as an Application: what Argo CD is told, and what it may touch."""

from __future__ import annotations

from typing import Any

import pytest
import ryaml

from synth.catalog.addons import seldon_images, seldon_objects
from synth.catalog.images import mirrored, split
from synth.catalog.strimzi import chart_objects
from synth.cli.steps import Silence
from synth.config.problems import ConfigurationError
from synth.pipeline import build, write
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all
from tests.app.examples import ENVIRONMENT, built
from tests.schemas import complaints
from tests.shared import shared

APPLICATION = "argocd/argocd/application.argoproj.io-test-seldon.yaml"


def application(files: dict[str, bytes]) -> Any:
    (body,) = load_all(files[APPLICATION].decode())
    return body


def test_the_operator_is_a_pinned_chart_in_a_namespace_that_argo_cd_makes(
    project: Project, cache: Cache
) -> None:
    files, _ = built(project, cache, "addons: {seldon: {}}\n")
    assert [name for name in files if not name.startswith("argocd/")] == []
    body = application(files)
    assert complaints("argo-cd-3.5.1.yaml", body) == []
    assert body["metadata"] == {
        "name": "test-seldon",
        "namespace": "argocd",
        "annotations": {
            "argocd.argoproj.io/sync-wave": "10",
            "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
        },
    }
    assert body["spec"] == {
        "project": "test",
        "destination": {"server": "https://test.k8s.example.com", "namespace": "seldon-system"},
        "source": {
            "repoURL": "https://storage.googleapis.com/seldon-charts",
            "chart": "seldon-core-operator",
            "targetRevision": "1.17.1",
            "helm": {
                "valuesObject": {
                    "ambassador": {"enabled": False},
                    "certManager": {"enabled": True},
                    "crd": {
                        "create": True,
                        "annotations": {
                            "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
                            "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
                        },
                    },
                    "istio": {"enabled": True, "gateway": "kubeflow/kubeflow-gateway"},
                    "keda": {"enabled": False},
                    "managerCreateResources": False,
                    "usageMetrics": {"enabled": False},
                }
            },
        },
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "retry": {
                "limit": -1,
                "refresh": True,
                "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"},
            },
            "syncOptions": [
                "ServerSideApply=true",
                "SkipDryRunOnMissingResource=true",
                "CreateNamespace=true",
            ],
            "managedNamespaceMetadata": {
                "labels": {"pod-security.kubernetes.io/enforce": "baseline"}
            },
        },
    }


def test_the_project_permits_what_the_chart_creates_and_no_more(
    project: Project, cache: Cache
) -> None:
    _, permitted = built(project, cache, "addons: {seldon: {namespace: models-operator}}\n")
    assert permitted["sourceRepos"] == [
        "https://git.example.com/platform.git",
        "https://storage.googleapis.com/seldon-charts",
    ]
    server = "https://test.k8s.example.com"
    assert permitted["destinations"] == [
        {"server": server},
        {"server": server, "namespace": "models-operator"},
    ]
    assert permitted["clusterResourceWhitelist"] == [
        {"group": "", "kind": "Namespace"},
        {"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration"},
        {"group": "apiextensions.k8s.io", "kind": "CustomResourceDefinition"},
        {"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"},
        {"group": "rbac.authorization.k8s.io", "kind": "ClusterRoleBinding"},
    ]
    assert permitted["namespaceResourceWhitelist"] == [
        {"group": "", "kind": "ConfigMap"},
        {"group": "", "kind": "Service"},
        {"group": "", "kind": "ServiceAccount"},
        {"group": "apps", "kind": "Deployment"},
        {"group": "cert-manager.io", "kind": "Certificate"},
        {"group": "cert-manager.io", "kind": "Issuer"},
        {"group": "rbac.authorization.k8s.io", "kind": "Role"},
        {"group": "rbac.authorization.k8s.io", "kind": "RoleBinding"},
    ]
    assert all(each.namespace in ("", "there") for each in seldon_objects("there"))


def test_it_stands_beside_a_kubeflow_that_has_no_seldon(project: Project, cache: Cache) -> None:
    files, permitted = built(
        project,
        cache,
        'kubeflow: {release: "26.03", components: {knative-serving: false}}\n'
        "addons: {seldon: {keda: true}, keda: {}}\n",
    )
    values = application(files)["spec"]["source"]["helm"]["valuesObject"]
    assert values["keda"] == {"enabled": True}
    assert any(name.startswith("kubeflow-istio-install/") for name in files)
    assert {"group": "cert-manager.io", "kind": "Issuer"} in permitted["namespaceResourceWhitelist"]


def images_of(values: Any, key: str = "") -> list[str]:
    if isinstance(values, dict):
        return [image for name, each in values.items() for image in images_of(each, name)]
    return [values] if key in ("image", "image_v2", "registry") else []


def test_every_image_comes_from_the_mirror(project: Project, cache: Cache) -> None:
    files, _ = built(project, cache, "registry: mirror.example.com/\naddons: {seldon: {}}\n")
    values = application(files)["spec"]["source"]["helm"]["valuesObject"]
    named = images_of(values)
    assert named.count("mirror.example.com/docker.io") == 2, "operator and executor"
    assert values["image"].keys() == values["executor"]["image"].keys() == {"registry"}
    expected = {mirrored(image, "mirror.example.com") for image in seldon_images("1.17.1")}
    in_parts = {
        f"mirror.example.com/docker.io/seldonio/seldon-core-{name}:1.17.1"
        for name in ("operator", "executor")
    }
    assert in_parts < expected
    assert {split(each)[0] for each in named} - {"mirror.example.com/docker.io"} == {
        split(each)[0] for each in expected - in_parts
    }
    assert {each for each in named if split(each)[1]} == {
        "mirror.example.com/docker.io/seldonio/rclone-storage-initializer:1.17.1",
        "mirror.example.com/docker.io/seldonio/alibiexplainer:1.17.1",
        "mirror.example.com/docker.io/seldonio/mlserver:1.3.5-alibi-explain",
    }


STRIMZI = "argocd/argocd/application.argoproj.io-test-strimzi.yaml"


def test_strimzi_is_a_pinned_chart_that_is_never_pruned(project: Project, cache: Cache) -> None:
    text = "registry: mirror.example.com/\naddons: {strimzi: {install: true}}\n"
    files, permitted = built(project, cache, text)
    (body,) = load_all(files[STRIMZI].decode())
    assert complaints("argo-cd-3.5.1.yaml", body) == []
    assert body["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "9"
    assert body["spec"]["source"] == {
        "repoURL": "https://strimzi.io/charts/",
        "chart": "strimzi-kafka-operator",
        "targetRevision": "0.45.1",
        "helm": {
            "valuesObject": {
                "watchAnyNamespace": True,
                "defaultImageRegistry": "mirror.example.com/quay.io",
            }
        },
    }
    assert body["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}
    assert body["spec"]["destination"]["namespace"] == "strimzi"
    assert "https://strimzi.io/charts/" in permitted["sourceRepos"]


@pytest.mark.parametrize("version", ["0.45.1", "1.2.0"])
def test_the_project_permits_every_crd_of_strimzi(version: str) -> None:
    crds = ryaml.loads_all((shared() / f"crds/strimzi-{version}.yaml").read_text())
    named = {
        each.name
        for each in chart_objects(version, "strimzi")
        if each.kind == "CustomResourceDefinition"
    }
    assert named == {crd["metadata"]["name"] for crd in crds if crd}


def test_strimzi_that_is_there_already_is_not_installed(project: Project, cache: Cache) -> None:
    files, _ = built(project, cache, "addons: {strimzi: {}}\n")
    assert STRIMZI not in files


def test_strimzi_stays_when_it_leaves(project: Project, cache: Cache) -> None:
    path = project.environments / "test.yaml"
    path.write_text(f"{ENVIRONMENT}addons: {{strimzi: {{install: true}}}}\n")
    write(project, cache, build(project, cache, [], Silence()))
    path.write_text(ENVIRONMENT)
    why = (
        "with its CRDs every Kafka cluster and topic would go, and its chart cannot protect them; "
        "once none is left, remove it by hand"
    )
    assert [str(each) for each in build(project, cache, [], Silence()).warnings] == [
        "environments/test.yaml:1:1: retired: strimzi leaves, and stays on the cluster unmanaged: "
        f"{why}"
    ]
    path.write_text(f"{ENVIRONMENT}retired: [{{name: strimzi, kind: application}}]\n")
    with pytest.raises(ConfigurationError) as caught:
        build(project, cache, [], Silence())
    assert str(caught.value) == (
        f"environments/test.yaml:4:11: retired.strimzi: cannot retire: {why}"
    )


def test_nothing_is_laid_over_a_chart(project: Project, cache: Cache) -> None:
    overlay = project.overlays / "test" / "seldon"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        built(project, cache, "addons: {seldon: {}}\nteams: [{name: nlp, owner: a@example.com}]\n")
    assert str(caught.value) == (
        "overlays/test/seldon: seldon is a chart, and nothing can be laid over it (over: teams)"
    )


def test_what_leaves_is_named_and_may_be_removed(project: Project, cache: Cache) -> None:
    path = project.environments / "test.yaml"
    path.write_text(f"{ENVIRONMENT}addons: {{seldon: {{namespace: operator}}}}\n")
    write(project, cache, build(project, cache, [], Silence()))
    path.write_text(ENVIRONMENT)
    assert [str(each) for each in build(project, cache, [], Silence()).warnings] == [
        "environments/test.yaml:1:1: retired: seldon leaves, and what it runs would stay on the "
        "cluster unmanaged; to have it removed, add {name: seldon, kind: application, namespaces: "
        "[operator]}"
    ]
    retired = "retired: [{name: seldon, kind: application, namespaces: [operator]}]\n"
    files, permitted = built(project, cache, retired)
    assert "seldon/RETIRED.md" in files
    kinds = {
        (each["group"], each["kind"])
        for scope in ("clusterResourceWhitelist", "namespaceResourceWhitelist")
        for each in permitted[scope]
    }
    assert kinds == {(each.group, each.kind) for each in seldon_objects("operator")}
    assert "operator" in [each.get("namespace") for each in permitted["destinations"]]
