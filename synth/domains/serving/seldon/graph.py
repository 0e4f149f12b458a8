"""The graph of a predictor: which step comes after which, and what each of them is."""

from __future__ import annotations

from collections.abc import Mapping

from synth.catalog.serving import SELDON_SERVERS
from synth.config.graph import PARAMETER_TYPES, GraphStep, Parameter
from synth.config.serving import Model, Variant
from synth.domains.serving.parameters import text
from synth.kit.objects import Body

TYPES = {
    "model": "MODEL",
    "transformer": "TRANSFORMER",
    "outputTransformer": "OUTPUT_TRANSFORMER",
    "router": "ROUTER",
    "combiner": "COMBINER",
}


def graph(model: Model, variant: Variant) -> Body:
    """The first step with all below it; it logs what comes in and what goes out."""
    first = _step(model, variant, model.steps)
    log = model.request_log
    return {**first, "logger": {"url": log.url, "mode": log.mode}} if log else first


def _step(model: Model, variant: Variant, step: GraphStep) -> Body:
    body: Body = {"name": step.name}
    if step.is_variant:
        body |= _model(model, variant.artifact, model.server.parameters)
    elif step.artifact:
        body |= _model(model, step.artifact, step.parameters)
    elif step.builtin:
        # With a type the executor would ask a container (executor/predictor/predictor_process.go).
        body |= {"implementation": step.builtin, **_parameters(step.parameters)}
    else:
        body |= {"type": TYPES[step.type], **_parameters(step.parameters)}
    if step.children:
        body["children"] = [_step(model, variant, child) for child in step.children]
    return body


def _model(model: Model, artifact: str, parameters: Mapping[str, Parameter]) -> Body:
    implementation = SELDON_SERVERS[model.server.format].implementation
    if not implementation:
        return {"type": "MODEL", **_parameters({**parameters, "model_uri": artifact})}
    body: Body = {"type": "MODEL", "implementation": implementation, "modelUri": artifact}
    if model.storage_secret:
        body["envSecretRefName"] = model.storage_secret
    if model.service_account:
        body["serviceAccountName"] = model.service_account
    return {**body, **_parameters(parameters)}


def _parameters(parameters: Mapping[str, Parameter]) -> Body:
    typed = [
        {"name": name, "type": PARAMETER_TYPES[type(value)], "value": text(value)}
        for name, value in parameters.items()
    ]
    return {"parameters": typed} if typed else {}
