"""The models that are served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.app.workload import Inputs, Workload
from synth.catalog.images import mirror_to
from synth.catalog.kubeflow import load_release
from synth.config.environment import Environment
from synth.config.observability import Traces
from synth.config.serving import Model

if TYPE_CHECKING:
    from cdk8s import Chart


def _model_inputs(environment: Environment) -> Inputs:
    served = [model for model in environment.models if model.variants]
    if not served:
        return {}
    gateway, observability = environment.gateway, environment.observability
    return {
        "models": served,
        "kserve": load_release(environment.kubeflow.release).kserve if environment.kubeflow else "",
        "registry": environment.registry,
        "host": gateway.host if gateway else None,
        "traces": observability.traces if observability else None,
        "request_log": observability.logs.receiver_url
        if observability and observability.logs
        else None,
    }


def _models(
    chart: Chart,
    *,
    models: Sequence[Model],
    kserve: str,
    registry: str | None,
    host: str | None,
    traces: Traces | None,
    request_log: str | None,
) -> None:
    from synth.domains.serving import KServeModel, SeldonModel

    mirror = mirror_to(registry)
    for model in models:
        model = _sent_to(model, request_log)
        if model.engine == "kserve":
            KServeModel(chart, model, kserve=kserve, mirror=mirror)
        else:
            SeldonModel(chart, model, mirror=mirror, host=host, traces=traces)


def _sent_to(model: Model, receiver: str | None) -> Model:
    """The model, whose requests go to the platform's receiver where it names none."""
    log = model.request_log
    if log is None or log.url:
        return model
    return model.model_copy(update={"request_log": log.model_copy(update={"url": receiver})})


MODELS = Workload(
    11,
    _model_inputs,
    _models,
    frozenset(
        {
            "AuthorizationPolicy.security.istio.io",
            "InferenceService.serving.kserve.io",
            "PodDisruptionBudget.policy",
            "SeldonDeployment.machinelearning.seldon.io",
        }
    ),
    self_heals=lambda environment: not environment.policy.direct_changes,
    expected=lambda environment: bool(environment.models),
)
