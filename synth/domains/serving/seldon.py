"""A model as a SeldonDeployment: one predictor per variant, traffic split among them.

Source of fields and rules: SeldonIO/seldon-core operator/apis/machinelearning.seldon.io/v1
(seldondeployment_types.go, seldondeployment_webhook.go), 1.17.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructs import Construct

from synth.config.serving import Autoscaling, Model, Variant
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest
from synth.kit.quantities import percent

UNIT = "classifier"
"""The graph's only node and, where the server is ours, its container."""
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
"""The principal of Kubeflow's ingress gateway (kubeflow/manifests common/istio)."""


class SeldonModel(Manifests):
    """The SeldonDeployment of a model and what lets requests reach it, in the team's namespace.

    `mirror` says what an image is called where this environment pulls it from.
    """

    def __init__(self, scope: Construct, model: Model, *, mirror: Callable[[str], str]) -> None:
        super().__init__(
            scope,
            f"{model.team}.{model.name}",
            [_deployment(model, mirror), _gateway_policy(model)],
            key=f"models.{model.name}",
        )


def _deployment(model: Model, mirror: Callable[[str], str]) -> Body:
    return manifest(
        "machinelearning.seldon.io/v1",
        "SeldonDeployment",
        model.name,
        namespace=model.team,
        spec={
            "protocol": "v2",
            "transport": "rest",
            "predictors": [_predictor(model, variant, mirror) for variant in model.variants],
        },
    )


def _predictor(model: Model, variant: Variant, mirror: Callable[[str], str]) -> Body:
    graph: dict[str, Any] = {
        "name": UNIT,
        "implementation": f"{model.server.format.upper()}_SERVER",
        "modelUri": variant.artifact,
    }
    if model.storage_secret:
        graph["envSecretRefName"] = model.storage_secret
    return {
        "name": variant.name,
        "traffic": variant.traffic,
        # The executor takes the metrics' label predictor_version from this annotation.
        "annotations": {"version": str(variant.version)},
        "graph": graph,
        "componentSpecs": [_component(model, mirror)],
    }


def _component(model: Model, mirror: Callable[[str], str]) -> Body:
    container: dict[str, Any] = {"name": UNIT}
    if model.server.image:
        container["image"] = mirror(model.server.image)
    resources = model.resources.model_dump(exclude_defaults=True)
    if resources:
        container["resources"] = resources
    component: dict[str, Any] = {"spec": {"containers": [container]}}
    if model.autoscaling:
        component["hpaSpec"] = _autoscaler(model.autoscaling)
    return component


def _autoscaler(autoscaling: Autoscaling) -> Body:
    utilization = int(percent(autoscaling.cpu or "70%") * 100)
    return {
        "minReplicas": autoscaling.min_replicas,
        "maxReplicas": autoscaling.max_replicas,
        "metricsv2": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": utilization},
                },
            }
        ],
    }


def _gateway_policy(model: Model) -> Body:
    """Requests from the ingress gateway; Kubeflow's own policies admit only the Profile's owner."""
    return manifest(
        "security.istio.io/v1beta1",
        "AuthorizationPolicy",
        f"{model.name}-gateway",
        namespace=model.team,
        spec={
            "action": "ALLOW",
            "selector": {"matchLabels": {"seldon-deployment-id": model.name}},
            "rules": [{"from": [{"source": {"principals": [GATEWAY]}}]}],
        },
    )
