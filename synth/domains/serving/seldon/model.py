"""A model as a SeldonDeployment: one predictor per variant, traffic split among them.

Source of fields and rules, here and in the modules beside: SeldonIO/seldon-core
operator/apis/machinelearning.seldon.io/v1 (seldondeployment_types.go, seldondeployment_webhook.go),
1.17.1.
"""

from __future__ import annotations

from collections.abc import Callable

from constructs import Construct

from synth.catalog.serving import seldon_protocol
from synth.config.observability import Traces
from synth.config.serving import Model
from synth.domains.serving.seldon.access import gateway_policies
from synth.domains.serving.seldon.budget import disruption_budgets
from synth.domains.serving.seldon.predictor import predictor
from synth.kit.construct import Manifests
from synth.kit.objects import Body, manifest

HOST = "seldon.io/istio-host"
"""The annotation that the operator takes the hosts of its VirtualService from."""


class SeldonModel(Manifests):
    """The SeldonDeployment of a model and what belongs to it, in the team's namespace.

    `mirror` says what an image is called where this environment pulls it from, `host` which host
    of the ingress gateway the model is under (without it every one), `traces` where its traces go.
    """

    def __init__(
        self,
        scope: Construct,
        model: Model,
        *,
        mirror: Callable[[str], str],
        host: str | None,
        traces: Traces | None,
    ) -> None:
        super().__init__(
            scope,
            f"{model.team}.{model.name}",
            [
                _deployment(model, mirror, host, traces),
                *gateway_policies(model),
                *disruption_budgets(model),
            ],
            key=f"models.{model.name}",
        )


def _deployment(
    model: Model, mirror: Callable[[str], str], host: str | None, traces: Traces | None
) -> Body:
    return manifest(
        "machinelearning.seldon.io/v1",
        "SeldonDeployment",
        model.name,
        namespace=model.team,
        annotations={HOST: host} if host else None,
        spec={
            "protocol": seldon_protocol(model.server.format, model.server.protocol),
            "transport": model.server.transport,
            "predictors": [predictor(model, each, mirror, traces) for each in model.variants],
        },
    )
