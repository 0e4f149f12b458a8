"""The pods that an object asks for, each with the place that it is written at.

What the operator of a kind adds or replaces is part of the pod where upstream's source says it; what
admission adds (Istio's sidecar, PodDefaults) is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from synth.kit.objects import Body, group_of
from synth.kit.versions import minor


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """One pod of an object; `path` is a JSON pointer to what it is made from, empty for a Pod."""

    path: str
    metadata: Body
    spec: Body


Reader = Callable[[Body], Iterator[PodTemplate]]


def pod_templates(body: Body) -> Iterator[PodTemplate]:
    """The pods that an object makes, directly or by its operator; none of a kind that makes none."""
    group = group_of(body["apiVersion"])
    kind = f"{body['kind']}.{group}" if group else body["kind"]
    if reader := _READERS.get(kind):
        yield from reader(body)


def _at(node: Any, pattern: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands at a JSON pointer in which `*` is every entry, with its own pointer."""
    if not pattern:
        yield path, node
        return
    key, slash, rest = pattern.removeprefix("/").partition("/")
    if key != "*":
        below: Iterable[tuple[object, Any]] = [(key, node.get(key))]
    else:
        below = enumerate(node) if isinstance(node, list) else node.items()
    for each, value in below:
        if value is not None:
            yield from _at(value, slash + rest, f"{path}/{each}")


def _merged(base: Any, patch: Any) -> Any:
    """A strategic merge as far as pods need it: maps by key, lists of named things by name."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return {
            key: _merged(base.get(key), patch[key]) if key in patch else base[key]
            for key in {**base, **patch}
        }
    if isinstance(base, list) and isinstance(patch, list) and _named(base) and _named(patch):
        ours, theirs = ({each["name"]: each for each in items} for items in (base, patch))
        return list(_merged(ours, theirs).values())
    return patch


def _named(items: list[Any]) -> bool:
    return all(isinstance(each, dict) and "name" in each for each in items)


def _all(body: Body, *keys: str) -> list[Body]:
    return [each for key in keys for each in body.get(key) or ()]


def _written(body: Body, *patterns: str) -> Iterator[PodTemplate]:
    """Templates that are written as a Deployment's is."""
    for pattern in patterns:
        for path, template in _at(body, pattern):
            yield PodTemplate(path, template.get("metadata") or {}, template.get("spec") or {})


def _specs(body: Body, pattern: str) -> Iterator[PodTemplate]:
    """Specs of pods, with labels and annotations in them if anywhere."""
    for path, spec in _at(body, pattern):
        yield PodTemplate(path, _marks(spec), spec)


def _marks(*holders: Body) -> Body:
    """Metadata with the labels and annotations of several, each over those before it."""
    return {
        kind: {key: value for each in holders for key, value in (each.get(kind) or {}).items()}
        for kind in ("labels", "annotations")
    }


def _nested(body: Body, pattern: str) -> Iterator[PodTemplate]:
    """The pods of whole objects within an object."""
    for path, made in _at(body, pattern):
        for below in pod_templates(made):
            yield PodTemplate(path + below.path, below.metadata, below.spec)


# SeldonIO/seldon-core operator/controllers (seldondeployment_controller.go,
# createDeploymentWithoutEngine; seldondeployment_engine.go, model_initializer_injector.go,
# security.go) at 1.18.2, with DEFAULT_USER_ID and EXECUTOR_CONTAINER_USER of kubeflow/manifests
# contrib/seldon and of the chart.
_SELDON_POD = {"runAsUser": 8888}
_EXECUTOR = {
    "name": "seldon-container-engine",
    "securityContext": {"runAsUser": 8888, "allowPrivilegeEscalation": False},
}


def _seldon(body: Body) -> Iterator[PodTemplate]:
    """The pods of predictors and explainers.

    The operator puts its own securityContext of the pod into the place of the one that is written,
    and adds the executor and, for files of models, initializers that say nothing.
    """
    for path, predictor in _at(body, "/spec/predictors/*"):
        metadata = _marks({"annotations": body["spec"].get("annotations")}, predictor)
        units = list(_units(predictor.get("graph") or {}))
        written = list(_at(predictor, "/componentSpecs/*", path))
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
    return [each["name"] for each in _all(component.get("spec") or {}, "containers")]


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
        "initContainers": [*_all(spec, "initContainers"), *initializers],
        "containers": [*_all(spec, "containers"), *executor],
    }
    return PodTemplate(path, _marks(metadata, component.get("metadata") or {}), made)


_MAIN = ("container", "script", "resource", "data")


def _workflow(body: Body, at: str) -> Iterator[PodTemplate]:
    """The pods of Argo's templates, with the executor's containers and podSpecPatch.

    The executor's securityContext is nobody's unless a patch says it: the controller's
    configuration is not an object of the workflow. Source: argoproj/argo-workflows
    workflow/controller/workflowpod.go at 3.7.3.
    """
    for _, spec in _at(body, at):
        for pattern in ("", "/dag/tasks/*/inline", "/steps/*/*/inline"):
            for path, written in _at(body, f"{at}/templates/*{pattern}"):
                template = _merged(spec.get("templateDefaults") or {}, written)
                if containers := _main(template):
                    yield _step(path, spec, template, containers)


def _main(template: Body) -> list[Body]:
    """The containers that do what a template says; none where it starts no pod."""
    if contained := template.get("containerSet"):
        return [{"name": "wait"}, *_all(contained, "containers")]
    for kind in _MAIN:
        if kind in template:
            own = template[kind] if kind in {"container", "script"} else {}
            wait = [{"name": "wait"}] if own else []
            return [*wait, {**own, "name": "main"}]
    return []


def _step(path: str, workflow: Body, template: Body, containers: list[Body]) -> PodTemplate:
    spec = {
        "hostNetwork": workflow.get("hostNetwork"),
        "securityContext": template.get("securityContext") or workflow.get("securityContext"),
        "volumes": _all(workflow, "volumes") + _all(template, "volumes"),
        "initContainers": [{"name": "init"}, *_all(template, "initContainers")],
        "containers": [*containers, *_all(template, "sidecars")],
    }
    for said in (workflow, template):
        spec = _merged(spec, _patch(said.get("podSpecPatch") or ""))
    metadata = _marks(workflow.get("podMetadata") or {}, template.get("metadata") or {})
    return PodTemplate(path, metadata, spec)


def _patch(text: str) -> Body:
    """A podSpecPatch; an empty one where Argo first has to put values into it to make it YAML."""
    try:
        patch = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return patch if isinstance(patch, dict) else {}


def _events(body: Body) -> Iterator[PodTemplate]:
    """The pod of an EventSource or a Sensor, and the pods of objects that a Sensor creates.

    Source: argoproj/argo-events pkg/reconciler/{eventsource,sensor}/resource.go at 1.9.10.
    """
    template = body["spec"].get("template") or {}
    main = {**(template.get("container") or {}), "name": "main"}
    metadata = template.get("metadata") or {}
    yield PodTemplate("/spec/template", metadata, {**template, "containers": [main]})
    for kind in ("k8s", "argoWorkflow"):
        yield from _nested(body, f"/spec/triggers/*/template/{kind}/source/resource")


# argoproj/argo-events pkg/reconciler/eventbus/installer at 1.9.10.
_BUSES = {
    "/spec/jetstream": {
        "main": "containerTemplate",
        "reloader": "reloaderContainerTemplate",
        "metrics": "metricsContainerTemplate",
    },
    "/spec/nats/native": {"stan": "containerTemplate", "metrics": "metricsContainerTemplate"},
}


def _bus(body: Body) -> Iterator[PodTemplate]:
    """The pods of an EventBus."""
    for pattern, names in _BUSES.items():
        for path, bus in _at(body, pattern):
            containers = [{**(bus.get(said) or {}), "name": name} for name, said in names.items()]
            spec = {"securityContext": bus.get("securityContext"), "containers": containers}
            yield PodTemplate(path, bus.get("metadata") or {}, spec)


def _collector(body: Body) -> Iterator[PodTemplate]:
    """The pods of an OpenTelemetryCollector, unless it is a container for the pods of others.

    Source: open-telemetry/opentelemetry-operator apis/v1beta1 and internal/manifests/collector
    (deployment.go, container.go).
    """
    said = body["spec"]
    if said.get("mode") == "sidecar":
        return
    ports = [{**each, "containerPort": each.get("port")} for each in _all(said, "ports")]
    own = {"name": "otc-container", "securityContext": said.get("securityContext"), "ports": ports}
    spec = {
        **said,
        "securityContext": said.get("podSecurityContext"),
        "containers": [*_all(said, "additionalContainers"), own],
    }
    yield PodTemplate("/spec", {"annotations": said.get("podAnnotations") or {}}, spec)


def _filled(containers: list[Body], security: Body) -> list[Body]:
    """Containers, those without a securityContext of their own with the operator's."""
    return [
        each if each.get("securityContext") is not None else {**each, "securityContext": security}
        for each in containers
    ]


def _elasticsearch(body: Body) -> Iterator[PodTemplate]:
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
    for path, nodes in _at(body, "/spec/nodeSets/*"):
        template = nodes.get("podTemplate") or {}
        spec = template.get("spec") or {}
        containers = _merged([{"name": "elasticsearch"}], _all(spec, "containers"))
        made = {
            **spec,
            "initContainers": _filled(_merged(added, _all(spec, "initContainers")), security),
            "containers": _filled(containers, security),
        }
        yield PodTemplate(f"{path}/podTemplate", template.get("metadata") or {}, made)


def _kibana(body: Body) -> Iterator[PodTemplate]:
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
    own = _filled(_all(spec, "initContainers"), security)
    made = {
        **spec,
        "initContainers": _merged([{"name": "elastic-internal-init"}], own),
        "containers": _filled(_merged([{"name": "kibana"}], _all(spec, "containers")), security),
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


def _inference(body: Body) -> Iterator[PodTemplate]:
    """The pods of an InferenceService; a model's container is merged into that of its runtime.

    Source: kserve/kserve pkg/apis/serving/v1beta1 and pkg/controller/v1beta1/inferenceservice/utils.
    """
    for part in ("predictor", "transformer", "explainer"):
        for path, said in _at(body, f"/spec/{part}"):
            models = [_merged(_RUNTIME, said[each]) for each in _FRAMEWORKS if said.get(each)]
            containers = [*_all(said, "containers"), *models]
            metadata = _marks(body["metadata"], said)
            yield PodTemplate(path, metadata, {**said, "containers": containers})


def _kinds(kinds: str, reader: Callable[..., Iterator[PodTemplate]], *at: str) -> dict[str, Reader]:
    def read(body: Body) -> Iterator[PodTemplate]:
        return reader(body, *at)

    return dict.fromkeys(kinds.split(), read)


_JOB_SET = "/spec/replicatedJobs/*/template/spec/template"
_READERS: Mapping[str, Reader] = {
    **_kinds("Pod", _written, ""),
    **_kinds("PodTemplate", _written, "/template"),
    **_kinds(
        "ReplicationController Deployment.apps StatefulSet.apps DaemonSet.apps ReplicaSet.apps "
        "Job.batch Service.serving.knative.dev Configuration.serving.knative.dev "
        "Notebook.kubeflow.org",
        _written, "/spec/template",
    ),
    **_kinds("CronJob.batch", _written, "/spec/jobTemplate/spec/template"),
    **_kinds("JobSet.jobset.x-k8s.io", _written, _JOB_SET),
    **_kinds(
        "TrainingRuntime.trainer.kubeflow.org ClusterTrainingRuntime.trainer.kubeflow.org",
        _written, f"/spec/template{_JOB_SET}",
    ),
    **_kinds(
        "TFJob.kubeflow.org PyTorchJob.kubeflow.org XGBoostJob.kubeflow.org MPIJob.kubeflow.org "
        "PaddleJob.kubeflow.org",
        _written,
        *(f"/spec/{each}ReplicaSpecs/*/template" for each in ("tf", "pytorch", "xgb", "mpi", "paddle")),
    ),
    **_kinds("Experiment.kubeflow.org", _nested, "/spec/trialTemplate/trialSpec"),
    **_kinds("PVCViewer.kubeflow.org", _specs, "/spec/podSpec"),
    **_kinds("Revision.serving.knative.dev", _specs, "/spec"),
    **_kinds(
        "ServingRuntime.serving.kserve.io ClusterServingRuntime.serving.kserve.io", _specs, "/spec"
    ),
    **_kinds("InferenceService.serving.kserve.io", _inference),
    **_kinds("SeldonDeployment.machinelearning.seldon.io", _seldon),
    **_kinds(
        "Workflow.argoproj.io WorkflowTemplate.argoproj.io ClusterWorkflowTemplate.argoproj.io",
        _workflow, "/spec",
    ),
    **_kinds("CronWorkflow.argoproj.io", _workflow, "/spec/workflowSpec"),
    **_kinds("EventSource.argoproj.io Sensor.argoproj.io", _events),
    **_kinds("EventBus.argoproj.io", _bus),
    **_kinds("OpenTelemetryCollector.opentelemetry.io", _collector),
    **_kinds("Elasticsearch.elasticsearch.k8s.elastic.co", _elasticsearch),
    **_kinds("Kibana.kibana.k8s.elastic.co", _kibana),
    **_kinds(
        "Beat.beat.k8s.elastic.co Agent.agent.k8s.elastic.co Logstash.logstash.k8s.elastic.co",
        _written,
        "/spec/daemonSet/podTemplate", "/spec/deployment/podTemplate",
        "/spec/statefulSet/podTemplate", "/spec/podTemplate",
    ),
}  # fmt: skip
"""Who reads the pods of a kind, by kind and group."""
CLUSTER_WIDE = frozenset({
    "ClusterServingRuntime.serving.kserve.io", "ClusterTrainingRuntime.trainer.kubeflow.org",
    "ClusterWorkflowTemplate.argoproj.io",
})  # fmt: skip
"""Kinds whose pods are made in the namespaces of those that refer to them: a namespace in their own
metadata, which Kustomize writes there, says nothing.
"""
