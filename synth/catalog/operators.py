"""Operators as Helm charts: which versions are known and for which Kubernetes, what they create with
the values of `synth.app.operators`, which images they run.

Sources: prometheus-community/helm-charts charts/kube-prometheus-stack (templates/, Chart.yaml) and
prometheus-operator pkg/operator/defaults.go at v0.93.1, Documentation/getting-started/
compatibility.md; grafana/grafana-operator deploy/helm/grafana-operator and controllers/config/
operator_constants.go at v5.24.0; open-telemetry/opentelemetry-helm-charts
charts/opentelemetry-operator (templates/, examples/default/rendered/), its release
opentelemetry-operator-0.122.0, and opentelemetry-operator docs/getting-started/compatibility.md;
elastic/cloud-on-k8s deploy/eck-operator at v2.16.1 and v3.5.0, docs/supported-versions.asciidoc and
elastic.co/guide/en/cloud-on-k8s/2.12/k8s-quickstart.html; cert-manager/cert-manager
deploy/charts/cert-manager at v1.16.1, v1.19.4 and v1.21.2, cert-manager/website
content/docs/releases/README.md; external-secrets/external-secrets deploy/charts/external-secrets at
v0.9.20, v0.16.2 and v1.3.2, docs/introduction/stability-support.md; kedacore/charts keda/templates
and keda/README.md at 2.20.2, keda.sh/docs/2.20/operate/cluster; bitnami-labs/sealed-secrets
helm/sealed-secrets and README.md at v0.27.1 and v0.40.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from synth.kit.objects import Identity

Minor = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Known:
    """A version of an operator: that of its chart, and the first and the last minor version of
    Kubernetes that it is documented for; without a last one for every later one. An older one than
    `accepted` refuses its CRDs.
    """

    chart: str
    first: Minor
    last: Minor | None = None
    accepted: Minor = (0, 0)

    def fits(self, kubernetes: Minor) -> bool:
        """Whether it is documented for that Kubernetes."""
        return self.first <= kubernetes and (self.last is None or kubernetes <= self.last)

    @property
    def range(self) -> str:
        """Those versions in words: `1.25 to 1.29`, `1.25 and later`."""
        first, last = (".".join(map(str, each or ())) for each in (self.first, self.last))
        if first == last:
            return first
        return f"{first} to {last}" if last else f"{first} and later"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator and its chart.

    `objects` are the group, kind, namespace and name of what the chart creates, `images` what it
    runs by the place in its values that names them; `{version}` is that of the operator.
    """

    title: str
    repository: str
    chart: str
    versions: Mapping[str, Known]
    objects: tuple[str, ...]
    images: Mapping[str, str]

    def identities(self, namespace: str) -> Iterator[Identity]:
        """What the chart creates in and for a namespace, and the namespace itself."""
        yield Identity("", "Namespace", "", namespace)
        for each in self.objects:
            group, kind, where, name = each.format(namespace=namespace).split("/")
            yield Identity(group, kind, where, name)


def _crds(*names: str) -> tuple[str, ...]:
    return tuple(f"apiextensions.k8s.io/CustomResourceDefinition//{name}" for name in names)


def _cluster_roles(*names: str, bound: tuple[str, ...] = ()) -> tuple[str, ...]:
    return (
        *(f"rbac.authorization.k8s.io/ClusterRole//{name}" for name in names),
        *(f"rbac.authorization.k8s.io/ClusterRoleBinding//{name}" for name in bound or names),
    )


def _roles(name: str) -> tuple[str, ...]:
    return tuple(
        f"rbac.authorization.k8s.io/{kind}/{{namespace}}/{name}" for kind in ("Role", "RoleBinding")
    )


def _of(kind: str, *names: str) -> tuple[str, ...]:
    """Objects of a kind, `<group>/<kind>`, in the operator's namespace."""
    return tuple(f"{kind}/{{namespace}}/{name}" for name in names)


RELEASE = "kube-prometheus-stack"
"""The name of the Helm release, whatever the Application's: Prometheus selects monitors and rules
by the label `release: <name>` (charts/kube-prometheus-stack templates/prometheus/prometheus.yaml,
*SelectorNilUsesHelmValues)."""
_EXPORTERS = (f"{RELEASE}-kube-state-metrics", f"{RELEASE}-prometheus-node-exporter")
_SERVERS = (f"{RELEASE}-operator", f"{RELEASE}-prometheus", f"{RELEASE}-alertmanager")
_ADMISSION = "admissionregistration.k8s.io"
_QUAY = "quay.io"

KUBE_PROMETHEUS_STACK = Operator(
    title="kube-prometheus-stack",
    repository="https://prometheus-community.github.io/helm-charts",
    chart="kube-prometheus-stack",
    versions={"88.5.3": Known("88.5.3", (1, 25))},
    objects=(
        *_of("/ServiceAccount", *_SERVERS, *_EXPORTERS),
        *_of("/Service", *_SERVERS, *_EXPORTERS),
        *_of("apps/Deployment", _SERVERS[0], _EXPORTERS[0]),
        *_of("apps/DaemonSet", _EXPORTERS[1]),
        *_of("cert-manager.io/Certificate", f"{RELEASE}-admission", f"{RELEASE}-root-cert"),
        *_of("cert-manager.io/Issuer", f"{RELEASE}-root-issuer", f"{RELEASE}-self-signed-issuer"),
        *_of("monitoring.coreos.com/Alertmanager", _SERVERS[2]),
        *_of("monitoring.coreos.com/Prometheus", _SERVERS[1]),
        # The chart's own rules, some thirty objects; a project needs the kind alone.
        *_of("monitoring.coreos.com/PrometheusRule", ""),
        *_of(
            "monitoring.coreos.com/ServiceMonitor",
            *_SERVERS,
            *_EXPORTERS,
            f"{RELEASE}-apiserver",
            f"{RELEASE}-kubelet",
        ),
        f"{_ADMISSION}/MutatingWebhookConfiguration//{RELEASE}-admission",
        f"{_ADMISSION}/ValidatingWebhookConfiguration//{RELEASE}-admission",
        *_cluster_roles(*_SERVERS[:2], _EXPORTERS[0]),
        *_crds(
            *(
                f"{plural}.monitoring.coreos.com"
                for plural in (
                    "alertmanagerconfigs", "alertmanagers", "podmonitors", "probes",
                    "prometheusagents", "prometheuses", "prometheusrules", "scrapeconfigs",
                    "servicemonitors", "thanosrulers",
                )
            )
        ),
    ),
    # All but the operator's own are pinned by the values.
    images={
        "prometheusOperator.image": f"{_QUAY}/prometheus-operator/prometheus-operator:v0.93.1",
        "prometheusOperator.prometheusConfigReloader.image": (
            f"{_QUAY}/prometheus-operator/prometheus-config-reloader:v0.93.1"
        ),
        "prometheus.prometheusSpec.image": f"{_QUAY}/prometheus/prometheus:v3.11.1",
        "alertmanager.alertmanagerSpec.image": f"{_QUAY}/prometheus/alertmanager:v0.33.1",
        "prometheus-node-exporter.image": f"{_QUAY}/prometheus/node-exporter:v1.9.1",
        "kube-state-metrics.image": (
            "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.16.0"
        ),
    },
)  # fmt: skip

GRAFANA_OPERATOR = Operator(
    title="the Grafana operator",
    # An OCI registry, which Argo CD knows by the missing scheme (util/helm/client.go at v3.2.6).
    repository="ghcr.io/grafana/helm-charts",
    chart="grafana-operator",
    # Rules in its CRDs need the Common Expression Language, on by default from 1.25 on.
    versions={"5.24.0": Known("5.24.0", (1, 25))},
    objects=(
        *_of("/ServiceAccount", "grafana-operator"),
        *_of("/Service", "grafana-operator-metrics-service"),
        *_of("apps/Deployment", "grafana-operator"),
        *_cluster_roles("grafana-operator"),
        *_roles("grafana-operator-leases"),
        *_crds(
            *(
                f"grafana{plural}.grafana.integreatly.org"
                for plural in (
                    "alertrulegroups", "contactpoints", "dashboards", "datasources", "folders",
                    "librarypanels", "manifests", "mutetimings", "notificationpolicies",
                    "notificationpolicyroutes", "notificationtemplates", "s", "serviceaccounts",
                )
            )
        ),
    ),
    images={
        "image": "ghcr.io/grafana/grafana-operator:v{version}",
        "env.RELATED_IMAGE_GRAFANA": "docker.io/grafana/grafana:13.0.1",
    },
)  # fmt: skip

_OPENTELEMETRY = "opentelemetry-operator"
OPENTELEMETRY = Operator(
    title="the OpenTelemetry operator",
    repository="https://open-telemetry.github.io/opentelemetry-helm-charts",
    chart="opentelemetry-operator",
    versions={"0.158.0": Known("0.122.0", (1, 25), (1, 36))},
    objects=(
        *_of("/ServiceAccount", _OPENTELEMETRY),
        *_of("/Service", _OPENTELEMETRY, f"{_OPENTELEMETRY}-webhook"),
        *_of("apps/Deployment", _OPENTELEMETRY),
        *_of("cert-manager.io/Certificate", f"{_OPENTELEMETRY}-serving-cert"),
        *_of("cert-manager.io/Issuer", f"{_OPENTELEMETRY}-selfsigned-issuer"),
        f"{_ADMISSION}/MutatingWebhookConfiguration//{_OPENTELEMETRY}-mutation",
        f"{_ADMISSION}/ValidatingWebhookConfiguration//{_OPENTELEMETRY}-validation",
        *_cluster_roles(
            f"{_OPENTELEMETRY}-manager",
            f"{_OPENTELEMETRY}-metrics",
            f"{_OPENTELEMETRY}-proxy",
            bound=(f"{_OPENTELEMETRY}-manager", f"{_OPENTELEMETRY}-proxy"),
        ),
        *_roles(f"{_OPENTELEMETRY}-leader-election"),
        *_crds(
            *(
                f"{plural}.opentelemetry.io"
                for plural in (
                    "clusterobservabilities", "instrumentations", "opampbridges",
                    "opentelemetrycollectors", "targetallocators",
                )
            )
        ),
    ),
    images={
        "manager.image": (
            "ghcr.io/open-telemetry/opentelemetry-operator/opentelemetry-operator:{version}"
        ),
        # What a collector runs that names no image; none of ours does.
        "manager.collectorImage": (
            "ghcr.io/open-telemetry/opentelemetry-collector-releases/"
            "opentelemetry-collector-k8s:{version}"
        ),
    },
)  # fmt: skip

ECK = Operator(
    title="ECK",
    repository="https://helm.elastic.co",
    chart="eck-operator",
    versions={
        "2.12.1": Known("2.12.1", (1, 25), (1, 29)),
        "2.16.1": Known("2.16.1", (1, 27), (1, 32)),
        "3.5.0": Known("3.5.0", (1, 32), (1, 36)),
    },
    objects=(
        *_of("/ConfigMap", "elastic-operator"),
        *_of("/ServiceAccount", "elastic-operator"),
        *_of("apps/StatefulSet", "elastic-operator"),
        *_cluster_roles(
            "elastic-operator", "elastic-operator-edit", "elastic-operator-view",
            bound=("elastic-operator",),
        ),
        # Those of 3.5.0; earlier ones have all but two of them.
        *_crds(
            *(
                f"{name}.k8s.elastic.co"
                for name in (
                    "agents.agent", "apmservers.apm", "autoopsagentpolicies.autoops",
                    "beats.beat", "elasticmapsservers.maps", "elasticsearchautoscalers.autoscaling",
                    "elasticsearches.elasticsearch", "enterprisesearches.enterprisesearch",
                    "kibanas.kibana", "logstashes.logstash", "packageregistries.packageregistry",
                    "stackconfigpolicies.stackconfigpolicy",
                )
            )
        ),
    ),
    images={"image": "docker.elastic.co/eck/eck-operator:{version}"},
)  # fmt: skip

_CERT_MANAGER = "cert-manager"
_SELECTABLE_FIELDS = (1, 30)
"""The first Kubernetes whose CRDs have selectableFields (k8s.io/apiextensions-apiserver
pkg/apis/apiextensions/v1/types.go at v0.29.0 and v0.30.0); an older one refuses a server-side apply
of fields that its own schema does not declare."""
_CONTROLLERS = tuple(
    f"{_CERT_MANAGER}-{name}"
    for name in (
        "controller-approve:cert-manager-io", "controller-certificates",
        "controller-certificatesigningrequests", "controller-challenges",
        "controller-clusterissuers", "controller-ingress-shim", "controller-issuers",
        "controller-orders", "cainjector", "webhook:subjectaccessreviews",
    )
)  # fmt: skip
_PROGRAMS = (_CERT_MANAGER, f"{_CERT_MANAGER}-cainjector", f"{_CERT_MANAGER}-webhook")
CERT_MANAGER = Operator(
    title="cert-manager",
    repository="https://charts.jetstack.io",
    chart="cert-manager",
    versions={
        "1.16.1": Known("v1.16.1", (1, 25), (1, 32)),
        "1.19.4": Known("v1.19.4", (1, 31), (1, 35)),
        "1.21.2": Known("v1.21.2", (1, 33), (1, 36), accepted=_SELECTABLE_FIELDS),
    },
    objects=(
        *_of("/ServiceAccount", *_PROGRAMS),
        *_of("/Service", *_PROGRAMS),
        *_of("apps/Deployment", *_PROGRAMS),
        f"{_ADMISSION}/MutatingWebhookConfiguration//{_CERT_MANAGER}-webhook",
        f"{_ADMISSION}/ValidatingWebhookConfiguration//{_CERT_MANAGER}-webhook",
        *_cluster_roles(
            *_CONTROLLERS,
            *(f"{_CERT_MANAGER}-{name}" for name in ("cluster-view", "edit", "view")),
            bound=_CONTROLLERS,
        ),
        *_roles(f"{_CERT_MANAGER}:leaderelection"),
        *_roles(f"{_CERT_MANAGER}-cainjector:leaderelection"),
        *_roles(f"{_CERT_MANAGER}-webhook:dynamic-serving"),
        # 1.16's binding is called otherwise, and 1.21 has neither any more.
        *_roles(f"{_CERT_MANAGER}-tokenrequest"),
        *_of("rbac.authorization.k8s.io/RoleBinding", f"{_CERT_MANAGER}-{_CERT_MANAGER}-tokenrequest"),
        *_crds(
            *(f"{plural}.cert-manager.io" for plural in (
                "certificaterequests", "certificates", "clusterissuers", "issuers",
            )),
            "challenges.acme.cert-manager.io",
            "orders.acme.cert-manager.io",
        ),
    ),
    images={
        "image": f"{_QUAY}/jetstack/cert-manager-controller:v{{version}}",
        "cainjector.image": f"{_QUAY}/jetstack/cert-manager-cainjector:v{{version}}",
        "webhook.image": f"{_QUAY}/jetstack/cert-manager-webhook:v{{version}}",
        # What answers an ACME server, in a pod of its own.
        "acmesolver.image": f"{_QUAY}/jetstack/cert-manager-acmesolver:v{{version}}",
    },
)  # fmt: skip

_EXTERNAL_SECRETS = "external-secrets"
EXTERNAL_SECRETS = Operator(
    title="External Secrets",
    repository="https://charts.external-secrets.io",
    chart="external-secrets",
    versions={
        "0.9.20": Known("0.9.20", (1, 19), (1, 30)),
        "0.16.2": Known("0.16.2", (1, 32), (1, 32)),
        "1.3.2": Known("1.3.2", (1, 34), (1, 34), accepted=_SELECTABLE_FIELDS),
    },
    objects=(
        *_of("/ServiceAccount", _EXTERNAL_SECRETS),
        *_of("apps/Deployment", _EXTERNAL_SECRETS),
        *_cluster_roles(
            *(f"{_EXTERNAL_SECRETS}-{name}" for name in (
                "controller", "edit", "servicebindings", "view",
            )),
            bound=(f"{_EXTERNAL_SECRETS}-controller",),
        ),
        *_roles(f"{_EXTERNAL_SECRETS}-leaderelection"),
        # Those of 1.3.2; earlier ones have fewer.
        *_crds(
            *(f"{plural}.external-secrets.io" for plural in (
                "clusterexternalsecrets", "clusterpushsecrets", "clustersecretstores",
                "externalsecrets", "pushsecrets", "secretstores",
            )),
            *(f"{plural}.generators.external-secrets.io" for plural in (
                "acraccesstokens", "cloudsmithaccesstokens", "clustergenerators",
                "ecrauthorizationtokens", "fakes", "gcraccesstokens", "generatorstates",
                "githubaccesstokens", "grafanas", "mfas", "passwords", "quayaccesstokens",
                "sshkeys", "stssessiontokens", "uuids", "vaultdynamicsecrets", "webhooks",
            )),
        ),
    ),
    images={"image": "ghcr.io/external-secrets/external-secrets:v{version}"},
)  # fmt: skip

_KEDA = "keda-operator"
_KEDA_METRICS, _KEDA_WEBHOOKS = f"{_KEDA}-metrics-apiserver", "keda-admission-webhooks"
KEDA = Operator(
    title="KEDA",
    repository="https://kedacore.github.io/charts",
    chart="keda",
    versions={
        "2.12.1": Known("2.12.1", (1, 26), (1, 28)),
        "2.16.1": Known("2.16.1", (1, 29), (1, 31)),
        "2.18.3": Known("2.18.3", (1, 31), (1, 33)),
        "2.20.2": Known("2.20.2", (1, 33), (1, 35)),
    },
    # Those of 2.20.2, and a Role that earlier ones have in the place of another.
    objects=(
        *_of("/ServiceAccount", _KEDA, "keda-metrics-server", "keda-webhook"),
        *_of("/Service", _KEDA, _KEDA_METRICS, _KEDA_WEBHOOKS),
        *_of("apps/Deployment", _KEDA, _KEDA_METRICS, _KEDA_WEBHOOKS),
        f"{_ADMISSION}/ValidatingWebhookConfiguration//keda-admission",
        "apiregistration.k8s.io/APIService//v1beta1.external.metrics.k8s.io",
        *_cluster_roles(
            *(f"{_KEDA}{suffix}" for suffix in (
                "", "-external-metrics-reader", "-minimal-cluster-role", "-webhook",
            )),
            bound=(
                *(f"{_KEDA}{suffix}" for suffix in (
                    "", "-hpa-controller-external-metrics", "-minimal", "-system-auth-delegator",
                    "-webhook",
                )),
            ),
        ),
        *_roles(f"{_KEDA}-certs"),
        *_roles(_KEDA),
        # What an API server of its own reads how to know the other one by.
        f"rbac.authorization.k8s.io/RoleBinding/kube-system/{_KEDA}-auth-reader",
        *_crds(
            *(f"{plural}.keda.sh" for plural in (
                "clustertriggerauthentications", "scaledjobs", "scaledobjects",
                "triggerauthentications",
            )),
            "cloudeventsources.eventing.keda.sh",
            "clustercloudeventsources.eventing.keda.sh",
        ),
    ),
    images={
        "image.keda": "ghcr.io/kedacore/keda:{version}",
        "image.metricsApiServer": "ghcr.io/kedacore/keda-metrics-apiserver:{version}",
        "image.webhooks": "ghcr.io/kedacore/keda-admission-webhooks:{version}",
    },
)  # fmt: skip

_SEALED = "sealed-secrets-controller"
SEALED_SECRETS = Operator(
    title="Sealed Secrets",
    repository="https://bitnami.github.io/sealed-secrets",
    chart="sealed-secrets",
    versions={"0.39.1": Known("2.19.3", (1, 16)), "0.27.0": Known("2.16.0", (1, 16))},
    objects=(
        *_of("/ServiceAccount", _SEALED),
        *_of("/Service", _SEALED, f"{_SEALED}-metrics"),
        *_of("apps/Deployment", _SEALED),
        *_cluster_roles("secrets-unsealer", bound=(_SEALED,)),
        *_roles(f"{_SEALED}-key-admin"),
        *_crds("sealedsecrets.bitnami.com"),
    ),
    images={"image": "docker.io/bitnami/sealed-secrets-controller:{version}"},
)

OPERATORS = {
    "certManager": CERT_MANAGER,
    "externalSecrets": EXTERNAL_SECRETS,
    "keda": KEDA,
    "kubePrometheusStack": KUBE_PROMETHEUS_STACK,
    "grafanaOperator": GRAFANA_OPERATOR,
    "openTelemetry": OPENTELEMETRY,
    "eck": ECK,
    "sealedSecrets": SEALED_SECRETS,
}
"""Every one by its section of `addons`."""


def operator_images(operator: Operator, version: str) -> Iterator[str]:
    """Every image of a version."""
    for image in operator.images.values():
        yield image.format(version=version)
