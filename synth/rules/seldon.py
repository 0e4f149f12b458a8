"""What Seldon's webhook and operator would refuse of a model, or get wrong.

Source: SeldonIO/seldon-core operator/apis/machinelearning.seldon.io/v1/seldondeployment_webhook.go,
operator/controllers, executor/predictor, 1.17.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.catalog.serving import (
    EXPLAINER_CALLS,
    NEWEST_MLFLOW,
    SELDON_SERVERS,
    V2_EXPLAINERS,
    seldon_protocol,
)
from synth.config.environment import Environment
from synth.config.gateway import Gateway
from synth.config.graph import GraphStep
from synth.config.serving import Model, Variant
from synth.rules.findings import Finding


def check_seldon(environment: Environment) -> Iterator[Finding]:
    """Findings about models that Seldon serves, but for their names."""
    keda = environment.addons.seldon is not None and environment.addons.seldon.keda
    registry = environment.mlflow.version if environment.mlflow else None
    for model in environment.models:
        if model.engine == "seldon":
            yield from _server(model)
            for step in model.steps.walk():
                yield from _step(model, step)
            yield from _scaling(model, keda)
            for variant in model.variants:
                yield from _variant(model, variant)
                yield from _explainer(model, variant)
                yield from _explainer_host(model, variant, environment.gateway)
                yield from _mlflow(model, variant, registry)


def _server(model: Model) -> Iterator[Finding]:
    server, key = model.server, f"models.{model.name}"
    protocols = SELDON_SERVERS[server.format].protocols
    if server.protocol and server.protocol not in protocols:
        yield Finding(
            "SV010", "error", f"{key}.server.protocol",
            f"Seldon serves {server.format} by {' or '.join(protocols)}, not {server.protocol}: "
            f"write {protocols[0]}, or take it out",
        )  # fmt: skip
    if server.format == "custom" and model.storage_secret:
        yield Finding(
            "SV021", "error", f"{key}.storageSecret",
            "a server of format custom fetches its files itself: hand the keys over by secretEnv",
        )  # fmt: skip


def _step(model: Model, step: GraphStep) -> Iterator[Finding]:
    """The executor answers with the first child's answer where nobody combines them, takes
    RANDOM_ABTEST for fifty-fifty where it does not understand the parameters (executor/predictor/
    predictor_process.go, components.go), and has gRPC for routers and combiners in its own protocol
    only (executor/api/grpc/kfserving/client.go, executor/api/grpc/tensorflow/client.go).
    """
    children, chooses = len(step.children), step.type in ("router", "combiner")
    protocol = seldon_protocol(model.server.format, model.server.protocol)
    wrong = []
    if children > 1 and not chooses:
        wrong.append(
            f"the {step.type} {step.name} has {children} children, of which all but the first "
            "would work for nothing: put a combiner or a router before them"
        )
    if not children and chooses:
        wrong.append(f"the {step.type} {step.name} has no children: give it some")
    if step.image and chooses and model.server.transport == "grpc" and protocol != "seldon":
        wrong.append(
            f"the {step.type} {step.name} cannot be asked by {protocol} over grpc: "
            "write server.transport: rest"
        )
    if step.builtin and children not in (0, 2):
        wrong.append(f"{step.name} chooses between two children, not {children}")
    if step.builtin and step.parameters.keys() - {"ratioA"}:
        wrong.append(f"{step.name} knows ratioA and no other parameter")
    for message in wrong:
        yield Finding("SV014", "error", f"models.{model.name}.graph", message)


def _scaling(model: Model, keda: bool) -> Iterator[Finding]:
    autoscaling, key = model.autoscaling, f"models.{model.name}.autoscaling"
    if not autoscaling:
        return
    if autoscaling.keda and not keda:
        yield Finding(
            "SV015", "error", f"{key}.keda",
            "the Seldon operator here would scale nothing by KEDA, as Kubeflow's own never does: "
            "write addons.seldon.keda: true where KEDA is there, or scale by cpu",
        )  # fmt: skip
    if autoscaling.keda:
        return
    resources = [name for name in ("cpu", "memory") if getattr(autoscaling, name)] or ["cpu"]
    for variant in model.variants:
        given = variant.resources or model.resources
        for resource in resources:
            if resource not in {**given.requests, **given.limits}:
                yield Finding(
                    "SV016", "warning", f"models.{model.name}.variants.{variant.name}",
                    f"its autoscaler counts {resource} in percent of the request, and there is "
                    f"none: write resources.requests.{resource}",
                )  # fmt: skip


def _variant(model: Model, variant: Variant) -> Iterator[Finding]:
    key = f"models.{model.name}.variants.{variant.name}"
    if variant.replicas is not None and model.autoscaling:
        yield Finding(
            "SV017", "error", f"{key}.replicas",
            "autoscaling decides about the number of its pods: take out one of the two",
        )  # fmt: skip
    if variant.shadow and not variant.traffic:
        yield Finding(
            "SV018", "error", f"{key}.traffic",
            "a shadow with 0 gets a copy of every request: write a share, or take it out",
        )  # fmt: skip


def _explainer(model: Model, variant: Variant) -> Iterator[Finding]:
    if not variant.explainer:
        return
    key = f"models.{model.name}.variants.{variant.name}.explainer"
    transport, type = model.server.transport, variant.explainer.type
    protocol = seldon_protocol(model.server.format, model.server.protocol)
    if (protocol, transport) not in EXPLAINER_CALLS:
        yield Finding(
            "SV019", "error", key,
            f"an explainer cannot call a model that speaks {protocol} over {transport}: "
            "write server.transport: rest, or take it out",
        )  # fmt: skip
    if type in V2_EXPLAINERS and protocol != "v2":
        yield Finding(
            "SV019", "error", f"{key}.type",
            f"{type} works with models that speak v2, not {protocol}: write another type",
        )  # fmt: skip


def _explainer_host(model: Model, variant: Variant, gateway: Gateway | None) -> Iterator[Finding]:
    """The operator's route to an explainer names no host, whatever the SeldonDeployment says
    (operator/controllers/seldondeployment_explainers.go).
    """
    if variant.explainer and gateway:
        yield Finding(
            "SV022", "warning", f"models.{model.name}.variants.{variant.name}.explainer",
            f"clients of {gateway.host} do not reach it, since Seldon's routes to explainers name "
            "no host: it is under the other hosts of Kubeflow's gateway",
        )  # fmt: skip


def _mlflow(model: Model, variant: Variant, registry: str | None) -> Iterator[Finding]:
    """A model that MLflow 3 wrote may not load in an older MLflow. Seldon's own server has one:
    seldonio/mlserver, 1.3.5 with the last operator (operator/config/manager/configmap.yaml).
    """
    if model.server.format != "mlflow":
        return
    key = f"models.{model.name}.variants.{variant.name}"
    written = variant.provenance.mlflow if variant.provenance else None
    image, contained = model.server.image, model.server.libraries.mlflow
    if not (image or variant.image):
        newer = written or registry
        if newer and _major(newer) > NEWEST_MLFLOW:
            how = f"MLflow {newer} wrote it" if written else f"MLflow is {newer} here"
            yield Finding(
                "SV020", "error", key,
                f"{how}, and Seldon's own server is too old to read what that writes: "
                "give server.image an image with MLServer and that MLflow",
            )  # fmt: skip
    elif not variant.image and contained and written and _major(contained) < _major(written):
        yield Finding(
            "SV020", "error", f"{key}.provenance.mlflow",
            f"MLflow {written} wrote it, and server.image has {contained}: "
            "give server.image an image with that MLflow",
        )  # fmt: skip


def _major(version: str) -> int:
    return int(version.partition(".")[0])
