"""Who may speak to the pods of the logs' namespace."""

from __future__ import annotations

from collections.abc import Iterator

from synth.config.logs import Logs
from synth.domains.logs.requests import NAME, PODS
from synth.kit.network import FROM_TEAMS, from_namespace, ingress_policy, let_in, port
from synth.kit.objects import Body


def network_policies(logs: Logs, operator: str) -> Iterator[Body]:
    """They may among themselves, ECK may from its own namespace, and the teams' models may send their
    requests; people reach Kibana through the API server.
    """
    yield ingress_policy(
        "logging",
        namespace=logs.namespace,
        pods={},
        rules=[let_in([{"podSelector": {}}, from_namespace(operator)])],
    )
    yield ingress_policy(
        NAME,
        namespace=logs.namespace,
        pods=PODS,
        rules=[let_in([FROM_TEAMS], [port("http")])],
    )
