"""What a model asks of KServe, against what KServe can do through Knative.

Source: kserve/kserve pkg/apis/serving/v1beta1 and pkg/controller/v1beta1/inferenceservice, 0.11.2
to 0.16.0; kubeflow/manifests common/knative/knative-serving, Kubeflow 1.8 to 26.03.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from synth.catalog.kserve import completed, runtime, runtimes
from synth.catalog.kubeflow import load_release
from synth.config.base import Resources
from synth.config.environment import Environment
from synth.config.graph import GraphStep
from synth.config.serving import Model
from synth.kit.names import LABEL_LENGTH
from synth.kit.quantities import quantity
from synth.rules.findings import Finding


def check_kserve(environment: Environment, components: Collection[str]) -> Iterator[Finding]:
    """Findings about the models with `engine: kserve`; `components` are Kubeflow's that are on."""
    for model in environment.models:
        if model.engine != "kserve":
            continue
        key = f"models.{model.name}"
        if environment.kubeflow is None or "kserve" not in components:
            yield Finding(
                "KS001", "error", key,
                "there is no KServe here: switch kubeflow.components.kserve on",
            )  # fmt: skip
        else:
            yield from _format(model, load_release(environment.kubeflow.release).kserve)
        for field, said in (*_missing(model), *_missing_of_variants(model)):
            yield Finding("KS003", "error", f"{key}.{field}", said)
        yield from _canary(model)
        yield from _graph(model)
        yield from _resources(model)
        yield from _name(model)
        yield from _nodes(model)
    yield from _host(environment)


def _format(model: Model, kserve: str) -> Iterator[Finding]:
    format, protocol = model.server.format, model.server.protocol
    if format == "custom":
        return
    if chosen := runtime(kserve, format, protocol):
        if model.server.parameters and not chosen.arguments:
            yield Finding(
                "KS003", "error", f"models.{model.name}.server.parameters",
                f"{chosen.name} takes no arguments: say it by environment variables",
            )  # fmt: skip
        return
    able = {each for every in runtimes(kserve, format) for each in every.protocols}
    if able:
        said = f"serves {format} by protocol {' or '.join(sorted(able))}, not by {protocol}"
    else:
        said = f"has no runtime for {format}: bring a server of format custom"
    yield Finding("KS002", "error", f"models.{model.name}.server", f"KServe {kserve} {said}")


def _missing(model: Model) -> Iterator[tuple[str, str]]:
    """Fields that an InferenceService has no counterpart of, or that Kubeflow's Knative lacks."""
    server, scaling = model.server, model.autoscaling
    if server.transport == "grpc":
        yield "server.transport", "KServe models are served by rest here: say rest, or use seldon"
    if server.format == "custom" and server.protocol not in (None, "v1", "v2"):
        yield "server.protocol", "a server of KServe speaks v1 or v2"
    if model.storage_secret:
        yield (
            "storageSecret",
            "KServe takes the credentials from the Secrets of the ServiceAccount: say serviceAccount",
        )
    if not model.replicas:
        yield "replicas", "Knative starts a pod again for the next request: say 1, or retire it"
    if model.orchestrator != Resources():
        yield "orchestrator", "is Seldon's alone: take it out"
    if model.disruption_budget:
        yield "disruptionBudget", "Knative's pods have none: take it out"
    for metric in ("cpu", "memory"):
        if scaling and getattr(scaling, metric):
            yield (
                f"autoscaling.{metric}",
                "Knative scales by requests; its autoscaler-hpa is in no release of Kubeflow: "
                "keep minReplicas and maxReplicas alone",
            )
    if scaling and scaling.keda:
        yield "autoscaling.keda", "Knative scales by requests: take it out, or use seldon"


def _missing_of_variants(model: Model) -> Iterator[tuple[str, str]]:
    for variant in model.variants:
        key = f"variants.{variant.name}"
        if variant.shadow:
            yield f"{key}.shadow", "KServe copies no requests: use seldon"
        if variant.explainer:
            yield f"{key}.explainer", "KServe has no Alibi from 0.13 on: use seldon"
        if variant.replicas == 0:
            yield f"{key}.replicas", "Knative starts a pod again for the next request: say 1"


def _canary(model: Model) -> Iterator[Finding]:
    """KServe has one spec: the last variant's. The one before it is the last that was rolled out
    (synth/domains/serving/kserve.py).
    """
    key = f"models.{model.name}.variants"
    if not model.variants:
        return
    if len(model.variants) > 2:
        yield Finding(
            "KS004", "error", key,
            f"KServe serves a stable variant and a candidate, not {len(model.variants)}: use seldon",
        )  # fmt: skip
        return
    *before, candidate = model.variants
    for stable in before:
        own = {"replicas", "image", "env", "secret_env", "resources"}
        said = stable.model_dump(include=own, exclude_defaults=True, by_alias=True)
        for field in said:
            yield Finding(
                "KS005", "error", f"{key}.{stable.name}.{field}",
                f"reaches no pod while {candidate.name} is the candidate, since KServe keeps one "
                "spec: say it of the model",
            )  # fmt: skip
        yield Finding(
            "KS009", "warning", key,
            f"a cluster that has not served {stable.name} alone before gives {candidate.name} all "
            f"of the traffic: roll {stable.name} out first",
        )  # fmt: skip


def _graph(model: Model) -> Iterator[Finding]:
    if model.graph and not _bare(model.graph) and not _transformed(model.graph):
        yield Finding(
            "KS006", "error", f"models.{model.name}.graph",
            "KServe knows one: a step of type transformer with an image, whose only child is the "
            "model, of which nothing more is said",
        )  # fmt: skip


def _transformed(step: GraphStep) -> bool:
    return bool(
        step.type == "transformer"
        and step.image
        and not (step.builtin or step.artifact or step.version)
        and len(step.children) == 1
        and _bare(step.children[0])
    )


def _bare(step: GraphStep) -> bool:
    return step.is_variant and not step.model_dump(exclude={"name", "type"}, exclude_defaults=True)


def _resources(model: Model) -> Iterator[Finding]:
    """KServe's webhook writes what a container says nothing of, and may so limit it to less than
    it requests.
    """
    places = {"resources": model.resources}
    for variant in model.variants:
        places[f"variants.{variant.name}.resources"] = variant.resources or Resources()
    if model.graph and not model.graph.is_variant:
        places["graph.resources"] = model.graph.resources
    for place, resources in places.items():
        limits = completed(resources.limits)
        for name, requested in completed(resources.requests).items():
            if name in limits and quantity(requested) > quantity(limits[name]):
                yield Finding(
                    "KS007", "error", f"models.{model.name}.{place}",
                    f"KServe completes it to a request of {requested} {name} above the limit of "
                    f"{limits[name]}: say both",
                )  # fmt: skip


def _name(model: Model) -> Iterator[Finding]:
    """The longest name that is made of a model's is that of the Service for the stable revision in
    a canary, whose tag is `prev` (ksvc_reconciler.go; Knative's tag-template in ConfigMap
    config-network); KServe's webhook wants a letter first.
    """
    longest = f"prev-{model.name}-predictor"
    room = LABEL_LENGTH - len(longest) + len(model.name)
    if len(model.name) > room or not re.match(r"[a-z]", model.name):
        yield Finding(
            "KS008", "error", f"models.{model.name}",
            f"the name of a KServe model begins with a letter and has at most {room} characters "
            f"(a canary's Service: {longest})",
        )  # fmt: skip


def _nodes(model: Model) -> Iterator[Finding]:
    for field, flag, said in (
        ("nodeSelector", "podspec-nodeselector", model.node_selector),
        ("tolerations", "podspec-tolerations", model.tolerations),
    ):
        if said:
            yield Finding(
                "KS010", "warning", f"models.{model.name}.{field}",
                f"Knative refuses it as every release of Kubeflow has it: set kubernetes.{flag} to "
                "enabled in ConfigMap config-features of knative-serving, by an overlay",
            )  # fmt: skip


def _host(environment: Environment) -> Iterator[Finding]:
    models = ", ".join(each.name for each in environment.models if each.engine == "kserve")
    if environment.gateway and models:
        yield Finding(
            "KS011", "warning", "gateway.host",
            f"Seldon's models have this host; that of KServe's ({models}) follows Knative's domain: "
            "set it in ConfigMap config-domain of knative-serving, by an overlay",
        )  # fmt: skip
