"""The pods of every kind of object that makes some, as its operator makes them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from synth.kit.objects import Body, manifest
from synth.rules.pod_security.kinds import pod_templates
from synth.rules.pod_security.templates import PodTemplate

SPEC: Body = {"containers": [{"name": "main"}]}
TEMPLATE: Body = {"metadata": {"labels": {"app": "main"}}, "spec": SPEC}
PLAIN = [
    ("v1", "Pod", "", "metadata: {name: it, labels: {app: main}}\nspec: SPEC"),
    ("v1", "PodTemplate", "/template", "template: TEMPLATE"),
    ("v1", "ReplicationController", "/spec/template", "spec: {template: TEMPLATE}"),
    ("apps/v1", "Deployment", "/spec/template", "spec: {template: TEMPLATE}"),
    ("apps/v1", "StatefulSet", "/spec/template", "spec: {template: TEMPLATE}"),
    ("apps/v1", "DaemonSet", "/spec/template", "spec: {template: TEMPLATE}"),
    ("apps/v1", "ReplicaSet", "/spec/template", "spec: {template: TEMPLATE}"),
    ("batch/v1", "Job", "/spec/template", "spec: {template: TEMPLATE}"),
    ("serving.knative.dev/v1", "Service", "/spec/template", "spec: {template: TEMPLATE}"),
    ("serving.knative.dev/v1", "Configuration", "/spec/template", "spec: {template: TEMPLATE}"),
    ("kubeflow.org/v1", "Notebook", "/spec/template", "spec: {template: TEMPLATE}"),
    ("sources.knative.dev/v1", "ContainerSource", "/spec/template", "spec: {template: TEMPLATE}"),
    (
        "batch/v1", "CronJob", "/spec/jobTemplate/spec/template",
        "spec: {jobTemplate: {spec: {template: TEMPLATE}}}",
    ),
    (
        "jobset.x-k8s.io/v1alpha2", "JobSet", "/spec/replicatedJobs/0/template/spec/template",
        "spec: {replicatedJobs: [{name: one, template: {spec: {template: TEMPLATE}}}]}",
    ),
    (
        "trainer.kubeflow.org/v1alpha1", "TrainingRuntime",
        "/spec/template/spec/replicatedJobs/0/template/spec/template",
        "spec: {template: {spec: {replicatedJobs: [{template: {spec: {template: TEMPLATE}}}]}}}",
    ),
    (
        "trainer.kubeflow.org/v1alpha1", "ClusterTrainingRuntime",
        "/spec/template/spec/replicatedJobs/0/template/spec/template",
        "spec: {template: {spec: {replicatedJobs: [{template: {spec: {template: TEMPLATE}}}]}}}",
    ),
    (
        "beat.k8s.elastic.co/v1beta1", "Beat", "/spec/deployment/podTemplate",
        "spec: {deployment: {podTemplate: TEMPLATE}}",
    ),
    (
        "agent.k8s.elastic.co/v1alpha1", "Agent", "/spec/statefulSet/podTemplate",
        "spec: {statefulSet: {podTemplate: TEMPLATE}}",
    ),
    *(
        (
            "kubeflow.org/v1", f"{kind}Job", f"/spec/{key}ReplicaSpecs/Worker/template",
            f"spec: {{{key}ReplicaSpecs: {{Worker: {{template: TEMPLATE}}}}}}",
        )
        for kind, key in (
            ("JAX", "jax"), ("MPI", "mpi"), ("MX", "mx"), ("Paddle", "paddle"),
            ("PyTorch", "pytorch"), ("TF", "tf"), ("XGBoost", "xgb"),
        )
    ),
    (
        "keda.sh/v1alpha1", "ScaledJob", "/spec/jobTargetRef/template",
        "spec: {jobTargetRef: {template: TEMPLATE}}",
    ),
    (
        "kubeflow.org/v1beta1", "Experiment",
        "/spec/trialTemplate/trialSpec/spec/template",
        "spec: {trialTemplate: {trialSpec: "
        "{apiVersion: batch/v1, kind: Job, spec: {template: TEMPLATE}}}}",
    ),
    (
        "beat.k8s.elastic.co/v1beta1", "Beat", "/spec/daemonSet/podTemplate",
        "spec: {daemonSet: {podTemplate: TEMPLATE}}",
    ),
    (
        "logstash.k8s.elastic.co/v1alpha1", "Logstash", "/spec/podTemplate",
        "spec: {podTemplate: TEMPLATE}",
    ),
]  # fmt: skip


def loaded(text: str) -> Any:
    return yaml.safe_load(text.replace("TEMPLATE", str(TEMPLATE)).replace("SPEC", str(SPEC)))


def made(api_version: str, kind: str, **content: Any) -> list[PodTemplate]:
    return list(pod_templates(manifest(api_version, kind, "it", namespace="nlp", **content)))


@pytest.mark.parametrize(("api_version", "kind", "path", "text"), PLAIN)
def test_what_is_written_is_the_pod(api_version: str, kind: str, path: str, text: str) -> None:
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "it"}, **loaded(text)}
    [template] = pod_templates(body)
    assert (template.path, template.spec) == (path, SPEC)
    assert template.metadata["labels"] == {"app": "main"}


SERVING = "serving.kserve.io/v1alpha1"


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "spec"),
    [
        (SERVING, "ServingRuntime", "/spec", SPEC),
        (SERVING, "ClusterServingRuntime", "/spec", SPEC),
        (SERVING, "LLMInferenceServiceConfig", "/spec/template", {"template": SPEC}),
        (SERVING, "LLMInferenceService", "/spec/worker", {"worker": SPEC}),
        (SERVING, "LLMInferenceService", "/spec/prefill/template", {"prefill": {"template": SPEC}}),
        (SERVING, "LLMInferenceService", "/spec/prefill/worker", {"prefill": {"worker": SPEC}}),
        (
            SERVING,
            "LLMInferenceService",
            "/spec/router/scheduler/template",
            {"router": {"scheduler": {"template": SPEC}}},
        ),
        ("serving.knative.dev/v1", "Revision", "/spec", SPEC),
        ("kubeflow.org/v1alpha1", "PVCViewer", "/spec/podSpec", {"podSpec": SPEC}),
    ],
)
def test_a_spec_alone_is_a_pod_too(api_version: str, kind: str, path: str, spec: Body) -> None:
    [template] = made(api_version, kind, spec=spec)
    assert template == PodTemplate(path, {"labels": {}, "annotations": {}}, SPEC)


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("v1", "Service"),
        ("v1", "ConfigMap"),
        ("machinelearning.seldon.io/v2", "Deployment"),
        ("kubeflow.org/v1", "Profile"),
    ],
)
def test_other_kinds_make_none(api_version: str, kind: str) -> None:
    assert made(api_version, kind, spec={"template": TEMPLATE}) == []


def test_a_runtime_has_a_pod_for_its_workers_too() -> None:
    _, workers = made(SERVING, "ServingRuntime", spec={**SPEC, "workerSpec": SPEC})
    assert (workers.path, workers.spec) == ("/spec/workerSpec", SPEC)


def test_an_unfinished_object_makes_none() -> None:
    assert made("apps/v1", "Deployment", spec={}) == []
    assert made("batch/v1", "CronJob", spec={"jobTemplate": None}) == []
    assert made("argoproj.io/v1alpha1", "EventBus", spec={"jetstreamExotic": {}}) == []


def test_seldon_takes_its_own_user_for_the_pod_and_adds_executor_and_initializers() -> None:
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    component = {
        "metadata": {"labels": {"a": "component"}},
        "spec": {
            "securityContext": security,
            "initContainers": [{"name": "mine"}],
            "containers": [{"name": "classifier"}, {"name": "beside"}],
            "volumes": [{"name": "tmp", "emptyDir": {}}],
        },
    }
    second = {"spec": {"containers": [{"name": "second"}]}}
    graph = {
        "name": "classifier",
        "modelUri": "s3://models/1",
        "children": [
            {"name": "second"},
            {"name": "third", "modelUri": "s3://models/3", "implementation": "SKLEARN_SERVER"},
        ],
    }
    explainer = {"type": "AnchorTabular", "modelUri": "s3://e", "containerSpec": {"image": "e"}}
    predictor = {
        "name": "stable",
        "labels": {"a": "predictor", "b": "predictor"},
        "annotations": {"c": "predictor"},
        "graph": graph,
        "componentSpecs": [component, second],
        "explainer": explainer,
    }
    spec = {"annotations": {"c": "deployment", "d": "deployment"}, "predictors": [predictor]}
    templates = made("machinelearning.seldon.io/v1", "SeldonDeployment", spec=spec)
    annotations = {"c": "predictor", "d": "deployment"}
    labels = {"a": "predictor", "b": "predictor"}
    user = {"runAsUser": 8888}
    engine = {
        "name": "seldon-container-engine",
        "securityContext": {"runAsUser": 8888, "allowPrivilegeEscalation": False},
    }
    assert templates == [
        PodTemplate(
            "/spec/predictors/0/componentSpecs/0",
            {"labels": {"a": "component", "b": "predictor"}, "annotations": annotations},
            {
                "securityContext": user,
                "initContainers": [{"name": "mine"}, {"name": "classifier-model-initializer"}],
                "containers": [{"name": "classifier"}, {"name": "beside"}, engine],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            },
        ),
        PodTemplate(
            "/spec/predictors/0/componentSpecs/1",
            {"labels": labels, "annotations": annotations},
            {"securityContext": user, "initContainers": [], "containers": [{"name": "second"}]},
        ),
        PodTemplate(
            "/spec/predictors/0/graph",
            {"labels": labels, "annotations": annotations},
            {
                "securityContext": user,
                "initContainers": [{"name": "third-model-initializer"}],
                "containers": [{"name": "third"}],
            },
        ),
        PodTemplate(
            "/spec/predictors/0/explainer",
            {"labels": labels, "annotations": annotations},
            {
                "securityContext": user,
                "initContainers": [{"name": "stable-explainer-model-initializer"}],
                "containers": [{"name": "stable-explainer", "image": "e"}],
            },
        ),
    ]


WORKFLOW: Body = {
    "hostNetwork": True,
    "securityContext": {"runAsUser": 1},
    "podMetadata": {"labels": {"a": "workflow", "b": "workflow"}},
    "podSpecPatch": "{initContainers: [{name: init, image: x}], securityContext: {fsGroup: 1}}",
    "templateDefaults": {"sidecars": [{"name": "beside"}]},
    "volumes": [{"name": "one", "emptyDir": {}}],
    "templates": [
        {"name": "all", "dag": {"tasks": [{"name": "a", "inline": {"script": {"image": "a"}}}]}},
        {"name": "then", "steps": [[{"name": "b", "inline": {"data": {}}}]]},
        {
            "name": "run",
            "container": {"name": "odd", "image": "c"},
            "metadata": {"labels": {"a": "template"}},
            "securityContext": {"runAsUser": 2},
            "initContainers": [{"name": "before"}],
            "volumes": [{"name": "two", "emptyDir": {}}],
            "podSpecPatch": '{"containers":[{"name":"main","image":"patched"},{"name":"wait"}]}',
        },
        {"name": "set", "containerSet": {"containers": [{"name": "x"}, {"name": "y"}]}},
        {"name": "make", "resource": {"action": "create"}, "podSpecPatch": "{{inputs.patch}}"},
        {"name": "rest", "suspend": {}},
        {"name": "call", "http": {"url": "http://example.com"}},
    ],
}


def workflow_pods(at: str) -> dict[str, list[str]]:
    return {
        f"{at}/templates/2": ["init", "before", "wait", "main", "beside"],
        f"{at}/templates/3": ["init", "wait", "x", "y", "beside"],
        f"{at}/templates/4": ["init", "main", "beside"],
        f"{at}/templates/0/dag/tasks/0/inline": ["init", "wait", "main", "beside"],
        f"{at}/templates/1/steps/0/0/inline": ["init", "main", "beside"],
    }


@pytest.mark.parametrize(
    ("kind", "at", "spec"),
    [
        ("Workflow", "/spec", WORKFLOW),
        ("WorkflowTemplate", "/spec", WORKFLOW),
        ("ClusterWorkflowTemplate", "/spec", WORKFLOW),
        ("CronWorkflow", "/spec/workflowSpec", {"workflowSpec": WORKFLOW}),
    ],
)
def test_every_template_of_argo_that_runs_something_is_a_pod(
    kind: str, at: str, spec: Body
) -> None:
    templates = made("argoproj.io/v1alpha1", kind, spec=spec)
    assert {
        each.path: [one["name"] for one in each.spec["initContainers"] + each.spec["containers"]]
        for each in templates
    } == workflow_pods(at)


def test_argo_patches_pods_of_the_workflow_then_of_the_template() -> None:
    template = made("argoproj.io/v1alpha1", "Workflow", spec=WORKFLOW)[0]
    assert template.metadata == {"labels": {"a": "template", "b": "workflow"}, "annotations": {}}
    assert template.spec == {
        "hostNetwork": True,
        "securityContext": {"runAsUser": 2, "fsGroup": 1},
        "volumes": [{"name": "one", "emptyDir": {}}, {"name": "two", "emptyDir": {}}],
        "initContainers": [{"name": "init", "image": "x"}, {"name": "before"}],
        "containers": [{"name": "wait"}, {"name": "main", "image": "patched"}, {"name": "beside"}],
    }


def test_a_sensor_is_a_pod_and_starts_others() -> None:
    container = {"securityContext": {"privileged": False}}
    template = {**TEMPLATE, "container": container, "securityContext": {"runAsUser": 9731}}
    started = {
        "k8s": manifest("batch/v1", "Job", "job", spec={"template": TEMPLATE}),
        "argoWorkflow": {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"generateName": "run-"},
            "spec": {"templates": [{"name": "a", "container": {"image": "a"}}]},
        },
    }
    triggers = [
        {"template": {"name": kind, kind: {"source": {"resource": body}}}}
        for kind, body in started.items()
    ]
    sensor, job, workflow = made(
        "argoproj.io/v1alpha1", "Sensor", spec={"template": template, "triggers": triggers}
    )
    assert (sensor.path, sensor.metadata) == ("/spec/template", TEMPLATE["metadata"])
    assert sensor.spec["securityContext"] == {"runAsUser": 9731}
    assert sensor.spec["containers"] == [{**container, "name": "main"}]
    within = "source/resource"
    assert job.path == f"/spec/triggers/0/template/k8s/{within}/spec/template"
    assert workflow.path == f"/spec/triggers/1/template/argoWorkflow/{within}/spec/templates/0"


def test_a_source_of_events_without_a_template_says_nothing() -> None:
    [source] = made("argoproj.io/v1alpha1", "EventSource", spec={"webhook": {}})
    assert source == PodTemplate("/spec/template", {}, {"containers": [{"name": "main"}]})


@pytest.mark.parametrize(
    ("path", "spec", "names"),
    [
        ("/spec/jetstream", {"jetstream": {}}, ["main", "reloader", "metrics"]),
        ("/spec/nats/native", {"nats": {"native": {}}}, ["stan", "metrics"]),
    ],
)
def test_a_bus_has_its_containers(path: str, spec: Body, names: list[str]) -> None:
    said = {
        "metadata": {"labels": {"a": "b"}},
        "securityContext": {"runAsUser": 1},
        "containerTemplate": {"securityContext": {"runAsUser": 2}},
        "metricsContainerTemplate": {"securityContext": {"runAsUser": 3}},
    }
    [holder] = spec.values()
    holder.get("native", holder).update(said)
    [bus] = made("argoproj.io/v1alpha1", "EventBus", spec=spec)
    assert (bus.path, bus.metadata) == (path, {"labels": {"a": "b"}})
    assert bus.spec["securityContext"] == {"runAsUser": 1}
    users = {
        each["name"]: (each.get("securityContext") or {}).get("runAsUser")
        for each in bus.spec["containers"]
    }
    assert list(users) == names
    assert (users[names[0]], users["metrics"], users.get("reloader")) == (2, 3, None)


def test_a_collector_is_a_pod_unless_it_is_a_sidecar() -> None:
    spec = {
        "mode": "daemonset",
        "hostNetwork": True,
        "podAnnotations": {"a": "b"},
        "podSecurityContext": {"fsGroup": 1},
        "securityContext": {"runAsNonRoot": True},
        "ports": [{"name": "otlp", "port": 4317, "hostPort": 4317}],
        "additionalContainers": [{"name": "beside"}],
        "volumes": [{"name": "log", "hostPath": {"path": "/var/log"}}],
    }
    [collector] = made("opentelemetry.io/v1beta1", "OpenTelemetryCollector", spec=spec)
    assert (collector.path, collector.metadata) == ("/spec", {"annotations": {"a": "b"}})
    port = {"name": "otlp", "port": 4317, "hostPort": 4317, "containerPort": 4317}
    said = {key: collector.spec[key] for key in ("hostNetwork", "securityContext", "containers")}
    assert said == {
        "hostNetwork": True,
        "securityContext": {"fsGroup": 1},
        "containers": [
            {"name": "beside"},
            {"name": "otc-container", "securityContext": {"runAsNonRoot": True}, "ports": [port]},
        ],
    }
    assert collector.spec["volumes"] == spec["volumes"]
    sidecar = {**spec, "mode": "sidecar"}
    assert made("opentelemetry.io/v1beta1", "OpenTelemetryCollector", spec=sidecar) == []


@pytest.mark.parametrize(
    ("version", "security"),
    [
        ("7.17.0", {"allowPrivilegeEscalation": False}),
        ("8.7.1", {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}),
        (
            "8.16.0",
            {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "runAsNonRoot": True,
            },
        ),
    ],
)
def test_eck_fills_in_what_nodes_do_not_say(version: str, security: Body) -> None:
    own = {"name": "sysctl", "securityContext": {"privileged": True}}
    template = {"spec": {"initContainers": [own], "containers": [{"name": "beside"}]}}
    spec = {"version": version, "nodeSets": [{"name": "a"}, {"name": "b", "podTemplate": template}]}
    first, second = made("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", spec=spec)
    assert (first.path, second.path) == (
        "/spec/nodeSets/0/podTemplate",
        "/spec/nodeSets/1/podTemplate",
    )
    names = ("elastic-internal-init-filesystem", "elastic-internal-suspend")
    added = [{"name": name, "securityContext": security} for name in names]
    main = {"name": "elasticsearch", "securityContext": security}
    assert first.spec == {"initContainers": added, "containers": [main]}
    assert second.spec == {
        "initContainers": [*added, own],
        "containers": [main, {"name": "beside", "securityContext": security}],
    }


def test_eck_leaves_what_prepares_kibana_as_it_is() -> None:
    [kibana] = made("kibana.k8s.elastic.co/v1", "Kibana", spec={"version": "8.16.0"})
    security = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsUser": 1000,
    }
    assert kibana == PodTemplate(
        "/spec/podTemplate",
        {},
        {
            "initContainers": [{"name": "elastic-internal-init"}],
            "containers": [{"name": "kibana", "securityContext": security}],
        },
    )


def test_a_model_of_kserve_is_merged_into_its_runtime() -> None:
    body = manifest(
        "serving.kserve.io/v1beta1",
        "InferenceService",
        "it",
        annotations={"sidecar.istio.io/inject": "false", "a": "service"},
        spec={
            "predictor": {
                "annotations": {"a": "predictor"},
                "securityContext": {"runAsUser": 1},
                "model": {"modelFormat": {"name": "mlflow"}, "securityContext": {"runAsUser": 2}},
            },
            "transformer": {"containers": [{"name": "kserve-container"}]},
        },
    )
    predictor, transformer = pod_templates(body)
    assert predictor.path == "/spec/predictor"
    assert predictor.metadata["annotations"] == {
        "sidecar.istio.io/inject": "false",
        "a": "predictor",
    }
    [model] = predictor.spec["containers"]
    assert model["name"] == "kserve-container"
    assert model["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "runAsUser": 2,
    }
    assert predictor.spec["securityContext"] == {"runAsUser": 1}
    assert transformer.path == "/spec/transformer"
    assert transformer.spec["containers"] == [{"name": "kserve-container"}]
