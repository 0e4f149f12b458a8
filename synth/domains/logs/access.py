"""Who may speak to the pods of the logs' namespace."""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.logs import Logs
from synth.domains.logs.requests import NAME, PODS
from synth.kit.objects import Body, manifest


def network_policies(logs: Logs, operator: str) -> Iterator[Body]:
    """They may among themselves, ECK may from its own namespace, and the teams' models may send their
    requests; people reach Kibana through the API server.
    """
    yield _policy(
        logs,
        "logging",
        {},
        [{"podSelector": {}}, _from({"kubernetes.io/metadata.name": operator})],
    )
    yield _policy(
        logs,
        NAME,
        {"matchLabels": PODS},
        [_from({"app.kubernetes.io/part-of": "kubeflow-profile"})],
        ports=[{"protocol": "TCP", "port": "http"}],
    )


def _from(labels: dict[str, str]) -> Body:
    return {"namespaceSelector": {"matchLabels": labels}}


def _policy(
    logs: Logs, name: str, pods: Body, sources: list[Body], ports: list[Body] | None = None
) -> Body:
    rule: Body = {"from": sources, **({"ports": ports} if ports else {})}
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace=logs.namespace,
        spec={"podSelector": pods, "policyTypes": ["Ingress"], "ingress": [rule]},
    )
