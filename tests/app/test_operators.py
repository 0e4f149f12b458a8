"""The operators of observability as Applications: pinned charts, their values, what a project
permits for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ryaml

from synth.app.operators import NAMES
from synth.catalog.images import mirrored
from synth.catalog.operators import OPERATORS, operator_images
from synth.cli.images import _operators
from synth.cli.steps import Silence
from synth.config.load import load
from synth.config.problems import ConfigurationError
from synth.kit.objects import Body
from synth.pipeline import build, write
from synth.project import Project
from synth.render.cache import Cache
from synth.render.documents import load_all
from tests.app.examples import ENVIRONMENT, built
from tests.schemas import complaints
from tests.shared import shared

OBSERVED = "observability: {prometheus: {labels: {release: kube-prometheus-stack}}}\n"
PROTECTED = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
}


def applications(project: Project, cache: Cache, text: str) -> tuple[dict[str, Body], Body]:
    """The Applications of an environment by name, and what its project permits."""
    files, permitted = built(project, cache, text)
    bodies = [
        load_all(content.decode())[0] for name, content in files.items() if name.endswith(".yaml")
    ]
    return {body["metadata"]["name"]: body for body in bodies}, permitted


def refused(project: Project, cache: Cache, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        applications(project, cache, text)
    return str(caught.value)


def warned(project: Project, cache: Cache, text: str) -> list[str]:
    (project.environments / "test.yaml").write_text(ENVIRONMENT + text)
    return [str(each) for each in build(project, cache, [], Silence()).warnings]


def chart(body: Body) -> Any:
    assert complaints("argo-cd-3.5.1.yaml", body) == []
    return body["spec"]["source"]


@pytest.mark.parametrize(
    ("section", "repository", "version", "namespace", "level", "prune"),
    [
        (
            "kubePrometheusStack",
            "https://prometheus-community.github.io/helm-charts",
            "88.5.3",
            "monitoring",
            "privileged",
            False,
        ),
        (
            "grafanaOperator",
            "ghcr.io/grafana/helm-charts",
            "5.24.0",
            "grafana-operator",
            "restricted",
            False,
        ),
        (
            "openTelemetry",
            "https://open-telemetry.github.io/opentelemetry-helm-charts",
            "0.122.0",
            "opentelemetry-operator",
            "restricted",
            True,
        ),
        ("eck", "https://helm.elastic.co", "2.12.1", "elastic-system", "restricted", False),
    ],
)
def test_an_operator_is_a_pinned_chart_before_what_needs_it(
    project: Project,
    cache: Cache,
    section: str,
    repository: str,
    version: str,
    namespace: str,
    level: str,
    prune: bool,
) -> None:
    made, permitted = applications(project, cache, f"addons: {{{section}: {{}}}}\n")
    body = made[f"test-{NAMES[section]}"]
    source = chart(body)
    assert (source["repoURL"], source["targetRevision"]) == (repository, version)
    assert source["chart"] == OPERATORS[section].chart
    assert body["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "9"
    assert body["spec"]["destination"]["namespace"] == namespace
    policy = body["spec"]["syncPolicy"]
    assert policy["automated"] == {"prune": prune, "selfHeal": True}
    assert policy["managedNamespaceMetadata"]["labels"] == {
        "pod-security.kubernetes.io/enforce": level
    }
    assert repository in permitted["sourceRepos"]
    assert {"server": "https://test.k8s.example.com", "namespace": namespace} in permitted[
        "destinations"
    ]
    kinds = {
        (each["group"], each["kind"])
        for scope in ("clusterResourceWhitelist", "namespaceResourceWhitelist")
        for each in permitted[scope]
    }
    assert kinds == {(each.group, each.kind) for each in OPERATORS[section].identities("x")}
    assert ("", "Secret") not in kinds


def values(project: Project, cache: Cache, text: str, section: str) -> Any:
    made, _ = applications(project, cache, text)
    return chart(made[f"test-{NAMES[section]}"])["helm"]["valuesObject"]


def test_prometheus_selects_by_the_release_that_it_is_called_after(
    project: Project, cache: Cache
) -> None:
    text = "addons: {kubePrometheusStack: {nodeExporter: false}}\n"
    made, _ = applications(project, cache, text + OBSERVED)
    body = made["test-kube-prometheus-stack"]
    source = chart(body)
    assert source["helm"]["releaseName"] == "kube-prometheus-stack"
    labels = body["spec"]["syncPolicy"]["managedNamespaceMetadata"]["labels"]
    assert labels == {"pod-security.kubernetes.io/enforce": "baseline"}
    said = source["helm"]["valuesObject"]
    assert said["fullnameOverride"] == "kube-prometheus-stack"
    assert said["nodeExporter"] == said["grafana"] == said["coreDns"] == {"enabled": False}
    assert "storageSpec" not in said["prometheus"]["prometheusSpec"]
    assert said["alertmanager"]["alertmanagerSpec"]["useExistingSecret"] is True


def test_prometheus_keeps_what_the_environment_says(project: Project, cache: Cache) -> None:
    text = (
        "addons: {kubePrometheusStack: {replicas: 2, retention: 30d, storage: {size: 100Gi, class: "
        "fast}, resources: {requests: {memory: 4Gi}}}}\n"
    )
    said = values(project, cache, text, "kubePrometheusStack")
    assert said["prometheus"]["prometheusSpec"] == {
        "image": {"registry": "quay.io", "repository": "prometheus/prometheus", "tag": "v3.11.1"},
        "replicas": 2,
        "retention": "30d",
        "storageSpec": {
            "volumeClaimTemplate": {
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "100Gi"}},
                    "storageClassName": "fast",
                }
            }
        },
        "resources": {"requests": {"memory": "4Gi"}},
    }
    assert said["alertmanager"]["alertmanagerSpec"]["replicas"] == 2


def images_in(said: Any) -> list[str]:
    """Every image that values name, put together from its parts."""
    if not isinstance(said, dict):
        return []
    if "repository" in said:
        name = "/".join(filter(None, (said.get("registry"), said["repository"])))
        return [f"{name}:{said['tag']}"]
    return [image for each in said.values() for image in images_in(each)]


@pytest.mark.parametrize("section", OPERATORS)
def test_every_image_comes_from_the_mirror(project: Project, cache: Cache, section: str) -> None:
    text = f"registry: mirror.example.com/\naddons: {{{section}: {{}}}}\n"
    said = values(project, cache, text, section)
    version = next(iter(OPERATORS[section].versions))
    expected = {
        mirrored(each, "mirror.example.com")
        for each in operator_images(OPERATORS[section], version)
    }
    from_environment = {each["value"] for each in said.get("env", [])}
    assert set(images_in(said)) | from_environment == expected


def test_every_image_is_listed_for_a_mirror(tmp_path: Path) -> None:
    (tmp_path / "test.yaml").write_text(
        f"{ENVIRONMENT}addons: {{eck: {{}}, openTelemetry: {{}}}}\n"
        "observability:\n  logs: {elasticsearch: {storage: {size: 5Gi}}}\n"
        "  tracing: {jaeger: {storage: elasticsearch}}\n"
    )
    listed = list(_operators(load(tmp_path, {})["test"].environment))
    assert listed == [
        *(
            (image, "opentelemetry")
            for image in operator_images(OPERATORS["openTelemetry"], "0.158.0")
        ),
        ("docker.elastic.co/eck/eck-operator:2.12.1", "eck"),
        ("docker.elastic.co/beats/filebeat:8.16.0", "logs"),
        ("docker.elastic.co/elasticsearch/elasticsearch:8.16.0", "logs"),
        ("docker.elastic.co/kibana/kibana:8.16.0", "logs"),
        ("docker.io/jaegertracing/jaeger:2.13.0", "tracing"),
        ("docker.io/jaegertracing/jaeger-es-index-cleaner:2.13.0", "tracing"),
    ]


def test_eck_pulls_elasticsearch_from_the_mirror(project: Project, cache: Cache) -> None:
    text = "registry: mirror.example.com\naddons: {eck: {}}\n"
    said = values(project, cache, text, "eck")
    assert said["config"] == {"containerRegistry": "mirror.example.com/docker.elastic.co"}
    assert values(project, cache, "addons: {eck: {}}\n", "eck")["config"] == {
        "containerRegistry": "docker.elastic.co"
    }


def test_crds_of_opentelemetry_are_protected(project: Project, cache: Cache) -> None:
    said = values(project, cache, "addons: {openTelemetry: {}}\n", "openTelemetry")
    assert said["crds"] == {"create": True, "annotations": PROTECTED}


@pytest.mark.parametrize(
    ("section", "crds"),
    [
        ("kubePrometheusStack", "prometheus-operator-0.93.0.yaml"),
        ("grafanaOperator", "grafana-operator-5.24.0.yaml"),
        ("openTelemetry", "opentelemetry-operator-0.158.0.yaml"),
        ("eck", "eck-3.5.0.yaml"),
    ],
)
def test_the_catalogue_names_every_crd(section: str, crds: str) -> None:
    named = {
        each.name
        for each in OPERATORS[section].identities("x")
        if each.kind == "CustomResourceDefinition"
    }
    known = {
        crd["metadata"]["name"]
        for crd in ryaml.loads_all((shared() / "crds" / crds).read_text())
        if crd
    }
    assert known <= named


def test_an_unknown_version_is_an_error(project: Project, cache: Cache) -> None:
    assert refused(project, cache, 'addons: {eck: {version: "2.9.0"}}\n') == (
        "environments/test.yaml:4:16: addons.eck.version: nothing is known of a chart of ECK 2.9.0, "
        "which the project would have to permit: take 2.12.1 or 2.16.1 or 3.5.0"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'addons: {eck: {version: "3.5.0"}}\n',
            "environments/test.yaml:4:16: addons.eck.version: ECK 3.5.0 is documented for "
            "Kubernetes 1.32 to 1.36, and the cluster has 1.26",
        ),
        ("addons: {eck: {}}\n", None),
        ("addons: {openTelemetry: {}, kubePrometheusStack: {}, grafanaOperator: {}}\n", None),
    ],
)
def test_a_version_for_another_kubernetes_is_a_warning(
    project: Project, cache: Cache, text: str, said: str | None
) -> None:
    assert warned(project, cache, text) == ([said] if said else [])


def test_a_kubernetes_that_is_too_old_for_every_later_version(
    project: Project, cache: Cache
) -> None:
    (project.environments / "test.yaml").write_text(
        ENVIRONMENT.replace('"1.26"', '"1.24"') + "addons: {grafanaOperator: {}}\n"
    )
    assert [str(each) for each in build(project, cache, [], Silence()).warnings] == [
        "environments/test.yaml:4:10: addons.grafanaOperator.version: the Grafana operator 5.24.0 is "
        "documented for Kubernetes 1.25 and later, and the cluster has 1.24"
    ]


def test_objects_must_be_written_for_the_prometheus_that_is_installed(
    project: Project, cache: Cache
) -> None:
    text = (
        "addons: {kubePrometheusStack: {namespace: metrics}}\n"
        "observability: {prometheus: {labels: {release: prometheus}}}\n"
    )
    assert refused(project, cache, text) == (
        "environments/test.yaml:5:17: observability.prometheus.namespace: is monitoring, and "
        "addons.kubePrometheusStack installs Prometheus in metrics: say the same in both\n"
        "environments/test.yaml:5:30: observability.prometheus.labels: the Prometheus of "
        "addons.kubePrometheusStack selects what is labelled release: kube-prometheus-stack, and "
        "would see none of the monitors and alerts: add that label"
    )
    agreed = "addons: {kubePrometheusStack: {}}\n" + OBSERVED
    assert warned(project, cache, agreed) == []


@pytest.mark.parametrize(
    ("section", "what"),
    [
        ("kubePrometheusStack", "monitor, alert and Prometheus"),
        ("grafanaOperator", "dashboard and alert rule"),
        ("eck", "Elasticsearch"),
    ],
)
def test_one_that_cannot_protect_its_crds_stays_when_it_leaves(
    project: Project, cache: Cache, section: str, what: str
) -> None:
    path = project.environments / "test.yaml"
    path.write_text(f"{ENVIRONMENT}addons: {{{section}: {{}}}}\n")
    write(project, cache, build(project, cache, [], Silence()))
    path.write_text(ENVIRONMENT)
    assert [str(each) for each in build(project, cache, [], Silence()).warnings] == [
        f"environments/test.yaml:1:1: retired: {NAMES[section]} leaves, and stays on the cluster "
        f"unmanaged: with its CRDs every {what} would go, and its chart cannot protect them; once "
        "none is left, remove it by hand"
    ]


def test_opentelemetry_can_retire(project: Project, cache: Cache) -> None:
    text = "retired: [{name: opentelemetry, kind: application, namespaces: [opentelemetry-operator]}]\n"
    _, permitted = applications(project, cache, text)
    assert {"group": "apps", "kind": "Deployment"} in permitted["namespaceResourceWhitelist"]
