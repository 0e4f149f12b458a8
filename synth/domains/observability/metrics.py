"""The way of the metrics of a team's models to Prometheus, for each engine that serves some.

Source: SeldonIO/seldon-core doc/source/analytics/analytics.md, 1.17.1; istio/istio manifests/charts/
istio-control/istio-discovery/files/injection-template.yaml, 1.17 to 1.28; kserve/kserve
pkg/constants/constants.go, 0.11.2 to 0.16.0; prometheus-operator
pkg/apis/monitoring/v1/podmonitor_types.go, v0.93.0.
"""

from __future__ import annotations

from constructs import Construct

from synth.catalog.metrics import KSERVE
from synth.catalog.serving import INGRESS_GATEWAY
from synth.config.observability import Prometheus
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest

SELDON = "seldon-metrics"
"""What the objects for Seldon's pods are called."""
PODS = {"app.kubernetes.io/managed-by": "seldon-core"}
"""The label that Seldon's operator gives to every pod of a SeldonDeployment."""
PATH = "/prometheus"
PORTS = ("8000", "6000")
"""Where the executor and a Python model server show their metrics; both call the port metrics."""
KSERVE_NAME = "kserve-metrics"
SERVICE = "serving.kserve.io/inferenceservice"
"""The label that says which InferenceService a pod belongs to."""
VERSION = "kfsynth/version"
"""The annotation that says which version of the model a pod serves."""


class SeldonMetrics(Manifests):
    """Lets Prometheus find and read the metrics of a team's models that Seldon serves."""

    def __init__(self, scope: Construct, team: str, prometheus: Prometheus) -> None:
        objects = [_seldon_monitor(team, prometheus), _seldon_policy(team)]
        super().__init__(scope, SELDON, objects, key="observability.prometheus")


class KServeMetrics(Manifests):
    """Lets Prometheus find the metrics of a team's models that KServe serves.

    They are those of the pods' sidecars, whose port the mesh does not intercept, so that no policy
    of it forbids reading them.
    """

    def __init__(self, scope: Construct, team: str, prometheus: Prometheus) -> None:
        monitor = _kserve_monitor(team, prometheus)
        super().__init__(scope, KSERVE_NAME, [monitor], key="observability.prometheus")


def _seldon_monitor(team: str, prometheus: Prometheus) -> Body:
    # A ServiceMonitor's label `service` would push the metric's own aside.
    endpoint = {"port": "metrics", "path": PATH}
    return _monitor(SELDON, team, prometheus, {"matchLabels": PODS}, endpoint)


def _kserve_monitor(team: str, prometheus: Prometheus) -> Body:
    selector = {
        "matchLabels": {"component": "predictor"},
        "matchExpressions": [{"key": SERVICE, "operator": "Exists"}],
    }
    endpoint = {
        "port": "http-envoy-prom",
        "path": "/stats/prometheus",
        "relabelings": [
            {"sourceLabels": [f"__meta_kubernetes_pod_{meta}"], "targetLabel": label}
            for label, meta in (
                (KSERVE.model, f"label_{_sanitized(SERVICE)}"),
                (KSERVE.version, f"annotation_{_sanitized(VERSION)}"),
            )
        ],
        # A sidecar has thousands of series beside these.
        "metricRelabelings": [
            {"action": "keep", "sourceLabels": ["__name__"], "regex": f"{KSERVE.metric}_.+"}
        ],
    }
    return _monitor(KSERVE_NAME, team, prometheus, selector, endpoint)


def _sanitized(key: str) -> str:
    """A key of a label or annotation as Prometheus' discovery of pods writes it."""
    return "".join(letter if letter.isalnum() else "_" for letter in key)


def _monitor(name: str, team: str, prometheus: Prometheus, selector: Body, endpoint: Body) -> Body:
    return manifest(
        "monitoring.coreos.com/v1",
        "PodMonitor",
        name,
        namespace=team,
        labels=prometheus.labels,
        spec={"selector": selector, "podMetricsEndpoints": [endpoint]},
    )


def _seldon_policy(team: str) -> Body:
    """Reading the metrics, which Kubeflow's global-deny-all forbids.

    From anywhere, as Kubeflow's own policy of a Profile does for /metrics: a Prometheus outside
    the mesh has no identity that a policy could name. Not through the gateway: whoever may ask a model
    would read how much others do.
    """
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        SELDON,
        namespace=team,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": PODS},
            "rules": [
                {
                    "from": [{"source": {"notPrincipals": [INGRESS_GATEWAY]}}],
                    "to": [
                        {"operation": {"methods": ["GET"], "paths": [PATH], "ports": list(PORTS)}}
                    ],
                }
            ],
        },
    )
