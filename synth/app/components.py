"""What an environment gives to the components of its pipelines.

Source: kubeflow/pipelines api/v2alpha1/pipeline_spec.proto (PipelineContainerSpec), where memory is in
units of 10⁹ bytes; kubernetes_platform/proto/kubernetes_executor_config.proto.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic.alias_generators import to_camel

from synth.app import ir
from synth.catalog.pipelines import SINCE
from synth.config.base import Resources
from synth.config.containers import SecretEnv, Toleration
from synth.config.pipelines import Component, Pipeline
from synth.kit.objects import Body
from synth.kit.quantities import quantity
from synth.kit.versions import minor

_TOLERATIONS = SINCE["kfp_kubernetes.KubernetesExecutorConfig.tolerations"]
_QUANTITIES = SINCE[
    "ml_pipelines.PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec.resource_cpu_limit"
]
"""From here on resources are also said as Kubernetes writes them."""
_SCALE = {"cpu": 1, "memory": 10**9}


def mistakes(spec: Body, pipeline: Pipeline, backend: str) -> Iterator[tuple[str, str]]:
    """What its components cannot get, by key below the pipeline, and why."""
    there = ir.containers(spec)
    since = ".".join(map(str, _TOLERATIONS))
    unknown = f"Kubeflow Pipelines knows them since {since}, and here is {backend}:"
    nodes = {"nodes": pipeline.nodes, "gpuNodes": pipeline.gpu_nodes}
    for key, given in nodes.items() if minor(backend) < _TOLERATIONS else ():
        if given and given.tolerations:
            yield f"{key}.tolerations", f"{unknown} give the pipeline {key} without"
    for name, component in pipeline.components.items():
        if name not in there:
            known = ", ".join(sorted(there)) or "none"
            yield f"components.{name}", f"the pipeline has no such component (there: {known})"
        if component.tolerations and minor(backend) < _TOLERATIONS:
            yield f"components.{name}.tolerations", f"{unknown} do without them"


def configured(
    spec: Body, platform: Body | None, pipeline: Pipeline, backend: str
) -> tuple[Body, Body | None]:
    """The pipeline's documents, with what its components get."""
    spec, platform = deepcopy(spec), deepcopy(platform)
    for name, container in ir.containers(spec).items():
        component = pipeline.components.get(name, Component())
        resources = _resources(component.resources, container.get("resources", {}), backend)
        if resources:
            container["resources"] = resources
        if component.env:
            kept = [each for each in container.get("env", []) if each["name"] not in component.env]
            new = [{"name": key, "value": value} for key, value in sorted(component.env.items())]
            container["env"] = [*kept, *new]
        placed = _placed(component)
        default = _default(pipeline, component, gpus="accelerator" in resources)
        if placed or default:
            platform = platform or {}
            executor = _executor(platform, name)
            if "secretAsEnv" in placed and "secretAsEnv" in executor:
                placed["secretAsEnv"] = [*executor["secretAsEnv"], *placed["secretAsEnv"]]
            # What the source says counts more than what is said of all components.
            executor.update({**default, **executor, **placed})
    return spec, platform


def _resources(given: Resources, before: Mapping[str, Any], backend: str) -> Body:
    quantities = minor(backend) >= _QUANTITIES
    after = dict(before)
    for side, values in (("Request", given.requests), ("Limit", given.limits)):
        for name, value in values.items():
            if name in _SCALE:
                after[f"{name}{side}"] = float(quantity(value) / _SCALE[name])
                if quantities:
                    after[f"resource{name.capitalize()}{side}"] = value
            else:
                after["accelerator"] = {
                    "type": name,
                    "count": value,
                    **({"resourceType": name, "resourceCount": value} if quantities else {}),
                }
    return after


def _placed(component: Component) -> Body:
    """What of it the platform's document says."""
    placed = _nodes(component.node_selector, component.tolerations)
    if component.secret_env:
        placed["secretAsEnv"] = list(_secrets(component.secret_env))
    return placed


def _default(pipeline: Pipeline, component: Component, *, gpus: bool) -> Body:
    """What is said of all components, and nothing else of this one."""
    nodes = pipeline.gpu_nodes if gpus and pipeline.gpu_nodes else pipeline.nodes
    said = {to_camel(field) for field in component.model_fields_set}
    default = _nodes(nodes.selector, nodes.tolerations)
    return {key: value for key, value in default.items() if key not in said}


def _nodes(selector: Mapping[str, str], tolerations: Iterable[Toleration]) -> Body:
    nodes: Body = {}
    if selector:
        nodes["nodeSelector"] = {"labels": dict(selector)}
    if tolerations:
        nodes["tolerations"] = [each.manifest() for each in tolerations]
    return nodes


def _secrets(variables: SecretEnv) -> Iterator[Body]:
    for secret in sorted({key.name for key in variables.values()}):
        yield {
            "secretName": secret,
            "keyToEnv": [
                {"secretKey": key.key, "envVar": variable}
                for variable, key in sorted(variables.items())
                if key.name == secret
            ],
        }


def _executor(platform: Body, component: str) -> Body:
    """The entry of a component, made where it is not there."""
    place = platform
    for key in ("platforms", "kubernetes", "deploymentSpec", "executors", f"exec-{component}"):
        place = place.setdefault(key, {})
    return place
