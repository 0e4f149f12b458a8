"""Who may call the tracking server."""

from __future__ import annotations

from collections.abc import Mapping

from synth.config.registry import Mlflow
from synth.domains.registry.pod import PORT
from synth.kit.network import FROM_TEAMS, from_namespace, ingress_policy, let_in, port
from synth.kit.objects import Body, manifest


def network_policy(
    mlflow: Mlflow, *, name: str, labels: Mapping[str, str], monitoring: str | None
) -> Body:
    """Calls from the teams' namespaces, whose label Kubeflow's profile controller sets, and from
    that of Prometheus; `labels` are those of the server's pods.
    """
    callers = [FROM_TEAMS]
    if mlflow.metrics and monitoring:
        callers.append(from_namespace(monitoring))
    return ingress_policy(
        name,
        namespace=mlflow.namespace,
        labels=labels,
        pods=labels,
        rules=[let_in(callers, [port("http")])],
    )


def mesh_policy(mlflow: Mlflow, *, name: str, labels: Mapping[str, str]) -> Body:
    """Calls that reach the server's pods, which Kubeflow's global-deny-all forbids in the mesh.

    From anywhere: the pods of workflows, and a Prometheus outside the mesh, have no identity that
    a policy could name. Which of them reach the pods is for the NetworkPolicy to say.
    """
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        name,
        namespace=mlflow.namespace,
        labels=labels,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": dict(labels)},
            "rules": [{"to": [{"operation": {"ports": [str(PORT)]}}]}],
        },
    )
