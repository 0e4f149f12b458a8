"""Where Jaeger is found, and who may reach it."""

from __future__ import annotations

from synth.kit.network import FROM_TEAMS, from_namespace, ingress_policy, let_in, port
from synth.kit.objects import Body, manifest

PORTS = {"otlp-grpc": 4317, "otlp-http": 4318, "query": 16686, "metrics": 8888}
"""The ports that are Jaeger's everywhere; `query` is the user interface."""


def _pods(name: str, namespace: str) -> dict[str, str]:
    """The labels that the operator selects the pods of a collector by."""
    return {
        "app.kubernetes.io/component": "opentelemetry-collector",
        "app.kubernetes.io/instance": f"{namespace}.{name}",
    }


def service(name: str, namespace: str, agent: int) -> Body:
    """One Service for all that Jaeger offers: the operator spreads its ports over several."""
    return manifest(
        "v1",
        "Service",
        name,
        namespace=namespace,
        spec={
            "selector": _pods(name, namespace),
            "ports": [
                {"name": "agent", "port": agent, "targetPort": agent, "protocol": "UDP"},
                *({"name": each, "port": n, "targetPort": n} for each, n in PORTS.items()),
            ],
        },
    )


def network_policy(name: str, namespace: str, agent: int, monitoring: str) -> Body:
    """Traces from the teams' namespaces, and metrics for Prometheus; people reach the user interface
    through the API server. `agent` is the port of spans by UDP.
    """
    traces = [port(agent, "UDP"), port(PORTS["otlp-grpc"]), port(PORTS["otlp-http"])]
    return ingress_policy(
        name,
        namespace=namespace,
        pods=_pods(name, namespace),
        rules=[
            let_in([FROM_TEAMS], traces),
            let_in([from_namespace(monitoring)], [port(PORTS["metrics"])]),
        ],
    )
