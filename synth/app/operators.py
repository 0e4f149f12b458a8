"""Operators as Applications: the values of their charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from synth.app.part import Part
from synth.catalog.images import mirror_to, split
from synth.catalog.operators import OPERATORS, RELEASE, Operator
from synth.config.addons import CertManager, KubePrometheusStack
from synth.kit.application import Application, HelmChart
from synth.kit.containers import NO_PRIVILEGES
from synth.kit.objects import Origin
from synth.kit.protection import PROTECTION

NAMES: Mapping[str, str] = {
    "certManager": "cert-manager",
    "externalSecrets": "external-secrets",
    "keda": "keda",
    "kubePrometheusStack": "kube-prometheus-stack",
    "grafanaOperator": "grafana-operator",
    "openTelemetry": "opentelemetry",
    "eck": "eck",
    "sealedSecrets": "sealed-secrets",
}
"""The Application of each section of `addons`."""
WAVES: Mapping[str, int] = {
    **dict.fromkeys(NAMES, 9),
    # As Kubeflow's own: its issuer follows in wave 1, its first ExternalSecrets in wave 2.
    "certManager": 0,
    "externalSecrets": 0,
    "sealedSecrets": 0,
}
"""The wave of each: before everything that has kinds of theirs."""
_CONTROL_PLANE = ("coreDns", "kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")


def part(section: str, settings: Any, registry: str | None) -> Part:
    """The Application of a section of `addons`, whose version the catalogue knows: one that is
    unknown is a finding (AD008).
    """
    operator, name = OPERATORS[section], NAMES[section]
    known = operator.versions.get(settings.version)
    make, level, prune = _VALUES[section]
    if isinstance(settings, KubePrometheusStack) and settings.node_exporter:
        # Its pods have the network and the file systems of their nodes.
        level = "privileged"
    origins = dict.fromkeys(
        sorted(operator.identities(settings.namespace)), Origin("", f"addons.{section}")
    )
    application = Application(
        name,
        WAVES[section],
        tuple(origins),
        HelmChart(
            operator.repository,
            operator.chart,
            known.chart if known else "",
            make(settings, _images(operator, settings.version, registry)),
            release=RELEASE if section == "kubePrometheusStack" else "",
        ),
        namespace=settings.namespace,
        namespace_labels={"pod-security.kubernetes.io/enforce": level},
        prune=prune,
    )
    return Part(application, {}, origins)


def _images(operator: Operator, version: str, registry: str | None) -> dict[str, str]:
    """What its images are called where the environment pulls them from, by place in the values."""
    mirror = mirror_to(registry)
    return {
        place: mirror(image.format(version=version)) for place, image in operator.images.items()
    }


def _apart(image: str) -> dict[str, str]:
    """An image as most charts want it."""
    repository, tag, _ = split(image)
    return {"repository": repository, "tag": tag}


def _registry_apart(image: str) -> dict[str, str]:
    """An image as kube-prometheus-stack, its subcharts and Grafana's want it."""
    repository, tag, _ = split(image)
    registry, _, rest = repository.rpartition("/")
    registry, _, organisation = registry.rpartition("/")
    return {"registry": registry, "repository": f"{organisation}/{rest}", "tag": tag}


def kube_prometheus_stack_values(
    stack: KubePrometheusStack, images: Mapping[str, str]
) -> dict[str, Any]:
    """The chart's values: it selects monitors and rules by the label of its release, and every
    AlertmanagerConfig, both by its own defaults.

    Source: prometheus-community/helm-charts charts/kube-prometheus-stack/values.yaml and templates/.
    """
    image = {place: _registry_apart(image) for place, image in images.items()}
    prometheus: dict[str, Any] = {
        "image": image["prometheus.prometheusSpec.image"],
        "replicas": stack.replicas,
        "retention": stack.retention,
    }
    if stack.storage:
        prometheus["storageSpec"] = {"volumeClaimTemplate": {"spec": stack.storage.claim()}}
    resources = stack.resources.model_dump(exclude_defaults=True)
    if resources:
        prometheus["resources"] = resources
    return {
        "fullnameOverride": RELEASE,
        "prometheusOperator": {
            # A Job would make the certificate and write it into the webhooks.
            "admissionWebhooks": {"certManager": {"enabled": True}},
            "image": image["prometheusOperator.image"],
            "prometheusConfigReloader": {
                "image": image["prometheusOperator.prometheusConfigReloader.image"]
            },
        },
        "prometheus": {"prometheusSpec": prometheus},
        "alertmanager": {
            "alertmanagerSpec": {
                "image": image["alertmanager.alertmanagerSpec.image"],
                "replicas": stack.replicas,
                # No Secret in git: without one the operator begins with an empty configuration,
                # and AlertmanagerConfigs add to it.
                "useExistingSecret": True,
                # Or routes of the platform's would be kept to alerts of its own namespace.
                "alertmanagerConfigMatcherStrategy": {
                    "type": "OnNamespaceExceptForAlertmanagerNamespace"
                },
            }
        },
        # Dashboards are for the Grafana that its own operator runs; this one has a password in git.
        "grafana": {"enabled": False},
        "nodeExporter": {"enabled": stack.node_exporter},
        "prometheus-node-exporter": {"image": image["prometheus-node-exporter.image"]},
        "kube-state-metrics": {"image": image["kube-state-metrics.image"]},
        # What a managed control plane does not show, and needs Services in kube-system.
        **{part: {"enabled": False} for part in _CONTROL_PLANE},
    }


def grafana_operator_values(_: object, images: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values.

    Source: grafana/grafana-operator deploy/helm/grafana-operator/values.yaml at v5.24.0.
    """
    grafana = images["env.RELATED_IMAGE_GRAFANA"]
    return {
        "fullnameOverride": "grafana-operator",
        "image": _registry_apart(images["image"]),
        "env": [{"name": "RELATED_IMAGE_GRAFANA", "value": grafana}],
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    }


def opentelemetry_values(_: object, images: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values.

    Source: open-telemetry/opentelemetry-helm-charts charts/opentelemetry-operator/values.yaml.
    """
    return {
        "fullnameOverride": "opentelemetry-operator",
        "manager": {
            "image": _apart(images["manager.image"]),
            "collectorImage": _apart(images["manager.collectorImage"]),
        },
        "admissionWebhooks": {"certManager": {"enabled": True}},
        "crds": {"create": True, "annotations": dict(PROTECTION)},
    }


def eck_values(_: object, images: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values.

    Source: elastic/cloud-on-k8s deploy/eck-operator/values.yaml and templates/ at v2.16.1.
    """
    image = _apart(images["image"])
    return {
        "image": image,
        "installCRDs": True,
        # Its certificate would be a Secret of the chart; the operator checks the same by itself
        # (pkg/controller/elasticsearch/elasticsearch_controller.go).
        "webhook": {"enabled": False},
        "telemetry": {"disabled": True},
        "podSecurityContext": {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # Where the images of Elasticsearch, Kibana and Beats come from.
        "config": {"containerRegistry": image["repository"].removesuffix("/eck/eck-operator")},
    }


def cert_manager_values(settings: CertManager, images: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values.

    Source: cert-manager/cert-manager deploy/charts/cert-manager/values.yaml at v1.16.1 and v1.21.2.
    """
    image = {place: {"image": _apart(image)} for place, image in images.items()}
    return {
        "fullnameOverride": "cert-manager",
        "crds": {"enabled": True},
        # Its leases would be in kube-system.
        "global": {"leaderElection": {"namespace": settings.namespace}},
        # A Job that Argo CD would run again with every sync; the pods' own health says the same.
        "startupapicheck": {"enabled": False},
        **image["image"],
        **{part: image[f"{part}.image"] for part in ("cainjector", "webhook", "acmesolver")},
    }


def external_secrets_values(_: object, images: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values.

    Source: external-secrets/external-secrets deploy/charts/external-secrets/values.yaml and templates/
    at v0.9.20 and v1.3.2.
    """
    return {
        "fullnameOverride": "external-secrets",
        "image": _apart(images["image"]),
        "installCRDs": True,
        "crds": {"annotations": dict(PROTECTION), "conversion": {"enabled": False}},
        "leaderElect": True,
        # Its certificate would be a Secret of the chart; the operator says the same in the status.
        "webhook": {"create": False},
        "certController": {"create": False},
    }


def keda_values(_: object, images: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values; its certificates are the operator's own.

    Source: kedacore/charts keda/README.md and keda/templates at 2.20.2.
    """
    programs = ("operator", "metricServer", "webhooks")
    pod = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        # Charts with a value for the registry would put theirs before it.
        "image": {
            place.removeprefix("image."): {"registry": "", **_apart(image)}
            for place, image in images.items()
        },
        "crds": {"install": True, "additionalAnnotations": dict(PROTECTION)},
        "podSecurityContext": dict.fromkeys(programs, pod),
        "securityContext": dict.fromkeys(programs, NO_PRIVILEGES),
    }


def sealed_secrets_values(_: object, images: Mapping[str, str]) -> dict[str, Any]:
    """The chart's values: with the name that kubeseal asks for by default.

    Source: bitnami-labs/sealed-secrets helm/sealed-secrets/values.yaml and templates/ at v0.40.0.
    """
    return {
        "fullnameOverride": "sealed-secrets-controller",
        "image": _registry_apart(images["image"]),
        # Everybody who may log in would reach it, to be told whether something can be unsealed; the
        # certificate, all that is needed for sealing, is public.
        "rbac": {"serviceProxier": {"create": False, "bind": False}},
        "containerSecurityContext": dict(NO_PRIVILEGES),
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    }


_VALUES: Mapping[str, tuple[Callable[[Any, Mapping[str, str]], dict[str, Any]], str, bool]] = {
    # CRDs that no value annotates are protected by pruning nothing at all.
    "certManager": (cert_manager_values, "restricted", False),
    "externalSecrets": (external_secrets_values, "restricted", True),
    "keda": (keda_values, "restricted", True),
    "kubePrometheusStack": (kube_prometheus_stack_values, "baseline", False),
    "grafanaOperator": (grafana_operator_values, "restricted", False),
    "openTelemetry": (opentelemetry_values, "restricted", True),
    "eck": (eck_values, "restricted", False),
    "sealedSecrets": (sealed_secrets_values, "restricted", False),
}
"""By section: what makes the values, the level of pod security its pods fit into, and whether Argo
CD may prune."""
