"""The pods that operators make of their kinds.

What an operator adds or replaces is part of the pod as far as its source says it without knowing how it
is configured.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import yaml

from synth.kit.objects import Body
from synth.kit.versions import minor
from synth.rules.pod_security.templates import PodTemplate, at, listed, marks, merged

# SeldonIO/seldon-core operator/controllers (seldondeployment_controller.go,
# createDeploymentWithoutEngine; seldondeployment_engine.go, model_initializer_injector.go,
# security.go) at 1.18.2, with DEFAULT_USER_ID and EXECUTOR_CONTAINER_USER of kubeflow/manifests
# contrib/seldon and of the chart.
_SELDON_POD = {"runAsUser": 8888}
_EXECUTOR = {
    "name": "seldon-container-engine",
    "securityContext": {"runAsUser": 8888, "allowPrivilegeEscalation": False},
}


def seldon(body: Body) -> Iterator[PodTemplate]:
    """The pods of predictors and explainers.

    The operator puts its own securityContext of the pod into the place of the one that is written,
    and adds the executor and, for files of models, initializers that say nothing.
    """
    for path, predictor in at(body, "/spec/predictors/*"):
        metadata = marks({"annotations": body["spec"].get("annotations")}, predictor)
        units = list(_units(predictor.get("graph") or {}))
        written = list(at(predictor, "/componentSpecs/*", path))
        held = {each for _, one in written for each in _names(one)}
        alone = [each for each in units if each.get("modelUri") and each["name"] not in held]
        written += [(f"{path}/graph", _component(each["name"], {})) for each in alone]
        for index, (place, component) in enumerate(written):
            executor = [] if index else [_EXECUTOR]
            yield _predictor(place, metadata, component, units, executor)
        if explainer := predictor.get("explainer"):
            unit = {**explainer, "name": f"{predictor['name']}-explainer"}
            component = _component(unit["name"], explainer.get("containerSpec") or {})
            yield _predictor(f"{path}/explainer", metadata, component, [unit], [])


def _component(name: str, container: Body) -> Body:
    return {"spec": {"containers": [{**container, "name": name}]}}


def _names(component: Body) -> list[str]:
    return [each["name"] for each in listed(component.get("spec") or {}, "containers")]


def _units(unit: Body) -> Iterator[Body]:
    yield unit
    for child in unit.get("children") or ():
        yield from _units(child)


def _predictor(
    path: str, metadata: Body, component: Body, units: list[Body], executor: list[Body]
) -> PodTemplate:
    spec = component.get("spec") or {}
    with_files = {each["name"] for each in units if each.get("modelUri")}
    initializers = [
        {"name": f"{name}-model-initializer"} for name in _names(component) if name in with_files
    ]
    made = {
        **spec,
        "securityContext": _SELDON_POD,
        "initContainers": [*listed(spec, "initContainers"), *initializers],
        "containers": [*listed(spec, "containers"), *executor],
    }
    return PodTemplate(path, marks(metadata, component.get("metadata") or {}), made)


def workflow(body: Body, pointer: str) -> Iterator[PodTemplate]:
    """The pods of Argo's templates, with the executor's containers and podSpecPatch.

    The executor's securityContext is nobody's unless a patch says it: the controller's
    configuration is not an object of the workflow. Source: argoproj/argo-workflows
    workflow/controller/workflowpod.go at 3.7.3.
    """
    for _, spec in at(body, pointer):
        for pattern in ("", "/dag/tasks/*/inline", "/steps/*/*/inline"):
            for path, written in at(body, f"{pointer}/templates/*{pattern}"):
                template = merged(spec.get("templateDefaults") or {}, written)
                if containers := _main(template):
                    yield _step(path, spec, template, containers)


def _main(template: Body) -> list[Body]:
    """The containers that do what a template says; none where it starts no pod."""
    if contained := template.get("containerSet"):
        return [{"name": "wait"}, *listed(contained, "containers")]
    for kind in ("container", "script"):
        if (own := template.get(kind)) is not None:
            return [{"name": "wait"}, {**own, "name": "main"}]
    return [{"name": "main"}] if template.keys() & {"resource", "data"} else []


def _step(path: str, workflow: Body, template: Body, containers: list[Body]) -> PodTemplate:
    spec = {
        "hostNetwork": workflow.get("hostNetwork"),
        "securityContext": template.get("securityContext") or workflow.get("securityContext"),
        "volumes": listed(workflow, "volumes") + listed(template, "volumes"),
        "initContainers": [{"name": "init"}, *listed(template, "initContainers")],
        "containers": [*containers, *listed(template, "sidecars")],
    }
    for said in (workflow, template):
        spec = merged(spec, _patch(said.get("podSpecPatch") or ""))
    metadata = marks(workflow.get("podMetadata") or {}, template.get("metadata") or {})
    return PodTemplate(path, metadata, spec)


@lru_cache(4096)
def _patch(text: str) -> Body:
    """A podSpecPatch, which many templates have alike and nobody may change; an empty one where Argo
    first has to put values into it to make it YAML.
    """
    try:
        patch = yaml.load(text, Loader=yaml.CSafeLoader)  # safe, and ten times as fast
    except yaml.YAMLError:
        return {}
    return patch if isinstance(patch, dict) else {}


def events(body: Body) -> Iterator[PodTemplate]:
    """The pod of an EventSource or a Sensor.

    Source: argoproj/argo-events pkg/reconciler/{eventsource,sensor}/resource.go at 1.9.10.
    """
    template = body["spec"].get("template") or {}
    main = {**(template.get("container") or {}), "name": "main"}
    metadata = template.get("metadata") or {}
    yield PodTemplate("/spec/template", metadata, {**template, "containers": [main]})


# argoproj/argo-events pkg/reconciler/eventbus/installer at 1.9.10.
_BUSES = {
    "/spec/jetstream": {
        "main": "containerTemplate",
        "reloader": "reloaderContainerTemplate",
        "metrics": "metricsContainerTemplate",
    },
    "/spec/nats/native": {"stan": "containerTemplate", "metrics": "metricsContainerTemplate"},
}


def bus(body: Body) -> Iterator[PodTemplate]:
    """The pods of an EventBus."""
    for pattern, names in _BUSES.items():
        for path, said in at(body, pattern):
            containers = [{**(said.get(key) or {}), "name": name} for name, key in names.items()]
            spec = {"securityContext": said.get("securityContext"), "containers": containers}
            yield PodTemplate(path, said.get("metadata") or {}, spec)


def collector(body: Body) -> Iterator[PodTemplate]:
    """The pods of an OpenTelemetryCollector, unless it is a container for the pods of others.

    Source: open-telemetry/opentelemetry-operator apis/v1beta1 and internal/manifests/collector
    (deployment.go, container.go).
    """
    said = body["spec"]
    if said.get("mode") == "sidecar":
        return
    ports = [{**each, "containerPort": each.get("port")} for each in listed(said, "ports")]
    own = {"name": "otc-container", "securityContext": said.get("securityContext"), "ports": ports}
    spec = {
        **said,
        "securityContext": said.get("podSecurityContext"),
        "containers": [*listed(said, "additionalContainers"), own],
    }
    yield PodTemplate("/spec", {"annotations": said.get("podAnnotations") or {}}, spec)


def _filled(containers: list[Body], security: Body) -> list[Body]:
    """Containers, those without a securityContext of their own with the operator's."""
    return [
        each if each.get("securityContext") is not None else {**each, "securityContext": security}
        for each in containers
    ]


def elasticsearch(body: Body) -> Iterator[PodTemplate]:
    """The pods of an Elasticsearch.

    Source: elastic/cloud-on-k8s pkg/controller/elasticsearch/nodespec/podspec.go and
    securitycontext/securitycontext.go at 2.16.1.
    """
    version = minor(body["spec"]["version"])
    security: Body = {"allowPrivilegeEscalation": False}
    if version >= (8, 0):
        security["capabilities"] = {"drop": ["ALL"]}
    if version >= (8, 8):
        security["runAsNonRoot"] = True
    added = [{"name": "elastic-internal-init-filesystem"}, {"name": "elastic-internal-suspend"}]
    for path, nodes in at(body, "/spec/nodeSets/*"):
        template = nodes.get("podTemplate") or {}
        spec = template.get("spec") or {}
        containers = merged([{"name": "elasticsearch"}], listed(spec, "containers"))
        made = {
            **spec,
            "initContainers": _filled(merged(added, listed(spec, "initContainers")), security),
            "containers": _filled(containers, security),
        }
        yield PodTemplate(f"{path}/podTemplate", template.get("metadata") or {}, made)


def kibana(body: Body) -> Iterator[PodTemplate]:
    """The pods of a Kibana, whose operator gives the container that prepares files nothing.

    Source: elastic/cloud-on-k8s pkg/controller/kibana (pod.go, securitycontext.go,
    initcontainer/prepare_fs.go) at 2.16.1.
    """
    security = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsUser": 1000,
    }
    template = body["spec"].get("podTemplate") or {}
    spec = template.get("spec") or {}
    own = _filled(listed(spec, "initContainers"), security)
    made = {
        **spec,
        "initContainers": merged([{"name": "elastic-internal-init"}], own),
        "containers": _filled(merged([{"name": "kibana"}], listed(spec, "containers")), security),
    }
    yield PodTemplate("/spec/podTemplate", template.get("metadata") or {}, made)


_FRAMEWORKS = (
    "model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml",
    "lightgbm", "paddle", "mlflow", "art",
)  # fmt: skip
_RUNTIME = {
    "name": "kserve-container",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    },
}
"""What KServe's runtimes say of their container in Kubeflow 1.10 and later (kubeflow/manifests
applications/kserve/kserve/kserve-cluster-resources.yaml); those of earlier releases say nothing.
"""


def inference(body: Body) -> Iterator[PodTemplate]:
    """The pods of an InferenceService; a model's container is merged into that of its runtime.

    Source: kserve/kserve pkg/apis/serving/v1beta1 and pkg/controller/v1beta1/inferenceservice/utils.
    """
    for part in ("predictor", "predictor/workerSpec", "transformer", "explainer"):
        for path, said in at(body, f"/spec/{part}"):
            models = [merged(_RUNTIME, said[each]) for each in _FRAMEWORKS if said.get(each)]
            containers = [*listed(said, "containers"), *models]
            metadata = marks(body["metadata"], said)
            yield PodTemplate(path, metadata, {**said, "containers": containers})
