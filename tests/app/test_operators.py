"""Operators as Applications: pinned charts, their values, what a project
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


INSTALLED = {"certManager", "externalSecrets", "keda"}
"""The sections that stand for what is there already, unless they say otherwise."""


def section_of(name: str) -> str:
    """The section of an operator that is installed here, in an environment's file."""
    return f"addons: {{{name}: {{{'install: true' if name in INSTALLED else ''}}}}}\n"


def applications(project: Project, cache: Cache, text: str) -> tuple[dict[str, Body], Body]:
    """The Applications of an environment by name, and what its project permits."""
    files, permitted = built(project, cache, text)
    bodies = [
        load_all(content.decode())[0]
        for name, content in files.items()
        if name.startswith("argocd/")
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
    ("section", "repository", "version", "namespace", "level", "prune", "wave"),
    [
        (
            "certManager",
            "https://charts.jetstack.io",
            "v1.16.1",
            "cert-manager",
            "restricted",
            False,
            "0",
        ),
        (
            "externalSecrets",
            "https://charts.external-secrets.io",
            "0.9.20",
            "external-secrets",
            "restricted",
            True,
            "0",
        ),
        (
            "keda",
            "https://kedacore.github.io/charts",
            "2.12.1",
            "keda",
            "restricted",
            True,
            "9",
        ),
        (
            "kubePrometheusStack",
            "https://prometheus-community.github.io/helm-charts",
            "88.5.3",
            "monitoring",
            "privileged",
            False,
            "9",
        ),
        (
            "grafanaOperator",
            "ghcr.io/grafana/helm-charts",
            "5.24.0",
            "grafana-operator",
            "restricted",
            False,
            "9",
        ),
        (
            "openTelemetry",
            "https://open-telemetry.github.io/opentelemetry-helm-charts",
            "0.122.0",
            "opentelemetry-operator",
            "restricted",
            True,
            "9",
        ),
        (
            "eck",
            "https://helm.elastic.co",
            "2.12.1",
            "elastic-system",
            "restricted",
            False,
            "9",
        ),
        (
            "sealedSecrets",
            "https://bitnami.github.io/sealed-secrets",
            "2.19.3",
            "sealed-secrets",
            "restricted",
            False,
            "0",
        ),
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
    wave: str,
) -> None:
    made, permitted = applications(project, cache, section_of(section))
    body = made[f"test-{NAMES[section]}"]
    source = chart(body)
    assert (source["repoURL"], source["targetRevision"]) == (repository, version)
    assert source["chart"] == OPERATORS[section].chart
    assert body["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == wave
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
    text = f"registry: mirror.example.com/\n{section_of(section)}"
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


@pytest.mark.parametrize(
    ("section", "crds"),
    [
        ("openTelemetry", {"create": True, "annotations": PROTECTED}),
        ("externalSecrets", {"annotations": PROTECTED, "conversion": {"enabled": False}}),
        ("keda", {"install": True, "additionalAnnotations": PROTECTED}),
    ],
)
def test_crds_are_protected_where_a_chart_can(
    project: Project, cache: Cache, section: str, crds: Body
) -> None:
    assert values(project, cache, section_of(section), section)["crds"] == crds


def test_cert_manager_leads_in_its_own_namespace(project: Project, cache: Cache) -> None:
    text = "addons: {certManager: {install: true, namespace: certificates}}\n"
    said = values(project, cache, text, "certManager")
    assert said["global"] == {"leaderElection": {"namespace": "certificates"}}
    assert said["startupapicheck"] == {"enabled": False}


def test_keda_is_asked_by_the_api_server_by_what_kube_system_holds(
    project: Project, cache: Cache
) -> None:
    _, permitted = applications(project, cache, section_of("keda"))
    namespaces = {each.get("namespace") for each in permitted["destinations"]}
    assert namespaces == {None, "keda", "kube-system"}


@pytest.mark.parametrize("section", sorted(INSTALLED))
def test_what_is_there_already_is_not_installed(
    project: Project, cache: Cache, section: str
) -> None:
    made, permitted = applications(project, cache, f"addons: {{{section}: {{}}}}\n")
    assert f"test-{NAMES[section]}" not in made
    assert OPERATORS[section].repository not in permitted["sourceRepos"]


@pytest.mark.parametrize(
    ("section", "crds"),
    [
        ("kubePrometheusStack", "prometheus-operator-0.93.0.yaml"),
        ("grafanaOperator", "grafana-operator-5.24.0.yaml"),
        ("openTelemetry", "opentelemetry-operator-0.158.0.yaml"),
        ("eck", "eck-3.5.0.yaml"),
        ("externalSecrets", "external-secrets.yaml"),
        ("keda", "keda-2.20.2.yaml"),
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
        (
            'addons: {keda: {version: "2.16.1", install: true}}\n',
            "environments/test.yaml:4:17: addons.keda.version: KEDA 2.16.1 is documented for "
            "Kubernetes 1.29 to 1.31, and the cluster has 1.26",
        ),
        (
            'addons: {externalSecrets: {version: "0.16.2", install: true}}\n',
            "environments/test.yaml:4:28: addons.externalSecrets.version: External Secrets 0.16.2 is "
            "documented for Kubernetes 1.32, and the cluster has 1.26",
        ),
        (
            'addons: {externalSecrets: {version: "0.16.2"}, keda: {version: "2.16.1"}}\n',
            None,
        ),
        *((section_of(each), None) for each in sorted(INSTALLED)),
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
    ("section", "version", "title", "others"),
    [
        ("certManager", "1.21.2", "cert-manager", "1.16.1 or 1.19.4"),
        ("externalSecrets", "1.3.2", "External Secrets", "0.9.20 or 0.16.2"),
    ],
)
def test_crds_with_fields_of_a_later_kubernetes_are_an_error(
    project: Project, cache: Cache, section: str, version: str, title: str, others: str
) -> None:
    def text(kubernetes: str) -> str:
        (project.environments / "test.yaml").write_text(
            ENVIRONMENT.replace('"1.26"', f'"{kubernetes}"')
            + f'addons: {{{section}: {{version: "{version}", install: true}}}}\n'
        )
        try:
            build(project, cache, [], Silence())
        except ConfigurationError as error:
            return str(error)
        return ""

    assert text("1.29") == (
        f"environments/test.yaml:4:{13 + len(section)}: addons.{section}.version: Kubernetes 1.29 "
        f"refuses the CRDs of {title} {version}, which have selectableFields, a field of 1.30 and "
        f"later: take {others}"
    )
    assert text("1.30") == ""


def test_two_cert_managers_are_an_error(project: Project, cache: Cache) -> None:
    text = 'kubeflow: {release: "1.8.1"}\naddons: {certManager: {}}\n'
    assert refused(project, cache, text) == (
        "environments/test.yaml:5:10: addons.certManager: Kubeflow brings cert-manager already "
        "(kubeflow.components.cert-manager), and two would both act on every Certificate: switch "
        "one of them off"
    )


@pytest.mark.parametrize("install", ["", "install: true"])
def test_the_add_on_stands_in_for_kubeflows_cert_manager(
    project: Project, cache: Cache, install: str
) -> None:
    made, _ = applications(
        project,
        cache,
        'kubeflow: {release: "1.8.1", components: {cert-manager: false}}\n'
        f"addons: {{certManager: {{{install}}}}}\n",
    )
    assert "test-kubeflow-cert-manager" not in made
    assert "test-kubeflow-kubeflow-issuer" in made
    assert ("test-cert-manager" in made) is bool(install)


def test_seldon_scales_by_a_keda_that_is_known_of(project: Project, cache: Cache) -> None:
    assert refused(project, cache, "addons: {seldon: {keda: true}}\n") == (
        "environments/test.yaml:4:19: addons.seldon.keda: nothing says that KEDA is here, and "
        "Seldon's operator fails every model that scales by it where it is not: add addons.keda, as "
        "{} where it is there already, with install: true where it is not"
    )
    for there in ("keda: {}", "keda: {install: true}"):
        assert warned(project, cache, f"addons: {{seldon: {{keda: true}}, {there}}}\n") == []


@pytest.mark.parametrize(
    ("section", "what"),
    [
        ("certManager", "Certificate and Issuer"),
        ("kubePrometheusStack", "monitor, alert and Prometheus"),
        ("grafanaOperator", "dashboard and alert rule"),
        ("eck", "Elasticsearch"),
    ],
)
def test_one_that_cannot_protect_its_crds_stays_when_it_leaves(
    project: Project, cache: Cache, section: str, what: str
) -> None:
    path = project.environments / "test.yaml"
    path.write_text(ENVIRONMENT + section_of(section))
    write(project, cache, build(project, cache, [], Silence()))
    path.write_text(ENVIRONMENT)
    assert [str(each) for each in build(project, cache, [], Silence()).warnings] == [
        f"environments/test.yaml:1:1: retired: {NAMES[section]} leaves, and stays on the cluster "
        f"unmanaged: with its CRDs every {what} would go, and its chart cannot protect them; once "
        "none is left, remove it by hand"
    ]


def test_the_sealed_secrets_controller_stays_for_what_it_unseals(
    project: Project, cache: Cache
) -> None:
    path = project.environments / "test.yaml"
    path.write_text(f"{ENVIRONMENT}addons: {{sealedSecrets: {{}}}}\n")
    write(project, cache, build(project, cache, [], Silence()))
    path.write_text(ENVIRONMENT)
    assert [str(each) for each in build(project, cache, [], Silence()).warnings] == [
        "environments/test.yaml:1:1: retired: sealed-secrets leaves, and stays on the cluster unmanaged: "
        "with its CRD every SealedSecret and its Secret would go, and its chart cannot protect it; once "
        "none is left, remove it by hand"
    ]


def test_kubeseal_finds_the_controller_by_its_name(project: Project, cache: Cache) -> None:
    said = values(project, cache, "addons: {sealedSecrets: {}}\n", "sealedSecrets")
    assert said["fullnameOverride"] == "sealed-secrets-controller"
    assert said["rbac"] == {"serviceProxier": {"create": False, "bind": False}}


@pytest.mark.parametrize("name", ["external-secrets", "keda", "opentelemetry"])
def test_one_that_protects_its_crds_can_retire(project: Project, cache: Cache, name: str) -> None:
    text = f"retired: [{{name: {name}, kind: application, namespaces: [there]}}]\n"
    _, permitted = applications(project, cache, text)
    assert {"group": "apps", "kind": "Deployment"} in permitted["namespaceResourceWhitelist"]
