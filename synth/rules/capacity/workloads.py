"""The pods that the controllers of objects run, kind by kind.

A further kind is a function and a line in `KINDS`. What a controller adds to a pod is in
`synth.catalog.sidecars`, with its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from synth.catalog.kserve import completed
from synth.catalog.sidecars import (
    KSERVE_AGENT,
    QUEUE_PROXY,
    QUEUE_PROXY_BOUNDS,
    SELDON_EXECUTOR,
    STORAGE_INITIALIZER,
)
from synth.kit.objects import Body, identity
from synth.kit.quantities import quantity
from synth.rules.capacity.demand import Pods, share

Scaled = Mapping[tuple[str, str, str], int]
"""The most replicas that an autoscaler sets, by namespace, kind and name of what it scales."""
Said = Pods | str
"""Pods, or a reason why there may be more than these."""

_UNBOUNDED = "it has no maximum scale"
_SURGE = "25%"
"""Of a Deployment that says nothing (kubernetes pkg/apis/apps/v1/defaults.go)."""


def scaled(objects: Iterable[Body]) -> dict[tuple[str, str, str], int]:
    """What HorizontalPodAutoscalers and KEDA's ScaledObjects may scale to."""
    most = {}
    for body in objects:
        if body["kind"] in ("HorizontalPodAutoscaler", "ScaledObject"):
            spec = body["spec"]
            target = spec["scaleTargetRef"]
            namespace = body["metadata"].get("namespace", "")
            # KEDA's default (kedacore/keda apis/keda/v1alpha1/scaledobject_types.go).
            replicas = spec.get("maxReplicas", spec.get("maxReplicaCount", 100))
            most[namespace, target.get("kind", "Deployment"), target["name"]] = replicas
    return most


def pods_of(body: Body, autoscalers: Scaled) -> list[Said] | None:
    """The pods that an object's controller runs; None for a kind that nothing is known of."""
    kind = KINDS.get(identity(body).group_kind)
    return None if kind is None else list(kind(body, autoscalers))


def _replicas(body: Body, autoscalers: Scaled) -> int:
    metadata = body["metadata"]
    target = (metadata.get("namespace", ""), body["kind"], metadata["name"])
    return autoscalers.get(target, body["spec"].get("replicas", 1))


def _deployment(body: Body, autoscalers: Scaled) -> Iterator[Said]:
    spec = body["spec"]
    most = _replicas(body, autoscalers)
    strategy = spec.get("strategy") or {}
    surge = 0
    if strategy.get("type") != "Recreate":
        surge = share((strategy.get("rollingUpdate") or {}).get("maxSurge"), most, _SURGE)
    yield Pods(spec["template"], most, surge)


def _stateful_set(body: Body, autoscalers: Scaled) -> Iterator[Said]:
    yield Pods(body["spec"]["template"], _replicas(body, autoscalers))


def _daemon_set(body: Body, _: Scaled) -> Iterator[Said]:
    yield Pods(body["spec"]["template"], 0)
    yield "it runs a pod on every node"


def _pod(body: Body, _: Scaled) -> Iterator[Said]:
    yield Pods(body)


def _job(body: Body, _: Scaled) -> Iterator[Said]:
    yield _of_job(body["spec"])


def _of_job(spec: Mapping[str, Any]) -> Pods:
    parallelism = spec.get("parallelism", 1)
    return Pods(spec["template"], min(parallelism, spec.get("completions", parallelism)))


def _cron_job(body: Body, _: Scaled) -> Iterator[Said]:
    yield _of_job(body["spec"]["jobTemplate"]["spec"])
    if body["spec"].get("concurrencyPolicy", "Allow") == "Allow":
        yield "its Jobs may overlap (concurrencyPolicy Allow)"


def _seldon_deployment(body: Body, _: Scaled) -> Iterator[Said]:
    """A Deployment for each componentSpec, with the executor in the first one's pods, and one for
    an explainer (SeldonIO/seldon-core operator/controllers/seldondeployment_controller.go,
    _engine.go, _explainers.go, model_initializer_injector.go, 1.17.1).
    """
    spec = body["spec"]
    for predictor in spec["predictors"]:
        fetches = any(step.get("modelUri") for step in _walk(predictor["graph"]))
        for i, component in enumerate(predictor.get("componentSpecs", ())):
            most = _seldon_replicas(spec, predictor, component)
            its = component["spec"]
            containers = list(its["containers"])
            if i == 0:
                resources = predictor.get("svcOrchSpec", {}).get("resources", SELDON_EXECUTOR)
                containers.append({"name": "seldon-container-engine", "resources": resources})
            yield _seldon_pods(component, {**its, "containers": containers}, fetches, most)
        if explainer := predictor.get("explainer"):
            yield _seldon_pods(
                {},
                {"containers": [explainer.get("containerSpec", {"name": "explainer"})]},
                "modelUri" in explainer,
                explainer.get("replicas", 1),
            )


def _seldon_pods(component: Mapping[str, Any], spec: Body, fetches: bool, most: int) -> Pods:
    if fetches:
        initializer = {"name": "model-initializer", "resources": STORAGE_INITIALIZER}
        spec = {**spec, "initContainers": [*spec.get("initContainers", ()), initializer]}
    return Pods(
        {"metadata": component.get("metadata", {}), "spec": spec}, most, share(None, most, _SURGE)
    )


def _seldon_replicas(
    spec: Mapping[str, Any], predictor: Mapping[str, Any], component: Mapping[str, Any]
) -> int:
    given = (
        component.get("kedaSpec", {}).get("maxReplicaCount"),
        component.get("hpaSpec", {}).get("maxReplicas"),
        component.get("replicas"),
        predictor.get("replicas"),
        spec.get("replicas"),
    )
    return int(next((each for each in given if each is not None), 1))


def _walk(step: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield step
    for child in step.get("children", ()):
        yield from _walk(child)


def _inference_service(body: Body, _: Scaled) -> Iterator[Said]:
    """A Knative Service for each component. While a canary is out the revision that had all of the
    traffic before runs as well, and is counted as if it were like the canary.
    """
    for role in ("predictor", "transformer", "explainer"):
        part = body["spec"].get(role)
        if not part:
            continue
        revisions = 2 if "canaryTrafficPercent" in part else 1
        most = part.get("maxReplicas", 0)
        if not most:
            yield f"{_UNBOUNDED} ({role})"
        least = max(part.get("minReplicas", 1), 1)
        # Without a maximum, as many as always run.
        yield Pods(_kserve_template(body, part), revisions * (most or least), least)


def _kserve_template(body: Body, part: Mapping[str, Any]) -> Body:
    annotations = {**body["metadata"].get("annotations", {}), **part.get("annotations", {})}
    containers = [_kserve_container(each) for each in part.get("containers", ())]
    if model := part.get("model"):
        containers.insert(0, _kserve_container({"name": "kserve-container", **model}))
    server = containers[0]
    told = {each.get("name") for each in server.get("env", ())}
    fetches = "storageUri" in server or "STORAGE_URI" in told
    containers.append(_queue_proxy(annotations, server))
    if part.get("logger"):
        containers.append({"name": "agent", "resources": KSERVE_AGENT})
    initializer = {"name": "storage-initializer", "resources": STORAGE_INITIALIZER}
    return {
        "metadata": {"annotations": annotations, "labels": part.get("labels", {})},
        "spec": {
            "containers": containers,
            "initContainers": [initializer] if fetches else [],
        },
    }


def _kserve_container(container: Mapping[str, Any]) -> Body:
    given = container.get("resources", {})
    resources = {kind: completed(given.get(kind, {})) for kind in ("requests", "limits")}
    return {**container, "resources": resources}


def _knative_service(body: Body, _: Scaled) -> Iterator[Said]:
    """The pods of the latest revision; the next one needs its least beside them before it takes
    over (knative/serving docs of min-scale, initial-scale).
    """
    template = body["spec"]["template"]
    metadata = template.get("metadata", {})
    annotations = metadata.get("annotations", {})
    scale = {
        key: int(annotations.get(f"autoscaling.knative.dev/{key}-scale", 0))
        for key in ("min", "max")
    }
    least = max(scale["min"], 1)
    if not scale["max"]:
        yield _UNBOUNDED
    containers = list(template["spec"]["containers"])
    containers.append(_queue_proxy(annotations, containers[0]))
    pod = {"metadata": metadata, "spec": {**template["spec"], "containers": containers}}
    yield Pods(pod, scale["max"] or least, least)


def _queue_proxy(annotations: Mapping[str, str], program: Mapping[str, Any]) -> Body:
    """Knative's own container. Of a share of the program's resources and of amounts that are given
    the larger counts: Knative 1.10 knows the share only, later versions prefer the amounts.
    """
    prefix = "queue.sidecar.serving.knative.dev"
    percent = annotations.get(f"{prefix}/resource-percentage")
    resources: dict[str, dict[str, str]] = {"requests": dict(QUEUE_PROXY["requests"]), "limits": {}}
    for kind, amounts in resources.items():
        for name in ("cpu", "memory"):
            its = program.get("resources", {}).get(kind, {}).get(name)
            given = annotations.get(f"{prefix}/{name}-resource-{kind.removesuffix('s')}")
            shared = _shared(kind, name, its, percent) if percent and its else None
            if either := [each for each in (given, shared) if each]:
                amounts[name] = max(either, key=quantity)
    return {"name": "queue-proxy", "resources": resources}


def _shared(kind: str, name: str, its: str, percent: str) -> str:
    least, most = QUEUE_PROXY_BOUNDS[kind, name]
    wanted = quantity(its) * Fraction(percent) / 100
    if wanted <= quantity(least):
        return least
    return most if wanted >= quantity(most) else f"{int(wanted * 1000)}m"


def _event_bus(body: Body, _: Scaled) -> Iterator[Said]:
    """Three containers in every pod of JetStream (argoproj/argo-events
    pkg/reconciler/eventbus/installer/jetstream.go, 1.9).
    """
    jetstream = body["spec"].get("jetstream")
    if jetstream is None:
        yield "only jetstream is known"
        return
    containers = [
        {"name": name, **jetstream.get(key, {})}
        for name, key in (
            ("main", "containerTemplate"),
            ("reloader", "reloaderContainerTemplate"),
            ("metrics", "metricsContainerTemplate"),
        )
    ]
    template = {"metadata": jetstream.get("metadata", {}), "spec": {"containers": containers}}
    yield Pods(template, max(jetstream.get("replicas", 3), 3))


def _argo_events(body: Body, _: Scaled) -> Iterator[Said]:
    """The Deployment of an EventSource or a Sensor."""
    spec = body["spec"]
    template = spec.get("template", {})
    container = {"name": "main", **template.get("container", {})}
    most = spec.get("replicas", 1)
    pod = {"metadata": template.get("metadata", {}), "spec": {"containers": [container]}}
    yield Pods(pod, most, share(None, most, _SURGE))


def _elasticsearch(body: Body, _: Scaled) -> Iterator[Said]:
    for nodes in body["spec"]["nodeSets"]:
        yield from _eck(nodes.get("podTemplate"), nodes["count"], "elasticsearch")


def _kibana(body: Body, _: Scaled) -> Iterator[Said]:
    yield from _eck(body["spec"].get("podTemplate"), body["spec"].get("count", 1), "kibana")


def _beat(body: Body, _: Scaled) -> Iterator[Said]:
    spec = body["spec"]
    if "daemonSet" in spec:
        yield "it runs a pod on every node"
    else:
        deployment = spec["deployment"]
        yield from _eck(deployment.get("podTemplate"), deployment.get("replicas", 1), spec["type"])


def _eck(template: Mapping[str, Any] | None, most: int, container: str) -> Iterator[Said]:
    """ECK completes what a template does not say."""
    if template and any("resources" in each for each in template["spec"].get("containers", ())):
        yield Pods(template, most)
    else:
        yield Pods({"spec": {"containers": [{"name": container}]}}, most)
        yield "it says no resources, and ECK's own are not counted"


def _collector(body: Body, _: Scaled) -> Iterator[Said]:
    spec = body["spec"]
    if spec.get("mode", "deployment") not in ("deployment", "statefulset"):
        yield f"its mode is {spec['mode']}"
        return
    container = {"name": "otc-container", "resources": spec.get("resources", {})}
    most = (spec.get("autoscaler") or {}).get("maxReplicas", spec.get("replicas", 1))
    yield Pods({"spec": {"containers": [container]}}, most, share(None, most, _SURGE))


def _node_pool(body: Body, _: Scaled) -> Iterator[Said]:
    container = {"name": "kafka", "resources": body["spec"].get("resources", {})}
    yield Pods({"spec": {"containers": [container]}}, body["spec"]["replicas"])


def _kafka(body: Body, _: Scaled) -> Iterator[Said]:
    """What stands beside the brokers, which are KafkaNodePools."""
    spec = body["spec"]
    operators = spec.get("entityOperator")
    if operators:
        containers = [
            {"name": name, "resources": operators[key].get("resources", {})}
            for name, key in (
                ("topic-operator", "topicOperator"),
                ("user-operator", "userOperator"),
            )
            if key in operators
        ]
        yield Pods({"spec": {"containers": containers}})
    if "kafkaExporter" in spec:
        resources = spec["kafkaExporter"].get("resources", {})
        yield Pods({"spec": {"containers": [{"name": "exporter", "resources": resources}]}})


Kind = Callable[[Body, Scaled], Iterator[Said]]
KINDS: Mapping[str, Kind] = {
    "Beat.beat.k8s.elastic.co": _beat,
    "CronJob.batch": _cron_job,
    "DaemonSet.apps": _daemon_set,
    "Deployment.apps": _deployment,
    "Elasticsearch.elasticsearch.k8s.elastic.co": _elasticsearch,
    "EventBus.argoproj.io": _event_bus,
    "EventSource.argoproj.io": _argo_events,
    "InferenceService.serving.kserve.io": _inference_service,
    "Job.batch": _job,
    "Kafka.kafka.strimzi.io": _kafka,
    "KafkaNodePool.kafka.strimzi.io": _node_pool,
    "Kibana.kibana.k8s.elastic.co": _kibana,
    "OpenTelemetryCollector.opentelemetry.io": _collector,
    "Pod": _pod,
    "ReplicaSet.apps": _stateful_set,
    "SeldonDeployment.machinelearning.seldon.io": _seldon_deployment,
    "Sensor.argoproj.io": _argo_events,
    "Service.serving.knative.dev": _knative_service,
    "StatefulSet.apps": _stateful_set,
}
"""By kind and group: the pods of an object."""
