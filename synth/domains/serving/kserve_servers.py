"""The containers of an InferenceService: what a model is served by, and what stands before it.

Source: kserve/kserve pkg/apis/serving/v1beta1 (predictor_custom.go, transformer_custom.go,
inference_service_defaults.go), 0.11.2 to 0.16.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from synth.catalog.kserve import completed, runtime
from synth.config.base import Resources
from synth.config.containers import Env, SecretEnv
from synth.config.graph import GraphStep, Parameter
from synth.config.serving import Model, Variant
from synth.domains.serving.parameters import text
from synth.kit.containers import from_secret
from synth.kit.objects import Body

CONTAINER = "kserve-container"
"""What KServe calls the container of a predictor and of a transformer."""
Mirror = Callable[[str], str]
"""What an image is called where it is pulled from."""


def model_server(model: Model, served: Variant, kserve: str, mirror: Mirror) -> Body:
    """The server that a runtime of KServe describes."""
    server = model.server
    chosen = runtime(kserve, server.format, server.protocol)
    assert chosen, "a rule refuses what no runtime serves"
    return {
        "modelFormat": {"name": server.format},
        "runtime": chosen.name,
        "protocolVersion": server.protocol or chosen.protocols[0],
        "storageUri": served.artifact,
        **_server(model, served, {}, mirror),
    }


def custom_server(model: Model, served: Variant, mirror: Mirror) -> Body:
    """A server of one's own. KServe puts the files that STORAGE_URI names into /mnt/models and
    takes PROTOCOL for what the server speaks (pkg/constants/constants.go, CustomSpec*EnvVarKey).
    """
    told = {"STORAGE_URI": served.artifact}
    if model.server.protocol:
        told["PROTOCOL"] = model.server.protocol
    return {"name": CONTAINER, **_server(model, served, told, mirror)}


def _server(model: Model, served: Variant, told: Env, mirror: Mirror) -> Body:
    return _container(
        served.image or model.server.image,
        model.server.parameters,
        _variables((model.env, model.secret_env), (served.env, served.secret_env), (told, {})),
        served.resources or model.resources,
        mirror,
    )


def transformer(step: GraphStep, mirror: Mirror) -> Body:
    """What changes requests on their way to the model, and its answers."""
    variables = _variables((step.env, step.secret_env))
    container = _container(step.image, step.parameters, variables, step.resources, mirror)
    return {"name": CONTAINER, **container}


def _container(
    image: str | None,
    parameters: Mapping[str, Parameter],
    variables: list[Body],
    resources: Resources,
    mirror: Mirror,
) -> Body:
    """KServe's webhook completes the resources: Argo CD would see a list of containers change."""
    container: dict[str, Any] = {}
    if image:
        container["image"] = mirror(image)
    if parameters:
        container["args"] = [f"--{name}={text(value)}" for name, value in parameters.items()]
    if variables:
        container["env"] = variables
    container["resources"] = {
        "requests": completed(resources.requests),
        "limits": completed(resources.limits),
    }
    return container


def _variables(*sections: tuple[Env, SecretEnv]) -> list[Body]:
    """Environment variables; of two with one name the later counts. KServe's webhook drops the
    value of one that is empty, so that is how it is written.
    """
    found: dict[str, Body] = {}
    for env, secret_env in sections:
        for name, value in env.items():
            found[name] = {"name": name, "value": value} if value else {"name": name}
        for name, secret in secret_env.items():
            found[name] = from_secret(name, secret.name, secret.key)
    return list(found.values())
