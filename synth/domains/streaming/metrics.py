"""Where Prometheus finds the processor's metrics.

Source: the PodMonitor of prometheus-operator/prometheus-operator's CRD (0.93.0); knative/serving
pkg/apis/serving/v1/revision_types.go (UserPortName) and pkg/apis/serving/register.go.
"""

from __future__ import annotations

from synth.config.streaming import Stream
from synth.domains.streaming.processor import service_name
from synth.kit.objects import Body, manifest

USER_PORT = "user-port"
"""What Knative calls the port of the program in each pod of a revision."""


def job(stream: Stream) -> str:
    """The label by which Prometheus tells the processor's metrics: the PodMonitor's namespace and
    name.
    """
    return f"{stream.team}/{service_name(stream)}"


def pod_monitor(stream: Stream, labels: dict[str, str]) -> list[Body]:
    """A PodMonitor with these labels; none where the processor has no metrics."""
    path = stream.processor.metrics_path
    if path is None:
        return []
    name = service_name(stream)
    return [
        manifest(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            name,
            namespace=stream.team,
            labels=labels,
            spec={
                "selector": {"matchLabels": {"serving.knative.dev/service": name}},
                "podMetricsEndpoints": [{"port": USER_PORT, "path": path}],
            },
        )
    ]
