"""Who reaches a model from outside its namespace.

Kubeflow denies what nothing allows, and its own policies admit only the Profile's owner
(kubeflow/manifests common/istio; kubeflow/kubeflow components/profile-controller).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synth.catalog.serving import (
    EXECUTOR_PORTS,
    EXPLAINER_PORT,
    INGRESS_GATEWAY,
    METRICS_PATH,
    explainer_name,
)
from synth.config.serving import Model
from synth.kit.objects import Body, manifest


def gateway_policies(model: Model) -> Iterator[Body]:
    """Requests from the ingress gateway to the model's executors, and to its explainers."""
    yield _policy(model, model.name, {"seldon-deployment-id": model.name}, EXECUTOR_PORTS)
    for variant in model.variants:
        if variant.explainer:
            name = explainer_name(model.name, variant.name)
            yield _policy(model, name, {"seldon-app": name}, [EXPLAINER_PORT])


def _policy(model: Model, name: str, pods: dict[str, str], ports: Sequence[str]) -> Body:
    operation = {
        "methods": ["GET", "POST"],  # gRPC is POST
        "ports": list(ports),
        "notPaths": [METRICS_PATH],
    }
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        f"{name}-gateway",
        namespace=model.team,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": pods},
            "rules": [
                {
                    "from": [{"source": {"principals": [INGRESS_GATEWAY]}}],
                    "to": [{"operation": operation}],
                }
            ],
        },
    )
