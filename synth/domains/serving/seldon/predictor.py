"""A variant as a predictor: its graph, its pods, its share of the traffic."""

from __future__ import annotations

from collections.abc import Callable

from synth.config.observability import Traces
from synth.config.serving import Model, Variant
from synth.domains.serving.provenance import provenance
from synth.domains.serving.seldon.explainer import explainer
from synth.domains.serving.seldon.graph import graph
from synth.domains.serving.seldon.pods import pods
from synth.kit.objects import Body
from synth.kit.quantities import percent


def predictor(
    model: Model, variant: Variant, mirror: Callable[[str], str], traces: Traces | None
) -> Body:
    body: Body = {"name": variant.name, "traffic": variant.traffic}
    if variant.shadow:
        body["shadow"] = True
    if not model.autoscaling:
        body["replicas"] = replicas(model, variant)
    # The executor takes the metrics' label predictor_version from the annotation `version`.
    body["annotations"] = {"version": str(variant.version), **provenance(model, variant)}
    body["graph"] = graph(model, variant)
    body["componentSpecs"] = [pods(model, variant, mirror)]
    executor = _executor(model, traces)
    if executor:
        body["svcOrchSpec"] = executor
    if variant.explainer:
        body["explainer"] = explainer(model, variant, variant.explainer, mirror)
    return body


def replicas(model: Model, variant: Variant) -> int:
    """The pods of a variant that nothing scales."""
    return model.replicas if variant.replicas is None else variant.replicas


def _executor(model: Model, traces: Traces | None) -> Body:
    """What the executor in every pod gets.

    Source of the variables: SeldonIO/seldon-core doc/source/graph/distributed-tracing.md, 1.17.1;
    jaegertracing/jaeger-client-go config/config_env.go.
    """
    body: Body = {}
    resources = model.orchestrator.model_dump(exclude_defaults=True)
    if resources:
        body["resources"] = resources
    if traces:
        variables = {
            "TRACING": "1",
            "JAEGER_AGENT_HOST": traces.host,
            "JAEGER_AGENT_PORT": str(traces.port),
            "JAEGER_SAMPLER_TYPE": "probabilistic",
            "JAEGER_SAMPLER_PARAM": f"{float(percent(traces.sampling)):g}",
        }
        body["env"] = [{"name": name, "value": value} for name, value in variables.items()]
    return body
