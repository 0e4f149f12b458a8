"""The pods of a predictor: the containers of all its steps, where they run, what scales them."""

from __future__ import annotations

from collections.abc import Callable

from synth.config.base import Resources
from synth.config.graph import GraphStep
from synth.config.serving import Model, Variant
from synth.domains.serving.seldon.scaling import scaling
from synth.kit.containers import variables
from synth.kit.objects import Body


def pods(model: Model, variant: Variant, mirror: Callable[[str], str]) -> Body:
    """The predictor's only componentSpec; the executor joins its pods and finds every step there."""
    spec: Body = {
        "containers": [
            _container(model, variant, step, mirror)
            for step in model.steps.walk()
            if not step.builtin
        ]
    }
    if model.service_account:
        spec["serviceAccountName"] = model.service_account
    if model.node_selector:
        spec["nodeSelector"] = model.node_selector
    if model.tolerations:
        spec["tolerations"] = [toleration.manifest() for toleration in model.tolerations]
    return {"spec": spec, **scaling(model)}


def _container(
    model: Model, variant: Variant, step: GraphStep, mirror: Callable[[str], str]
) -> Body:
    image, env, resources = _contents(model, variant, step)
    body: Body = {"name": step.name}
    if image:
        body["image"] = mirror(image)
    if env:
        body["env"] = env
    wanted = resources.model_dump(exclude_defaults=True)
    if wanted:
        body["resources"] = wanted
    return body


def _contents(
    model: Model, variant: Variant, step: GraphStep
) -> tuple[str | None, list[Body], Resources]:
    """Image, variables and resources of a step; what is closer to it counts."""
    server = variables(model.env, model.secret_env)
    its = variables(step.env, step.secret_env)
    if step.is_variant:
        own = variables(variant.env, variant.secret_env)
        resources = model.resources if variant.resources is None else variant.resources
        return variant.image or model.server.image, _merged(server, own, its), resources
    if step.artifact:
        resources = model.resources if step.resources == Resources() else step.resources
        return step.image or model.server.image, _merged(server, its), resources
    return step.image, its, step.resources


def _merged(*lists: list[Body]) -> list[Body]:
    return list({each["name"]: each for given in lists for each in given}.values())
