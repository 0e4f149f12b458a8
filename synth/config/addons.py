"""`addons:`: which versions of operators the cluster has beside Kubeflow."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from synth.config.base import Duration, Name, NonEmpty, Resources, Section, Storage

Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]


class SeldonOperator(Section):
    """Seldon's operator, where Kubeflow does not bring it."""

    version: Version = "1.17.1"
    """The version of the operator and its chart; 1.17.1 is the last one under an open licence."""
    namespace: Name = "seldon-system"
    keda: bool = False
    """Whether it scales by KEDA, which addons.keda says is there."""


class ArgoEvents(Section):
    """Argo Events, which no Kubeflow brings."""

    version: Version = "1.9.10"
    """The version of its controller."""
    install: bool = True
    """Whether it is installed here, as an Application of its own; otherwise it is there already."""
    namespace: Name = "argo-events"


class ArgoWorkflows(Section):
    """Argo Workflows, where Kubeflow does not bring it."""

    version: Version = "3.7.11"
    """The version of Argo Workflows."""
    namespace: Name = "argo"


class Strimzi(Section):
    """The Strimzi operator, which runs Kafka."""

    version: Version = "0.45.1"
    """Its version; which API and which versions of Kafka it has follow from that. 0.45 is the last
    one for Kubernetes 1.25 and 1.26."""
    install: bool = False
    """Whether it is installed here, as an Application of its own; otherwise it is there already."""
    namespace: Name = "strimzi"
    """Where it is installed. It watches every namespace."""


class KnativeKafka(Section):
    """Knative's Kafka source (eventing-kafka-broker), beside Knative Eventing."""

    version: Version = "1.10.6"
    """Its version; the API of KafkaSources follows from that."""
    install: bool = False
    """Whether it is installed here, as an Application of its own; otherwise it is there already."""
    files: NonEmpty | None = None
    """A folder with the release's eventing-kafka-controller.yaml and eventing-kafka-source.yaml,
    absolute or relative to the repository, to be copied into dist/; otherwise Argo CD fetches them."""

    @model_validator(mode="after")
    def _of_ours(self) -> Self:
        if self.files and not self.install:
            raise ValueError("these are the files of what is installed here: add install: true")
        return self


class KubePrometheusStack(Section):
    """Prometheus and Alertmanager with their operator, and the metrics of the cluster itself; its
    Grafana is left to Grafana's own operator.
    """

    version: Version = "88.5.3"
    """The version of the chart kube-prometheus-stack."""
    namespace: Name = "monitoring"
    replicas: Annotated[int, Field(ge=1)] = 1
    """Prometheus servers, and as many Alertmanagers; two scrape and alert alike, and people are told
    once."""
    retention: Duration = "10d"
    """How long metrics are kept."""
    storage: Storage | None = None
    """The volume of each Prometheus; without it metrics go with the pod."""
    resources: Resources = Resources()
    """Requests and limits of Prometheus."""
    node_exporter: bool = True
    """Whether the nodes themselves are measured, by pods that read the nodes' file systems."""


class GrafanaOperator(Section):
    """Grafana's operator, which hands dashboards and alert rules to a Grafana."""

    version: Version = "5.24.0"
    """The version of the operator and its chart."""
    namespace: Name = "grafana-operator"


class OpenTelemetry(Section):
    """The OpenTelemetry operator, which runs collectors, and Jaeger, which is one."""

    version: Version = "0.158.0"
    """The version of the operator."""
    namespace: Name = "opentelemetry-operator"


class Eck(Section):
    """Elastic Cloud on Kubernetes, the operator that runs Elasticsearch, Kibana and Beats."""

    version: Version = "2.12.1"
    """The version of the operator and its chart; 2.12 is the last one for Kubernetes 1.25 and
    1.26."""
    namespace: Name = "elastic-system"


class SealedSecrets(Section):
    """The Sealed Secrets controller, which unseals what kubeseal sealed with its certificate."""

    version: Version = "0.39.1"
    """The version of the controller."""
    namespace: Name = "sealed-secrets"
    """Where it and its keys are; not one that holds anything else."""


class CertManager(Section):
    """cert-manager, where Kubeflow does not bring it."""

    version: Version = "1.16.1"
    """Its version, and that of its chart; 1.16 is for Kubernetes 1.25 to 1.32."""
    install: bool = False
    """Whether it is installed here, as an Application of its own; otherwise it is there already."""
    namespace: Name = "cert-manager"


class ExternalSecrets(Section):
    """The External Secrets operator, which makes Secrets from a store."""

    version: Version = "0.9.20"
    """Its version, and that of its chart; which API ExternalSecrets have follows from that."""
    install: bool = False
    """Whether it is installed here, as an Application of its own; otherwise it is there already."""
    namespace: Name = "external-secrets"


class KedaOperator(Section):
    """KEDA, which scales by events and metrics."""

    version: Version = "2.12.1"
    """Its version, and that of its chart; 2.12 is the last one for Kubernetes 1.26."""
    install: bool = False
    """Whether it is installed here, as an Application of its own; otherwise it is there already."""
    namespace: Name = "keda"


OperatorSettings = (
    KubePrometheusStack
    | GrafanaOperator
    | OpenTelemetry
    | Eck
    | CertManager
    | ExternalSecrets
    | KedaOperator
    | SealedSecrets
)
"""The sections whose operator the catalogue knows as a chart (`synth.catalog.operators`)."""


class Addons(Section):
    """Operators that objects of ours are written for; their API versions follow from these."""

    strimzi: Strimzi | None = None
    """The Strimzi operator; `{}` where it is there already."""
    knative_kafka: KnativeKafka | None = None
    """Knative's Kafka source; `{}` where it is there already."""
    cert_manager: CertManager | None = None
    """cert-manager, where Kubeflow's own component is off; `{}` where it is there already."""
    external_secrets: ExternalSecrets = ExternalSecrets()
    """The External Secrets operator, which is there already unless it is installed here."""
    keda: KedaOperator | None = None
    """KEDA; `{}` where it is there already."""
    seldon: SeldonOperator | None = None
    """Seldon's operator as an Application of its own."""
    argo_events: ArgoEvents | None = None
    """Argo Events; `{install: false}` where it is there already."""
    argo_workflows: ArgoWorkflows | None = None
    """Argo Workflows as an Application of its own."""
    kube_prometheus_stack: KubePrometheusStack | None = None
    """Prometheus and Alertmanager as an Application of their own."""
    grafana_operator: GrafanaOperator | None = None
    """Grafana's operator as an Application of its own."""
    open_telemetry: OpenTelemetry | None = None
    """The OpenTelemetry operator as an Application of its own."""
    eck: Eck | None = None
    """Elastic Cloud on Kubernetes as an Application of its own."""
    sealed_secrets: SealedSecrets | None = None
    """The Sealed Secrets controller as an Application of its own."""

    @property
    def operators(self) -> dict[str, OperatorSettings]:
        """The operators that are installed here and that the catalogue knows as charts, by the
        section's name.
        """
        given = {
            "certManager": self.cert_manager,
            "externalSecrets": self.external_secrets,
            "keda": self.keda,
            "kubePrometheusStack": self.kube_prometheus_stack,
            "grafanaOperator": self.grafana_operator,
            "openTelemetry": self.open_telemetry,
            "eck": self.eck,
            "sealedSecrets": self.sealed_secrets,
        }
        return {
            section: each
            for section, each in given.items()
            if each and getattr(each, "install", True)
        }
