"""Where Prometheus finds the metrics of the platform, and what has to let it in.

Everything that selects lies in Prometheus' namespace; what lets it in lies with the pods. Kubernetes
itself (kube_*) is kube-state-metrics' to show, which kube-prometheus-stack brings and scrapes.

Source: prometheus-operator pkg/apis/monitoring/v1 (podmonitor_types.go, servicemonitor_types.go),
v0.93.0; labels and ports of pods: kubeflow/manifests 1.8.0 to 26.03 (apps or applications/pipeline,
common/cert-manager), argoproj/argo-helm charts/argo-workflows/templates/controller, argoproj/argo-cd
manifests/base/application-controller/argocd-metrics.yaml, v3.2.6, strimzi/strimzi-kafka-operator
cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaExporter.java,
argoproj/argo-events pkg/reconciler/{eventsource,sensor} (controller.go, resource.go), v1.9.10.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from synth.catalog.platform_metrics import ARGO_EVENTS_PORT
from synth.config.kafka import KafkaCluster
from synth.config.observability import Prometheus
from synth.kit.network import from_namespace, ingress_policy, let_in, port
from synth.kit.objects import Body, manifest
from synth.kit.versions import minor

API = "monitoring.coreos.com/v1"
TLS_SINCE = (3, 6)
"""From here on Argo Workflows' controller shows its metrics by TLS, with a certificate that it signs
itself at its start (config/config.go, docs/upgrading.md, v3.7.3)."""


@dataclass(frozen=True, slots=True)
class Target:
    """Pods, or with `service` those behind Services, of one namespace that show their metrics at a
    port.

    `port` is what they call it and `number` what it is. `encrypted`: by TLS, with a certificate
    that nobody can verify. `honest`: labels such as `namespace` are about something else than the
    pod, and stay. `pod_labels` are handed on. `denied`: no policy of the mesh lets anyone in.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    port: str
    number: int
    service: bool = False
    encrypted: bool = False
    honest: bool = False
    pod_labels: tuple[str, ...] = ()
    denied: bool = False


def workflow_controller(namespace: str, argo: str, *, addon: bool) -> Target:
    """Argo Workflows' controller, in Kubeflow's mesh unless it is an add-on."""
    label = "app.kubernetes.io/name" if addon else "app"
    return Target(
        "workflow-controller",
        namespace,
        {label: "workflow-controller"},
        "metrics",
        9090,
        encrypted=minor(argo) >= TLS_SINCE,
        denied=not addon,
    )


PIPELINES = Target("ml-pipeline", "kubeflow", {"app": "ml-pipeline"}, "http", 8888)
"""The API server of Kubeflow Pipelines, whose own policy lets in whoever is no user."""


def cert_manager(namespace: str) -> Target:
    """cert-manager's controller."""
    return Target(
        "cert-manager",
        namespace,
        {"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller"},
        "http-metrics",
        9402,
        honest=True,
    )


def argo_cd(namespace: str) -> Target:
    """Argo CD's application controller, which its own NetworkPolicy opens to every namespace."""
    labels = {"app.kubernetes.io/name": "argocd-metrics"}
    return Target("argo-cd", namespace, labels, "metrics", 8082, service=True, honest=True)


def kafka_exporter(namespace: str, cluster: str) -> Target:
    """The exporter that Strimzi runs beside a cluster, which Strimzi's own NetworkPolicy opens."""
    return Target(
        f"{cluster}-kafka-exporter",
        namespace,
        {"strimzi.io/cluster": cluster, "strimzi.io/name": f"{cluster}-kafka-exporter"},
        "tcp-prometheus",
        9404,
        pod_labels=("strimzi.io/cluster",),
    )


def exporter_labels(cluster: KafkaCluster | None) -> dict[str, str]:
    """The labels of all that this cluster's exporter shows, its pods' among them; none where the
    cluster is not one of `kafka`.
    """
    return {"namespace": cluster.namespace, "strimzi_io_cluster": cluster.name} if cluster else {}


def argo_events(team: str) -> Iterator[Target]:
    """A team's EventSources, which take its alerts and whose own NetworkPolicy lets Prometheus in, and
    its Sensors, which start the workflows that they ask for; none is in the mesh.
    """
    for name in ("eventsource", "sensor"):
        labels = {"controller": f"{name}-controller"}
        yield Target(f"{name}s", team, labels, "metrics", ARGO_EVENTS_PORT)


def mlflow(namespace: str, labels: Mapping[str, str]) -> Target:
    """MLflow's server, whose own policies let Prometheus in; `labels` are its Service's."""
    return Target("mlflow", namespace, labels, "http", 5000, service=True)


def scraping(target: Target, prometheus: Prometheus, isolated: Collection[str]) -> Iterator[Body]:
    """The monitor of a target and what has to let Prometheus in; `isolated` are the namespaces where
    a NetworkPolicy shuts every pod off from other namespaces. Elsewhere one would do just that.
    """
    yield _monitor(target, prometheus)
    if target.denied:
        yield _mesh_policy(target)
    if target.namespace in isolated:
        yield _network_policy(target, prometheus)


def _monitor(target: Target, prometheus: Prometheus) -> Body:
    endpoint: Body = {"port": target.port}
    if target.encrypted:
        endpoint |= {"scheme": "https", "tlsConfig": {"insecureSkipVerify": True}}
    if target.honest:
        endpoint["honorLabels"] = True
    endpoints = "endpoints" if target.service else "podMetricsEndpoints"
    handed_on = {"podTargetLabels": list(target.pod_labels)} if target.pod_labels else {}
    return manifest(
        API,
        "ServiceMonitor" if target.service else "PodMonitor",
        f"{target.namespace}.{target.name}",
        namespace=prometheus.namespace,
        labels=prometheus.labels,
        spec={
            "selector": {"matchLabels": dict(target.labels)},
            "namespaceSelector": {"matchNames": [target.namespace]},
            endpoints: [endpoint],
            **handed_on,
        },
    )


def _mesh_policy(target: Target) -> Body:
    """Reading the metrics, which Kubeflow's global-deny-all forbids.

    From anywhere: a Prometheus outside the mesh has no identity that a policy could name; and by
    port alone: of what is encrypted the sidecar sees nothing else, and the port has nothing else.
    """
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        f"{target.name}-metrics",
        namespace=target.namespace,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": dict(target.labels)},
            "rules": [{"to": [{"operation": {"ports": [str(target.number)]}}]}],
        },
    )


def _network_policy(target: Target, prometheus: Prometheus) -> Body:
    return ingress_policy(
        f"{target.name}-metrics",
        namespace=target.namespace,
        pods=target.labels,
        rules=[let_in([from_namespace(prometheus.namespace)], [port(target.number)])],
    )
