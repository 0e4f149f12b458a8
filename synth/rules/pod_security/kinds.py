"""Which kinds of objects make pods, and where they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from synth.kit.objects import Body, group_of
from synth.rules.pod_security.operators import (
    bus,
    collector,
    elasticsearch,
    events,
    inference,
    kibana,
    seldon,
    workflow,
)
from synth.rules.pod_security.templates import PodTemplate, at, marks

Reader = Callable[[Body], Iterator[PodTemplate]]


def pod_templates(body: Body) -> Iterator[PodTemplate]:
    """The pods that an object makes, itself or by its operator; none of a kind that makes none.

    What admission adds (Istio's sidecar, PodDefaults) is not in them.
    """
    group = group_of(body["apiVersion"])
    kind = f"{body['kind']}.{group}" if group else body["kind"]
    if reader := READERS.get(kind):
        yield from reader(body)


def _written(body: Body, *patterns: str) -> Iterator[PodTemplate]:
    """Templates that are written as a Deployment's is."""
    for pattern in patterns:
        for path, template in at(body, pattern):
            yield PodTemplate(path, template.get("metadata") or {}, template.get("spec") or {})


def _specs(body: Body, *patterns: str) -> Iterator[PodTemplate]:
    """Specs of pods, with labels and annotations in them if anywhere."""
    for pattern in patterns:
        for path, spec in at(body, pattern):
            yield PodTemplate(path, marks(spec), spec)


def _nested(body: Body, pattern: str) -> Iterator[PodTemplate]:
    """The pods of whole objects within an object."""
    for path, made in at(body, pattern):
        for below in pod_templates(made):
            yield PodTemplate(path + below.path, below.metadata, below.spec)


def _sensor(body: Body) -> Iterator[PodTemplate]:
    """The pod of a Sensor, and those of the objects that it creates."""
    yield from events(body)
    for kind in ("k8s", "argoWorkflow"):
        yield from _nested(body, f"/spec/triggers/*/template/{kind}/source/resource")


def _kinds(
    kinds: str, reader: Callable[..., Iterator[PodTemplate]], *pointers: str
) -> dict[str, Reader]:
    def read(body: Body) -> Iterator[PodTemplate]:
        return reader(body, *pointers)

    return dict.fromkeys(kinds.split(), read)


_JOB_SET = "/spec/replicatedJobs/*/template/spec/template"
READERS: Mapping[str, Reader] = {
    **_kinds("Pod", _written, ""),
    **_kinds("PodTemplate", _written, "/template"),
    **_kinds(
        "ReplicationController Deployment.apps StatefulSet.apps DaemonSet.apps ReplicaSet.apps "
        "Job.batch Service.serving.knative.dev Configuration.serving.knative.dev "
        "ContainerSource.sources.knative.dev Notebook.kubeflow.org",
        _written, "/spec/template",
    ),
    **_kinds("CronJob.batch", _written, "/spec/jobTemplate/spec/template"),
    **_kinds("ScaledJob.keda.sh", _written, "/spec/jobTargetRef/template"),
    **_kinds("JobSet.jobset.x-k8s.io", _written, _JOB_SET),
    **_kinds(
        "TrainingRuntime.trainer.kubeflow.org ClusterTrainingRuntime.trainer.kubeflow.org",
        _written, f"/spec/template{_JOB_SET}",
    ),
    **_kinds("JAXJob.kubeflow.org", _written, "/spec/jaxReplicaSpecs/*/template"),
    **_kinds("MPIJob.kubeflow.org", _written, "/spec/mpiReplicaSpecs/*/template"),
    **_kinds("MXJob.kubeflow.org", _written, "/spec/mxReplicaSpecs/*/template"),
    **_kinds("PaddleJob.kubeflow.org", _written, "/spec/paddleReplicaSpecs/*/template"),
    **_kinds("PyTorchJob.kubeflow.org", _written, "/spec/pytorchReplicaSpecs/*/template"),
    **_kinds("TFJob.kubeflow.org", _written, "/spec/tfReplicaSpecs/*/template"),
    **_kinds("XGBoostJob.kubeflow.org", _written, "/spec/xgbReplicaSpecs/*/template"),
    **_kinds("Experiment.kubeflow.org", _nested, "/spec/trialTemplate/trialSpec"),
    **_kinds("PVCViewer.kubeflow.org", _specs, "/spec/podSpec"),
    **_kinds("Revision.serving.knative.dev", _specs, "/spec"),
    **_kinds(
        "ServingRuntime.serving.kserve.io ClusterServingRuntime.serving.kserve.io",
        _specs, "/spec", "/spec/workerSpec",
    ),
    **_kinds(
        "LLMInferenceService.serving.kserve.io LLMInferenceServiceConfig.serving.kserve.io",
        _specs, "/spec/template", "/spec/worker", "/spec/prefill/template", "/spec/prefill/worker",
        "/spec/router/scheduler/template",
    ),
    **_kinds("InferenceService.serving.kserve.io", inference),
    **_kinds("SeldonDeployment.machinelearning.seldon.io", seldon),
    **_kinds(
        "Workflow.argoproj.io WorkflowTemplate.argoproj.io ClusterWorkflowTemplate.argoproj.io",
        workflow, "/spec",
    ),
    **_kinds("CronWorkflow.argoproj.io", workflow, "/spec/workflowSpec"),
    **_kinds("EventSource.argoproj.io", events),
    **_kinds("Sensor.argoproj.io", _sensor),
    **_kinds("EventBus.argoproj.io", bus),
    **_kinds("OpenTelemetryCollector.opentelemetry.io", collector),
    **_kinds("Elasticsearch.elasticsearch.k8s.elastic.co", elasticsearch),
    **_kinds("Kibana.kibana.k8s.elastic.co", kibana),
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
