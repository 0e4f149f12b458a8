"""The way of a team's Seldon metrics to Prometheus.

Source: SeldonIO/seldon-core doc/source/analytics/analytics.md, 1.17.1; prometheus-operator
pkg/apis/monitoring/v1/podmonitor_types.go, v0.93.0.
"""

from __future__ import annotations

from constructs import Construct

from synth.config.observability import Prometheus
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest

NAME = "seldon-metrics"
"""What the objects are called."""
PODS = {"app.kubernetes.io/managed-by": "seldon-core"}
"""The label that Seldon's operator gives to every pod of a SeldonDeployment."""
PATH = "/prometheus"
PORTS = ("8000", "6000")
"""Where the executor and a Python model server show their metrics; both call the port metrics."""


class SeldonMetrics(Manifests):
    """Lets Prometheus find and read the metrics of all models of a team."""

    def __init__(self, scope: Construct, team: str, prometheus: Prometheus) -> None:
        objects = [_monitor(team, prometheus), _policy(team)]
        super().__init__(scope, NAME, objects, key="observability.prometheus")


def _monitor(team: str, prometheus: Prometheus) -> Body:
    # A ServiceMonitor's label `service` would push the metric's own aside.
    return manifest(
        "monitoring.coreos.com/v1",
        "PodMonitor",
        NAME,
        namespace=team,
        labels=prometheus.labels,
        spec={
            "selector": {"matchLabels": PODS},
            "podMetricsEndpoints": [{"port": "metrics", "path": PATH}],
        },
    )


def _policy(team: str) -> Body:
    """Reading the metrics, which Kubeflow's global-deny-all forbids.

    From anywhere, as Kubeflow's own policy of a Profile does for /metrics: a Prometheus outside
    the mesh has no identity that a policy could name.
    """
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        NAME,
        namespace=team,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": PODS},
            "rules": [
                {"to": [{"operation": {"methods": ["GET"], "paths": [PATH], "ports": list(PORTS)}}]}
            ],
        },
    )
