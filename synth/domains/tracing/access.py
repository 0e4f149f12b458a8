"""Where Jaeger is found, and who may reach it."""

from __future__ import annotations

from synth.kit.objects import Body, manifest

PORTS = {"otlp-grpc": 4317, "otlp-http": 4318, "query": 16686, "metrics": 8888}
"""The ports that are Jaeger's everywhere; `query` is the user interface."""


def _pods(name: str, namespace: str) -> dict[str, str]:
    """The labels that the operator selects the pods of a collector by."""
    return {
        "app.kubernetes.io/component": "opentelemetry-collector",
        "app.kubernetes.io/instance": f"{namespace}.{name}",
    }


def service(name: str, namespace: str, port: int) -> Body:
    """One Service for all that Jaeger offers: the operator spreads its ports over several."""
    return manifest(
        "v1",
        "Service",
        name,
        namespace=namespace,
        spec={
            "selector": _pods(name, namespace),
            "ports": [
                {"name": "agent", "port": port, "targetPort": port, "protocol": "UDP"},
                *({"name": each, "port": n, "targetPort": n} for each, n in PORTS.items()),
            ],
        },
    )


def network_policy(name: str, namespace: str, port: int, monitoring: str) -> Body:
    """Traces from the teams' namespaces, and metrics for Prometheus; people reach the user interface
    through the API server.
    """

    def rule(label: dict[str, str], *ports: tuple[str, int]) -> Body:
        return {
            "from": [{"namespaceSelector": {"matchLabels": label}}],
            "ports": [{"protocol": protocol, "port": port} for protocol, port in ports],
        }

    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace=namespace,
        spec={
            "podSelector": {"matchLabels": _pods(name, namespace)},
            "policyTypes": ["Ingress"],
            "ingress": [
                rule(
                    {"app.kubernetes.io/part-of": "kubeflow-profile"},
                    ("UDP", port),
                    ("TCP", PORTS["otlp-grpc"]),
                    ("TCP", PORTS["otlp-http"]),
                ),
                rule({"kubernetes.io/metadata.name": monitoring}, ("TCP", PORTS["metrics"])),
            ],
        },
    )
